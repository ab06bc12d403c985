#!/usr/bin/env node
// One node's folder, used by many at once: a daemon that sends what waits, publishers of
// files and of forms beside it, several of one file, some of them killed, and a broker that
// is away now and then. Every statement is in the log, once; nothing is refused; nobody
// accuses an honest broker; everyone who was told "published" has a receipt that verifies.
//   BIN=… STATEMENTS=… SEED=… tests/e2e/outbox.mjs
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  checkReceipt, freePort, initBroker, keyFile, makeLog, mustRun, pledge, post, registration, request, run, runTests, sleep, start,
  statement, stop, tempDir, test, textOf, until,
} from './lib.mjs'

const total = Number(process.env.STATEMENTS || 1000)
const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 32))
const lanes = Number(process.env.PUBLISHERS || 6)
console.log(`# SEED=${seed} STATEMENTS=${total} PUBLISHERS=${lanes}`)

// mulberry32
let state = seed >>> 0
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

// --- the cast ------------------------------------------------------------------------------

const forms = ['44000', 'XM-DAC-41121'] // whose numbers the node gives
const orgs = [...forms, ...Array.from({ length: 8 }, (_, i) => `XM-DAC-4200${i}`)]
const people = await makeLog({ members: orgs })
const { log, others } = people
const work = tempDir('outbox')
const dir = await initBroker(people)
const ports = { http: await freePort(), link: await freePort(), hints: await freePort() }
const address = `http://127.0.0.1:${ports.http}`

async function up(name, command, args) {
  const p = start(command, args)
  let ended
  p.exited.then((e) => { ended = e })
  await until(`${name} is ready`, () => {
    if (ended) throw new Error(`${name} ended: ${ended.code ?? ended.signal}\n${p.err}`)
    return p.out.includes('\n')
  }, 60000)
  return p
}
const upBroker = () => up('the broker', 'avow-broker', ['run', dir, '--http', `127.0.0.1:${ports.http}`, '--link', `tcp://127.0.0.1:${ports.link}`, '--hints', `tcp://127.0.0.1:${ports.hints}`])
const upDaemon = () => up('the daemon', 'avow', ['run', '--dir', node])

let broker = await upBroker()
assert.equal((await post({ http: address }, registration(people))).status, 201)

const node = path.join(work, 'node')
for (const key of others) keyFile(path.join(work, `${key.org}.key`), key)
await mustRun('avow', ['init', '--dir', node, '--log', log.vkey, '--broker', `tcp://127.0.0.1:${ports.link}`])
let daemon = await upDaemon()

const waiting = () => fs.readdirSync(node).filter((name) => /^outbox-.*\.statement$/.test(name))

// --- what everyone says ---------------------------------------------------------------------

const accusation = /proves nothing|not the one that this replica holds|cannot be checked|\(null\)|assert|(^|\s)0\/1\//i
const trouble = []
const made = [] // notes that have to be in the log
const titles = [] // of the forms' pledges
const tally = { published: 0, queued: 0, killed: 0, late: 0 }

function judge(what, r, receipt, note) {
  if (accusation.test(r.err) || accusation.test(r.out)) trouble.push(`${what}: ${r.err}${r.out}`)
  if (r.signal === 'SIGKILL') { tally.killed++; return }
  // It is published, but the daemon, which was away, too, is slow to bring the replica up.
  if (r.code === 3 && /holds the replica, and has \d+ of \d+ entries/.test(r.err)) { tally.late++; return }
  if (r.code !== 0) trouble.push(`${what}: exit ${r.code ?? r.signal}: ${r.err}`)
  if (fs.existsSync(receipt)) {
    tally.published++
    if (note) checkReceipt(fs.readFileSync(receipt, 'utf8'), note, log)
    if (!/\d+\/1\/[0-9a-f]{64}/.test(r.out)) trouble.push(`${what}: ${r.out}`)
  } else {
    tally.queued++
    if (!/kept in the outbox/.test(r.out)) trouble.push(`${what}: neither published nor kept: ${r.out}${r.err}`)
  }
}

// Some do not live to see the end of it.
async function avow(args, doomed) {
  const p = start('avow', args)
  p.child.stdin.on('error', () => {})
  p.child.stdin.end()
  const kill = doomed ? setTimeout(() => p.child.kill('SIGKILL'), random() * 400) : undefined
  const hung = setTimeout(() => { trouble.push(`avow ${args.join(' ')}: does not end: ${p.err}`); p.child.kill('SIGABRT') }, 180000)
  const { code, signal } = await p.exited
  clearTimeout(kill)
  clearTimeout(hung)
  return { code, signal, out: p.out, err: p.err }
}

let count = 0
const busy = new Set() // keys whose last statement is not settled: a key's numbers go upwards

// A file that up to three publish at once; of a key that nobody else uses meanwhile.
async function publishFile(key) {
  const n = ++count
  const note = statement(key, [pledge(key, n)])
  const file = path.join(work, `${n}.statement`)
  fs.writeFileSync(file, note)
  made.push(note)
  const copies = 1 + Math.floor(random() * 3)
  const results = await Promise.all(Array.from({ length: copies }, async (_, i) => {
    const receipt = `${file}.${i}.receipt`
    const r = await avow(['publish', '--dir', node, '--yes', '--wait', '0', '--receipt', receipt, file], random() < 0.1)
    judge(`statement ${n}, publisher ${i}`, r, receipt, note)
    return r
  }))
  // All were killed before it was kept: nobody has promised anything.
  if (results.every((r) => r.signal === 'SIGKILL')) {
    const receipt = `${file}.receipt`
    judge(`statement ${n}, once more`, await avow(['publish', '--dir', node, '--yes', '--wait', '0', '--receipt', receipt, file], false), receipt, note)
  }
}

// Its id and number are the node's to give.
async function makePledge(key) {
  const n = ++count
  const receipt = path.join(work, `${n}.receipt`)
  titles.push(`Form ${n}`)
  const r = await avow(['pledge', 'make', '--dir', node, '--key', path.join(work, `${key.org}.key`), '--title', `Form ${n}`, '--to', 'XM-DAC-41302',
    '--amount', '5', '--currency', 'USD', '--yes', '--wait', '0', '--receipt', receipt], false)
  judge(`form ${n}`, r, receipt)
}

async function lane(i) {
  while (count < total && trouble.length === 0) {
    if (i % 3 === 2) {
      await makePledge(others[Math.floor(random() * forms.length)])
      continue
    }
    const key = others.slice(forms.length).find((k) => !busy.has(k))
    busy.add(key)
    await publishFile(key)
    busy.delete(key)
  }
}

// Away now and then, and the daemon as well.
let over = false
async function trip() {
  while (!over) {
    await sleep(1000 + random() * 3000)
    if (over) break
    if (random() < 0.5) {
      await stop(broker, random() < 0.5 ? 'SIGKILL' : 'SIGTERM')
      await sleep(random() * 1500)
      broker = await upBroker()
    } else {
      await stop(daemon, random() < 0.5 ? 'SIGKILL' : 'SIGTERM')
      daemon = await upDaemon()
    }
  }
}

// --- the tests -----------------------------------------------------------------------------

test(`${total} statements by a daemon and publishers of one folder`, async () => {
  const away = trip()
  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)))
  over = true
  await away
  assert.deepEqual(trouble, [])
  console.log(`# published ${tally.published}, queued ${tally.queued}, killed ${tally.killed}, late ${tally.late}`)
})

test('what waits goes out, and nothing was refused', async () => {
  await until('the outbox is empty', () => waiting().length === 0, 60000)
  assert.equal(fs.readdirSync(node).filter((name) => /^outbox-.*\.json$/.test(name)).length, 0)
  for (const bad of [accusation, /refused/]) assert.doesNotMatch(daemon.err, bad)
})

test('every statement is in the log, and once', async () => {
  const size = JSON.parse((await request(`${address}/api/v1/status`)).text).size
  const texts = []
  for (let n = 0; texts.length < size; n++) {
    const width = Math.min(256, size - n * 256)
    const tile = await request(`${address}/log/tile/entries/${String(n).padStart(3, '0')}${width < 256 ? `.p/${width}` : ''}`)
    assert.equal(tile.status, 200, tile.text)
    for (let at = 0; at < tile.bytes.length;) {
      const length = tile.bytes.readUInt16BE(at)
      texts.push(textOf(tile.bytes.subarray(at + 2, at + 2 + length).toString()))
      at += 2 + length
    }
  }
  const there = new Set(texts)
  assert.equal(there.size, texts.length, 'one is there twice')
  for (const note of made) assert.ok(there.has(textOf(note)), `lost: ${note}`)
  const said = texts.filter((t) => t.includes('"title":"Form ')).map((t) => /"title":"(Form \d+)"/.exec(t)[1])
  assert.deepEqual(said.sort(), [...titles].sort())
  assert.equal(texts.length, 2 + made.length + titles.length)
  console.log(`# ${size} entries`)
})

test('each has its receipt, which verifies', async () => {
  // Who was killed in the midst of writing one leaves it under a name of its own.
  const receipts = fs.readdirSync(path.join(node, 'receipts')).filter((name) => name.endsWith('.tlog-proof'))
  assert.equal(receipts.length, made.length + titles.length)
  for (const note of made.slice(0, 20)) {
    const [, key, seq] = /"key":"([0-9a-f]{8})","seq":(\d+)/.exec(note)
    checkReceipt(fs.readFileSync(path.join(node, 'receipts', `${key}-${seq.padStart(16, '0')}.tlog-proof`), 'utf8'), note, log)
  }
})

test('numbers that the node gave are used once, and all end when told to', async () => {
  assert.equal((await stop(daemon)).code, 0, daemon.err)
  await mustRun('avow', ['sync', '--dir', node])
  await mustRun('avow', ['audit', '--dir', node])
  assert.equal((await stop(broker)).code, 0, broker.err)
  const { out } = await run('avow', ['list', 'pledges', '--dir', node, '--json'])
  const ids = out.trim().split('\n').flatMap((line) => { const j = JSON.parse(line); return j.items ?? [j] }).map((j) => j.id)
  assert.equal(new Set(ids).size, ids.length)
})

await runTests()
