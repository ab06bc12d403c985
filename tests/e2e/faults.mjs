// What may happen to real processes, done to them: connections that are cut in the middle of a
// message, held, and delayed; disks that are full; a broker that lies (tests/lie/). Afterwards
// all have the same, what was acknowledged is in the log, and audits find nothing; who is lied to
// keeps what came before, goes on serving it, and has evidence, which is checked here by other
// code.
//   BIN=… SEED=… tests/e2e/faults.tap      SEED, which is printed, replays the faults' dice
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import {
  bin, checkReceipt, consistent, COSIGN_KEY, freePort, initBroker, keyFile, leafHash, makeKey, makeLog, mustRun, parseCheckpoint, parseNote,
  pledge, post, registration, request, rootFromProof, run, runBroker, runTests, signNote, sleep, start, statedKey, statement, statementText,
  stop, tempDir, test, until, verifyBytes,
} from './lib.mjs'

const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 32))
const faultsFor = 4000
const patience = 30000
const memoryMax = 64 << 10 // KiB, of a process that is built as installed
console.log(`# SEED=${seed}`)

// mulberry32
let state = seed >>> 0
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const upTo = (n) => Math.floor(random() * n)

// --- connections that fail -------------------------------------------------------------------

const told = { connections: 0, cut: 0, ended: 0, held: 0 }

// At 127.0.0.2 and the port of what it stands for: so whoever is told only the port of hints
// comes by here, too. While `faulty`, each connection has a fate.
class Proxy {
  constructor(port) {
    Object.assign(this, { port, faulty: true, sockets: new Set() })
    this.server = net.createServer({ allowHalfOpen: true }, (near) => this.connect(near))
  }

  async open() {
    await new Promise((resolve, reject) => { this.server.on('error', reject); this.server.listen(this.port, '127.0.0.2', () => { this.server.unref(); resolve() }) })
    return this
  }

  connect(near) {
    const far = net.connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true })
    const dice = random()
    const fate = {
      left: upTo(dice < 0.3 ? 600 : 20000), // bytes, of both sides
      end: random() < 0.5, // politely, after part of a message; else it is reset
      held: random() < 0.15 ? 500 + upTo(1500) : 0, // ms, once
      delay: upTo(25),
    }
    told.connections++
    const over = () => { near.destroy(); far.destroy(); this.sockets.delete(near) }
    this.sockets.add(near)
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true)
      from.on('error', over)
      from.on('end', () => to.end())
      from.on('close', over)
      from.on('data', (data) => this.pass(from, to, data, fate))
    }
  }

  async pass(from, to, data, fate) {
    if (!this.faulty) return to.write(data)
    from.pause()
    const whole = data.length <= fate.left
    fate.left -= Math.min(fate.left, data.length)
    if (fate.held > 0) {
      told.held++
      await sleep(fate.held)
      fate.held = 0
    } else await sleep(fate.delay)
    if (whole) {
      to.write(data)
      return from.resume()
    }
    const part = data.subarray(0, upTo(data.length))
    told[fate.end ? 'ended' : 'cut']++
    if (fate.end) to.end(part)
    else to.write(part, () => to.resetAndDestroy())
    from.resetAndDestroy()
  }

  close() {
    this.server.close()
    for (const s of this.sockets) s.destroy()
  }
}

// --- the cast --------------------------------------------------------------------------------

const work = tempDir('faults')
const folder = (name) => path.join(work, name)
const linked = ['--link', 'tcp://127.0.0.1:0', '--hints', 'tcp://127.0.0.1:0']
const portOf = (url) => Number(/:(\d+)$/.exec(url)[1])
const through = (url) => url.replace('127.0.0.1', '127.0.0.2')
const json = async (...args) => JSON.parse(await mustRun('avow', [...args, '--json']))
const status = (name) => json('status', '--dir', folder(name), '--offline')
const evidenceOf = (name) => fs.readdirSync(folder(name)).filter((f) => f.startsWith('evidence-'))
const audit = (name) => json('audit', '--dir', folder(name))
const init = (name, log, ...flags) => mustRun('avow', ['init', '--dir', folder(name), '--log', log.vkey, ...flags])

// A daemon; gives the process with what it says when it is ready.
async function follow(name, ...flags) {
  const p = start('avow', ['run', '--dir', folder(name), '--json', ...flags])
  let over = null
  p.exited.then((e) => { over = e })
  await until(`${name} is ready`, () => {
    if (over) throw new Error(`${name} ended: ${over.code ?? over.signal}\n${p.err}`)
    return p.out.includes('\n')
  })
  return Object.assign(p, JSON.parse(p.out.split('\n')[0]))
}
const atSize = (name, size) => until(`${name} has ${size}`, async () => (await status(name)).size === size, patience)

const people = await makeLog({ members: ['44000', 'XM-DAC-41121', 'FR-3'] })
const { log, others: [bank, unhcr, france] } = people
const dir = await initBroker(people)
const broker = await runBroker(dir, ...linked)
assert.equal((await post(broker, registration(people))).status, 201)

let pledges = 0
const say = async (to, author) => {
  const note = statement(author, [pledge(author, ++pledges)])
  const answer = await post(to, note)
  assert.equal(answer.status, 201, answer.text)
  return note
}

// --- cut, held, delayed ------------------------------------------------------------------------

const acknowledged = new Map() // index -> note
let retries = 0

function acknowledge(note, receipt) {
  const { index } = checkReceipt(receipt, note, log)
  assert.equal(acknowledged.get(index) ?? note, note, `entry ${index} was promised to two statements`)
  acknowledged.set(index, note)
}

// The same text again and again until there is an answer.
async function publishHttp(author, url, going) {
  while (going()) {
    const note = statement(author, [pledge(author, ++pledges)])
    for (;;) {
      const answer = await Promise.race([post({ http: url }, note).catch(() => null), sleep(4000)])
      if (answer && (answer.status === 201 || answer.status === 200)) { acknowledge(note, answer.text); break }
      retries++
      if (!going()) return
      await sleep(5)
    }
  }
}

// By the command line, through a node's folder. What is kept in the outbox goes out later.
const kept = []
async function publishLink(author, name, going) {
  while (going()) {
    const file = folder(`${name}.statement`) // left as it is when the time is over
    const note = statement(author, [pledge(author, ++pledges)])
    fs.writeFileSync(file, note)
    for (;;) {
      const r = await run('avow', ['publish', '--dir', folder(name), '--yes', '--wait', '0', file])
      if (r.code === 0) { kept.push(note); break }
      if (r.code !== 3) throw new Error(`avow publish: ${r.code}: ${r.err}`)
      retries++ // not known what became of it: the same again
      if (!going()) return
    }
  }
}

async function entries(size) {
  const answer = await request(`${broker.http}/log/tile/entries/000${size < 256 ? `.p/${size}` : ''}`)
  const notes = []
  for (let at = 0; at < answer.bytes.length;) {
    const length = answer.bytes.readUInt16BE(at)
    notes.push(answer.bytes.subarray(at + 2, at + 2 + length).toString())
    at += 2 + length
  }
  return notes
}

// Memory of a process in KiB; null under a sanitizer, whose shadows are most of it.
function memory(p) {
  const text = fs.readFileSync(`/proc/${p.child.pid}/status`, 'utf8')
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1])
  return of('VmPeak') > 2 ** 32 ? null : { now: of('VmRSS'), most: of('VmHWM') }
}

let one, two
const proxies = []

test('connections are cut, held and delayed: what is published arrives, and all come to the same', async () => {
  const stand = async (port) => { const p = await new Proxy(port).open(); proxies.push(p); return p }
  for (const url of [broker.http, broker.link, broker.hints]) await stand(portOf(url))
  const serving = [await freePort(), await freePort()]
  for (const port of serving) { await stand(port); await stand(port + 1) }
  const serves = (i) => ['--serve', `tcp://127.0.0.1:${serving[i]}`, '--peer', `tcp://127.0.0.2:${serving[1 - i]}`]
  const key = makeKey(`${bank.org}/one`, COSIGN_KEY)
  keyFile(folder('cosign.key'), key)
  const stated = statement(bank, [{ is: 'cosigner.added', ...statedKey(key, bank.org) }])
  assert.equal((await post(broker, stated)).status, 201)
  await init('one', log, '--broker', through(broker.link), '--offline', '--cosigner', folder('cosign.key'))
  await init('two', log, '--broker', through(broker.link), '--offline')
  one = await follow('one', ...serves(0))
  two = await follow('two', ...serves(1))

  const until_ = Date.now() + faultsFor
  const going = () => Date.now() < until_
  await Promise.all([
    publishHttp(bank, through(broker.http), going),
    publishHttp(unhcr, through(broker.http), going),
    publishLink(france, 'two', going),
  ])
  for (const p of proxies) p.faulty = false
  const left = folder('two.statement')
  await until('the last is taken', async () => (await run('avow', ['publish', '--dir', folder('two'), '--yes', '--wait', '0', left])).code === 0, patience)
  kept.push(fs.readFileSync(left, 'utf8'))
  console.log(`# ${told.connections} connections: ${told.cut} reset, ${told.ended} ended in a message, ${told.held} held; ${acknowledged.size} acknowledged, ${kept.length} given to the command line; ${retries} retries`)
  assert.ok(told.cut > 0 && told.ended > 0 && told.held > 0, 'the faults occurred')
  assert.ok(acknowledged.size > 0 && kept.length > 0, 'work was done')

  const before = Date.now()
  await until('the outbox is empty', async () => (await mustRun('avow', ['outbox', '--dir', folder('two'), '--json'])).trim() === '', patience)
  const { size, root } = parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
  for (const name of ['one', 'two']) {
    await atSize(name, size)
    assert.equal((await status(name)).root, root.toString('base64'))
  }
  await until('all is cosigned', async () => (await status('one')).cosigned?.size === size, patience)
  console.log(`# ${size} entries; healed after ${Date.now() - before} ms`)
  const notes = await entries(size)
  for (const [index, note] of acknowledged) assert.equal(notes[index], note, `entry ${index}`)
  for (const note of new Set(kept)) assert.equal(notes.filter((n) => n === note).length, 1, 'what was kept is in the log, once')
  assert.equal(new Set(notes).size, size)
  for (const name of ['one', 'two']) assert.equal((await audit(name)).root, root.toString('base64'))
  for (const [name, p] of [['broker', broker], ['one', one], ['two', two]]) {
    const m = memory(p)
    if (m) console.log(`# memory of ${name}: ${m.now} KiB, at most ${m.most} KiB`)
    assert.ok(!m || m.most < memoryMax, `${name} has taken ${m?.most} KiB`)
  }
  for (const name of ['one', 'two']) {
    assert.deepEqual(evidenceOf(name), [], 'nobody was accused')
    assert.ok((await json('peers', '--dir', folder(name))).following)
  }
  for (const p of proxies) p.close()
  for (const p of [one, two]) assert.equal((await stop(p)).code, 0, p.err)
})

// --- a full disk ---------------------------------------------------------------------------------

test('a node whose disk takes no more says so, keeps what it has, and goes on where it was', async () => {
  await init('full', log, '--broker', broker.link)
  const before = await status('full')
  let node = await follow('full')
  await mustRun('/usr/bin/prlimit', ['--pid', String(node.child.pid), '--fsize=4096:'])
  await say(broker, bank)
  const { code, signal } = await node.exited
  assert.deepEqual([code, signal], [3, null], node.err)
  assert.match(node.err, /cannot keep what was sent/)
  const { size, root } = await status('full')
  assert.deepEqual([size, root], [before.size, before.root])
  assert.equal((await audit('full')).root, root)
  node = await follow('full')
  await atSize('full', before.size + 1)
  assert.equal((await stop(node)).code, 0)
  assert.equal((await audit('full')).size, before.size + 1)
})

const cramped = (...args) => run('/bin/sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', path.join(bin, 'avow'), ...args])
const outboxFiles = (name) => fs.readdirSync(folder(name)).filter((f) => f.startsWith('outbox-') && f.endsWith('.statement'))

test('a statement that the outbox has no room for is not said to be kept', async () => {
  const away = `tcp://127.0.0.1:${await freePort()}`
  fs.writeFileSync(folder('later'), statement(bank, [pledge(bank, ++pledges)]))
  const publish = ['publish', '--dir', folder('full'), '--yes', '--wait', '0', folder('later')]
  const config = fs.readdirSync(folder('full')).find((f) => f.endsWith('.conf'))
  const conf = path.join(folder('full'), config)
  const as = fs.readFileSync(conf, 'utf8')
  fs.writeFileSync(conf, as.replace(broker.link, away))
  const none = await cramped(...publish)
  assert.equal(none.code, 3, none.err)
  assert.match(none.err, /cannot/)
  assert.deepEqual(outboxFiles('full'), [])
  const later = await run('avow', publish)
  assert.equal(later.code, 0, later.err)
  assert.equal(outboxFiles('full').length, 1)
  fs.writeFileSync(conf, as)
  const { size } = await status('full')
  await mustRun('avow', ['outbox', '--dir', folder('full'), '--send'])
  assert.deepEqual(outboxFiles('full'), [])
  assert.equal((await entries(size + 1))[size], fs.readFileSync(folder('later'), 'utf8'))
})

// --- a broker that lies ----------------------------------------------------------------------------

const liar = path.join(bin, '..', 'lie', 'bin', 'avow-broker') // make lie

// docs/replication.md 4, with nothing but the log's key and the author's.
function convicts(file, author) {
  const e = JSON.parse(fs.readFileSync(file, 'utf8'))
  const hashes = (list) => list.map((h) => Buffer.from(h, 'base64'))
  assert.deepEqual([e.evidence, e.rule], ['avow/evidence/v1', 'signature.bad'])
  const signed = parseCheckpoint(e.checkpoint, log) // verifies the signature
  const root = rootFromProof(leafHash(Buffer.from(e.entry)), e.index, e.size, hashes(e.inclusion))
  assert.ok(consistent(e.size, signed.size, root, signed.root, hashes(e.consistency)), 'the log signed the entry')
  const { text, signatures: [by] } = parseNote(e.entry)
  assert.deepEqual([by.name, by.id], [author.name, author.id])
  assert.ok(!verifyBytes(author.pub, text, by.sig), 'whom it names did not sign it')
  return e
}

test('a broker enters what nobody signed: a node keeps and serves what came before, with evidence', async () => {
  await stop(broker)
  const lying = await runBroker(dir, { program: liar }, ...linked)
  const late = await status('full')
  await init('near', log, '--broker', lying.link)
  one = await follow('near', '--serve', 'tcp://127.0.0.1:0')
  await say(lying, bank)
  const { size } = parseCheckpoint((await request(`${lying.http}/log/checkpoint`)).text, log)
  await atSize('near', size)
  const forged = signNote(statementText(bank, [pledge(bank, 'never')]), { ...makeKey(bank.org), id: bank.id })
  const answer = await post(lying, forged)
  assert.equal(answer.status, 201, answer.text)
  assert.equal(checkReceipt(answer.text, forged, log).index, size)
  await until('it is said', () => one.err.includes(`the log has an invalid entry ${size}: signature.bad`))
  const found = convicts(path.join(folder('near'), evidenceOf('near')[0]), bank)
  assert.deepEqual([found.index, found.entry], [size, forged])
  const shown = JSON.parse(await mustRun('avow', ['verify', path.join(folder('near'), `evidence-${size}.json`), '--dir', folder('near'), '--json']))
  assert.deepEqual([shown.index, shown.judged, shown.rule], [size, true, 'signature.bad'])
  await say(lying, unhcr)

  // What it served before, it serves on; and nothing of the rest.
  assert.equal((await stop(lying)).code, 0)
  await init('next', log, '--peer', one.serves)
  const { root } = await status('near')
  for (const name of ['near', 'next']) {
    const s = await status(name)
    assert.deepEqual([s.size, s.root], [size, root])
    assert.equal((await audit(name)).root, root)
  }
  assert.ok(late.size < size)
})

test('one that was away is told the same, also after its disk had no room', async () => {
  const lying = await runBroker(dir, { program: liar }, ...linked)
  const conf = path.join(folder('full'), fs.readdirSync(folder('full')).find((f) => f.endsWith('.conf')))
  fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replace(broker.link, lying.link))
  const before = await status('full')
  const { size, root } = await status('near')
  const none = await cramped('sync', '--dir', folder('full'))
  assert.ok(none.code === 1 || none.code === 3, `${none.code}: ${none.err}`)
  assert.match(none.err, /cannot/)
  assert.deepEqual(evidenceOf('full'), [])
  assert.equal((await status('full')).size, before.size)
  const some = await run('avow', ['sync', '--dir', folder('full')])
  assert.equal(some.code, 1, some.err)
  assert.equal(convicts(path.join(folder('full'), evidenceOf('full')[0]), bank).index, size)
  const after = await status('full')
  assert.deepEqual([after.size, after.root, after.evidence], [size, root, [`evidence-${size}.json`]])
  assert.equal((await audit('full')).root, root)
  // Whoever comes new has what came before, and a node to read it with.
  const fresh = await run('avow', ['init', '--dir', folder('fresh'), '--log', log.vkey, '--broker', lying.link])
  assert.equal(fresh.code, 1, fresh.err)
  assert.match(fresh.err, /is made all the same/)
  const made = await status('fresh')
  assert.deepEqual([made.size, made.root, made.evidence], [size, root, [`evidence-${size}.json`]])
  assert.equal((await stop(one)).code, 0)
  await stop(lying)
})

await runTests()
process.exit() // whatever connection still hangs
