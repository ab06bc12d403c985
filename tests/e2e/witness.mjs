// The broker as a client of C2SP tlog-witness: witnesses are written here, from the
// specification, and believe nothing that the broker sends.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import {
  COSIGN_KEY, cosignatureLine, initBroker, keyFile, makeKey, makeLog, mustRun, nodeHash, parseCheckpoint, parseNote, pledge, post, registration, request, run,
  runBroker, runTests, sha256, signNote, sleep, start, statement, stop, tempDir, test, until, verifyBytes,
} from './lib.mjs'

const people = await makeLog({ members: ['44000'] })
const { log, others: [bank] } = people
const work = tempDir('witness')
const dir = await initBroker(people)

// RFC 9162 2.1.4.2
function consistent(first, second, firstRoot, secondRoot, proof) {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot)
  const path_ = (first & (first - 1)) === 0 ? [firstRoot, ...proof] : [...proof]
  let fn = first - 1, sn = second - 1
  while (fn & 1) { fn >>= 1; sn >>= 1 }
  let fr = path_[0], sr = path_[0]
  if (!fr) return false
  for (const c of path_.slice(1)) {
    if (sn === 0) return false
    if (fn & 1 || fn === sn) {
      fr = nodeHash(c, fr); sr = nodeHash(c, sr)
      while (!(fn & 1) && fn !== 0) { fn >>= 1; sn >>= 1 }
    } else sr = nodeHash(sr, c)
    fn >>= 1; sn >>= 1
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot)
}

// A witness: `mood` replaces what it would answer.
class Witness {
  constructor(name) { Object.assign(this, { key: makeKey(name, COSIGN_KEY), size: 0, root: null, asked: [], mood: null, bad: [] }) }

  async listen() {
    this.server = http.createServer((rq, rs) => {
      const parts = []
      rq.on('data', (d) => parts.push(d))
      rq.on('end', async () => {
        const [status, body, type = 'text/plain'] = await this.answer(rq, Buffer.concat(parts).toString())
        if (status === 0) return rq.socket.destroy()
        rs.writeHead(status, { 'content-type': type })
        rs.end(body)
      })
    })
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${this.server.address().port}/w`
    return this
  }

  async answer(rq, body) {
    if (rq.method !== 'POST' || rq.url !== '/w/add-checkpoint') { this.bad.push(rq.url); return [404, ''] }
    if (this.mood) { const said = await this.mood(body); if (said) return said }
    const at = body.indexOf('\n\n')
    const [oldLine, ...hashes] = body.slice(0, at).split('\n')
    const m = /^old (0|[1-9]\d*)$/.exec(oldLine)
    let cp
    try { cp = parseCheckpoint(body.slice(at + 2), log) } catch { return [403, ''] }
    if (!m || Number(m[1]) > cp.size) { this.bad.push(body); return [400, ''] }
    const old = Number(m[1])
    this.asked.push({ old, size: cp.size, hashes: hashes.length, at: Date.now() })
    if (old !== this.size) return [409, `${this.size}\n`, 'text/x.tlog.size']
    const proof = hashes.map((h) => Buffer.from(h, 'base64'))
    if (old === 0 ? proof.length > 0 : !consistent(old, cp.size, this.root, cp.root, proof)) { this.bad.push(body); return [422, ''] }
    Object.assign(this, { size: cp.size, root: cp.root })
    return [200, cosignatureLine(makeKey('other.example/w', COSIGN_KEY), cp.text) + cosignatureLine(this.key, cp.text)]
  }
}

const one = await new Witness('witness.example/one').listen()
const two = await new Witness('witness.example/two').listen()
const conf = path.join(dir, 'avow-broker.conf')
fs.appendFileSync(conf, `witness = ${one.key.vkey} ${one.url}\nwitness = ${two.key.vkey}  ${two.url}/\n`)
let broker = await runBroker(dir)
let pledges = 0
const say = async () => assert.equal((await post(broker, statement(bank, [pledge(bank, ++pledges)]))).status, 201)
const newest = async () => (await request(`${broker.http}/log/checkpoint`)).text

// Is the cosignature in the newest checkpoint, and good? (C2SP tlog-cosignature)
async function cosigned(witness) {
  const note = await newest()
  const { text, signatures } = parseNote(note)
  const own = signatures.find((s) => s.name === witness.key.name && s.id.equals(witness.key.id))
  if (!own) return false
  const time = own.sig.readBigUInt64BE(0)
  assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60)
  assert.ok(verifyBytes(witness.key.pub, `cosignature/v1\ntime ${time}\n${text}`, own.sig.subarray(8)))
  return parseCheckpoint(note, log).size
}

test('witnesses are asked, and their cosignatures are served', async () => {
  for (const w of [one, two]) await until('it cosigned', async () => await cosigned(w) === 1)
  assert.equal((await post(broker, registration(people))).status, 201)
  await say()
  await say()
  for (const w of [one, two]) {
    await until('it cosigned what came', async () => await cosigned(w) === 4)
    assert.deepEqual(w.bad, [])
    assert.ok(w.asked.some((a) => a.old > 0 && a.hashes > 0), JSON.stringify(w.asked))
  }
  assert.ok(!(await newest()).includes('other.example'))
})

test('a receipt convinces one whose policy is a witness', async () => {
  const note = statement(bank, [pledge(bank, ++pledges)])
  assert.equal((await post(broker, note)).status, 201)
  await until('it cosigned', async () => await cosigned(one) === 5)
  const file = (name, text) => { fs.writeFileSync(path.join(work, name), text); return path.join(work, name) }
  const receipt = file('receipt', (await request(`${broker.http}/log/proof/4`)).text)
  const policy = (key) => file('policy', `log ${log.vkey}\nwitness w ${key.vkey}\nquorum w\n`)
  const verify = (key) => run('avow', ['verify', receipt, '--statement', file('note', note), '--policy', policy(key)])
  const good = await verify(one.key)
  assert.equal(good.code, 0, good.err)
  assert.equal((await verify(makeKey('witness.example/none', COSIGN_KEY))).code, 1)
})

test('only the newest is asked for, once a second, and nobody waits for a witness that is slow', async () => {
  await sleep(1100)
  two.mood = async () => { await sleep(2500); return null }
  const [before, began] = [one.asked.length, Date.now()]
  let longest = 0
  for (let i = 0; i < 60; i++) {
    const at = Date.now()
    await say()
    longest = Math.max(longest, Date.now() - at)
  }
  await until('it cosigned', async () => await cosigned(one) === 65)
  const asked = one.asked.slice(before)
  assert.ok(asked.length <= 2 + (Date.now() - began) / 1000, `${asked.length} times`)
  for (const [i, a] of asked.entries()) if (i > 0) assert.ok(a.at - asked[i - 1].at > 900, 'asked too soon')
  assert.ok(longest < 2000, `a statement took ${longest} ms`)
  two.mood = null
})

test('a broker that starts again learns what the witness has', async () => {
  await stop(broker)
  const before = one.asked.length
  broker = await runBroker(dir)
  await say()
  await until('it cosigned', async () => await cosigned(one) === 66)
  assert.ok(one.asked.slice(before).some((a) => a.old === 0), 'it did not ask anew')
  assert.deepEqual(one.bad, [])
})

test('a witness that is gone, or answers nonsense, is told and asked again', async () => {
  await until('the other cosigned', async () => await cosigned(two) === 66)
  one.mood = () => [0]
  two.mood = (body) => [200, cosignatureLine(two.key, `${body.slice(body.indexOf('\n\n') + 2)}more`)]
  await say()
  await until('both are told', () => /witness\.example\/one: it cannot be asked/.test(broker.err) && /witness\.example\/two: its answer has no good cosignature/.test(broker.err))
  assert.equal(await cosigned(two), false)
  one.mood = two.mood = null
  for (const w of [one, two]) await until('it cosigned', async () => await cosigned(w) === 67)
  assert.match(broker.err, /witness\.example\/one: it cosigns again/)
})

test('what people must look at is told: unknown log, contradiction, a log shorter than it was', async () => {
  one.mood = () => [404, '']
  two.mood = () => [422, '']
  await say()
  await until('told', () => /one: it does not know this log/.test(broker.err) && /two: it has cosigned another log of this name/.test(broker.err))
  await stop(broker)
  one.mood = () => [409, '1000\n', 'text/x.tlog.size']
  two.mood = () => [403, '']
  broker = await runBroker(dir)
  await until('told', () => /one: it has cosigned 1000 entries, more than this log has \(68\)/.test(broker.err) && /two: it does not take this log's signature/.test(broker.err))
})

test('the store is sound, and nodes follow it', async () => {
  const node = path.join(work, 'node')
  await mustRun('avow', ['init', '--dir', node, '--log', log.vkey, '--broker', broker.link])
  await mustRun('avow', ['audit', '--dir', node])
  const { code } = await stop(broker)
  assert.equal(code, 0, broker.err)
  const check = await run('avow-broker', ['check', dir])
  assert.equal(check.code, 0, check.out + check.err)
})

test('a node is asked as a witness: by the broker, and by the specification', async () => {
  const key = makeKey('witness.example/node', COSIGN_KEY)
  const node = path.join(work, 'asked')
  keyFile(path.join(work, 'node.key'), key)
  fs.writeFileSync(conf, '')
  broker = await runBroker(dir)
  await mustRun('avow', ['init', '--dir', node, '--log', log.vkey, '--broker', broker.http, '--cosigner', path.join(work, 'node.key')])
  const daemon = start('avow', ['run', '--dir', node, '--json', '--witness-listen', '127.0.0.1:0'])
  await until('it is ready', () => daemon.out.includes('\n') || daemon.child.exitCode !== null)
  const url = `http://127.0.0.1:${JSON.parse(daemon.out.split('\n')[0]).witness_port}`
  await stop(broker)
  fs.writeFileSync(conf, `witness = ${key.vkey} ${url}\nhttp = 127.0.0.1:${new URL(broker.http).port}\n`)
  broker = start('avow-broker', ['run', dir, '--json', '--http', `127.0.0.1:${new URL(broker.http).port}`, '--link', 'tcp://127.0.0.1:0', '--hints', 'none'])
  await until('the broker is ready', () => broker.out.includes('\n'))
  Object.assign(broker, JSON.parse(broker.out.split('\n')[0]))
  const w = { key }
  await say()
  await until('the node cosigned', async () => await cosigned(w) === 69)
  await say()
  await until('and what came after', async () => await cosigned(w) === 70)

  const note = await newest()
  const ask = (body) => request(`${url}/add-checkpoint`, { method: 'POST', body })
  const { text } = parseNote(note)
  const same = await ask(`old 70\n\n${note}`)
  assert.equal(same.status, 200, same.text)
  assert.equal(parseNote(`${text}\n${same.text}`).signatures[0].name, key.name)
  const conflict = await ask(`old 0\n\n${note}`)
  assert.deepEqual([conflict.status, conflict.text, conflict.headers['content-type']], [409, '70\n', 'text/x.tlog.size'])
  assert.equal((await ask(`old 71\n\n${note}`)).status, 400)
  assert.equal((await ask('old x\n\n')).status, 400)
  assert.equal((await ask(`old 70\n${Buffer.alloc(32).toString('base64')}\n\n${note}`)).status, 422)
  assert.equal((await ask(`old 70\n\n${signNote(text, makeKey(log.name))}`)).status, 403)
  const other = makeKey('other.example/log')
  assert.equal((await ask(`old 0\n\n${signNote(text.replace(log.name, other.name), other)}`)).status, 404)
  const monitor = await request(`${url}/${sha256(log.name).toString('hex')}/checkpoint`)
  assert.equal(parseCheckpoint(monitor.text, log).size, 70)
  assert.ok(monitor.text.includes(`— ${key.name} `))
  for (const at of ['/', '/feed', '/api/v1/status', '/00/checkpoint']) assert.equal((await request(`${url}${at}`)).status, 404, at)
  await mustRun('avow', ['audit', '--dir', node])

  // Shown another tree of the same size, signed by the log: the log is convicted.
  const fork = await ask(`old 70\n\n${signNote(`${log.name}\n70\n${Buffer.alloc(32, 7).toString('base64')}\n`, log)}`)
  assert.equal(fork.status, 422)
  assert.equal((await daemon.exited).code, 1, daemon.err)
  assert.ok(fs.existsSync(path.join(node, 'evidence-fork-70.json')))
  const again = await run('avow', ['run', '--dir', node])
  assert.equal(again.code, 1)
  assert.match(again.err, /two different roots for size 70/)
  await stop(broker)
})

test('settings that are none are refused', async () => {
  const before = fs.readFileSync(conf)
  for (const line of ['witness = https://witness.example', `witness = ${one.key.vkey}`, `witness = ${bank.vkey} https://witness.example`, `witness = ${one.key.vkey} ftp://witness.example`]) {
    fs.writeFileSync(conf, `${before}${line}\n`)
    const r = await run('avow-broker', ['run', dir, '--http', '127.0.0.1:0'])
    assert.notEqual(r.code, 0)
    assert.match(r.err, /is not a setting|cannot use the address/)
  }
})

await runTests()
for (const w of [one, two]) { w.server.close(); w.server.closeAllConnections() }
