#!/usr/bin/env node
// A broker and two nodes are killed (SIGKILL) at random instants under load, and started
// again, ROUNDS times (300). Then: every statement that was acknowledged is in the log, in
// its place, byte for byte; every checkpoint that was ever seen, signed, is one of the tree
// that there is now; the nodes have come back by themselves to the same root; and check and
// audit find nothing.
//   BIN=… ROUNDS=… SEED=… tests/e2e/crash.mjs
// SEED, which is printed, replays the schedule of kills (what they interrupt is the
// machine's to say).
import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import {
  COSIGN_KEY, checkReceipt, freePort, initBroker, keyFile, leafHash, makeKey, makeLog, mustRun, nodeHash, parseCheckpoint, pledge, post,
  registration, request, run, runTests, sleep, start, statedKey, statement, stop, tempDir, test, until,
} from './lib.mjs'

const rounds = Number(process.env.ROUNDS || 300)
const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 32))
const patience = 60000
console.log(`# SEED=${seed} ROUNDS=${rounds}`)

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

const authors = ['44000', 'XM-DAC-41121', 'XM-DAC-41304', 'FR-3', 'DE-1']
const people = await makeLog({ members: authors })
const { log, others } = people
const work = tempDir('crash')
const dir = await initBroker(people)
const ports = { http: await freePort(), link: await freePort(), hints: await freePort() }
const address = `http://127.0.0.1:${ports.http}`

// A process that is killed and comes back.
class Victim {
  constructor(name, command, args) {
    Object.assign(this, { name, command, args, kills: 0 })
  }

  async up() {
    const p = start(this.command, this.args)
    this.process = p
    let over = null
    p.exited.then((e) => { over = e })
    await until(`${this.name} is ready`, () => {
      if (over) throw new Error(`${this.name} ended: ${over.code ?? over.signal}\n${p.err}`)
      return p.out.includes('\n')
    }, patience)
  }

  async kill() {
    const p = this.process
    if (p.child.exitCode !== null || p.child.signalCode !== null) throw new Error(`${this.name} ended by itself (${p.child.exitCode ?? p.child.signalCode}):\n${p.err}`)
    p.child.kill('SIGKILL')
    await p.exited
    this.kills++
  }
}

const broker = new Victim('the broker', 'avow-broker', ['run', dir, '--http', `127.0.0.1:${ports.http}`, '--link', `tcp://127.0.0.1:${ports.link}`, '--hints', `tcp://127.0.0.1:${ports.hints}`])
await broker.up()
const registered = registration(people)

// Acknowledged: index -> note. And each checkpoint seen: size -> root.
const acknowledged = new Map()
const seen = new Map()
let newest = 0

function see(checkpoint) {
  const before = seen.get(checkpoint.size)
  if (before && !before.equals(checkpoint.root)) throw new Error(`two roots were signed for size ${checkpoint.size}`)
  seen.set(checkpoint.size, checkpoint.root)
  newest = Math.max(newest, checkpoint.size)
}

function acknowledge(note, receipt) {
  const { index, checkpoint } = checkReceipt(receipt, note, log)
  const before = acknowledged.get(index)
  if (before && before !== note) throw new Error(`entry ${index} was promised to two statements`)
  acknowledged.set(index, note)
  see(checkpoint)
}

acknowledge(registered, (await post({ http: address }, registered)).text)

const nodes = []
for (const author of others.slice(0, 2)) {
  const folder = path.join(work, author.org)
  const cosigner = makeKey(`${author.org}/node`, COSIGN_KEY)
  const stated = statement(author, [{ is: 'cosigner.added', ...statedKey(cosigner, author.org) }])
  keyFile(`${folder}.cosigner`, cosigner)
  acknowledge(stated, (await post({ http: address }, stated)).text)
  await mustRun('avow', ['init', '--dir', folder, '--log', log.vkey, '--broker', `tcp://127.0.0.1:${ports.link}`, '--cosigner', `${folder}.cosigner`])
  const node = new Victim(`node ${author.org}`, 'avow', ['run', '--dir', folder])
  node.dir = folder
  await node.up()
  nodes.push(node)
}

// --- the load ------------------------------------------------------------------------------

let stopping = false
let failure = null
let retries = 0

// One by HTTP: the same text again and again until there is an answer.
async function publishHttp(author) {
  const via = new http.Agent({ keepAlive: true, maxSockets: 1 })
  for (let n = 1; !stopping; n++) {
    const note = statement(author, [pledge(author, n)])
    for (;;) {
      const answer = await request(`${address}/api/v1/statements`, { method: 'POST', body: note, via }).catch(() => null)
      if (answer && (answer.status === 201 || answer.status === 200)) {
        acknowledge(note, answer.text)
        break
      }
      if (answer && answer.status !== 503) throw new Error(`${author.org} ${n}: ${answer.status} ${answer.text}`)
      retries++
      if (stopping && !answer) return
      await sleep(5)
    }
  }
}

// One by the command line and the link, through a node's folder.
async function publishLink(author, node) {
  const file = path.join(work, 'statement')
  const receipt = path.join(work, 'receipt')
  for (let n = 1; !stopping; n++) {
    const note = statement(author, [pledge(author, n)])
    fs.writeFileSync(file, note)
    for (;;) {
      fs.rmSync(receipt, { force: true })
      const { code, err, signal } = await run('avow', ['publish', '--dir', node.dir, '--yes', '--receipt', receipt, file])
      if (fs.existsSync(receipt)) {
        acknowledge(note, fs.readFileSync(receipt, 'utf8'))
        break
      }
      // 0: the broker is away, and it waits in the outbox; asked again, there is a receipt.
      if (code !== 0 && code !== 3) throw new Error(`avow publish: ${code ?? signal}: ${err}`)
      retries++
      if (stopping) return
    }
  }
}

// Whoever watches the newest checkpoint.
async function watchCheckpoints() {
  while (!stopping) {
    const answer = await request(`${address}/log/checkpoint`).catch(() => null)
    if (answer && answer.status === 200) see(parseCheckpoint(answer.text, log))
    await sleep(10)
  }
}

const failed = (e) => { failure ??= e }
const load = []

// --- the log as it is now ------------------------------------------------------------------

const leaves = [] // of entries read so far; they never change
const notes = []

async function readEntries(size) {
  while (notes.length < size) {
    const n = Math.floor(notes.length / 256)
    const width = Math.min(256, size - n * 256)
    const answer = await request(`${address}/log/tile/entries/${tilePath(n)}${width < 256 ? `.p/${width}` : ''}`)
    assert.equal(answer.status, 200, answer.text)
    let at = 0
    for (let i = n * 256; at < answer.bytes.length; i++) {
      const length = answer.bytes.readUInt16BE(at)
      const note = answer.bytes.subarray(at + 2, at + 2 + length)
      at += 2 + length
      if (i < notes.length) {
        assert.equal(note.toString(), notes[i], `entry ${i} was replaced`)
        continue
      }
      notes.push(note.toString())
      leaves.push(leafHash(note))
    }
  }
}

function tilePath(n) {
  let text = String(n % 1000).padStart(3, '0')
  for (n = Math.floor(n / 1000); n > 0; n = Math.floor(n / 1000)) text = `x${String(n % 1000).padStart(3, '0')}/${text}`
  return text
}

// The roots of all trees from 1 leaf to `size`, told one after the other.
function eachRoot(size, tell) {
  const peaks = [] // of perfect trees, the largest first: { hash, width }
  for (let i = 0; i < size; i++) {
    let node = { hash: leaves[i], width: 1 }
    while (peaks.length && peaks.at(-1).width === node.width) {
      node = { hash: nodeHash(peaks.pop().hash, node.hash), width: 2 * node.width }
    }
    peaks.push(node)
    if (seen.has(i + 1)) tell(i + 1, peaks.map((p) => p.hash).reduceRight((right, left) => nodeHash(left, right)))
  }
}

// --- the tests -----------------------------------------------------------------------------

test(`${rounds} rounds of kills under load`, async () => {
  load.push(...others.slice(0, 4).map((a) => publishHttp(a).catch(failed)))
  load.push(publishLink(others[4], nodes[0]).catch(failed))
  load.push(watchCheckpoints().catch(failed))
  try {
    for (let round = 0; round < rounds && !failure; round++) {
      await sleep(random() * 120)
      const victims = [broker, ...nodes].filter(() => random() < 0.5)
      if (victims.length === 0) victims.push(broker)
      for (const v of victims) {
        await sleep(random() * 10)
        await v.kill()
      }
      await sleep(random() * 20)
      await Promise.all(victims.map((v) => v.up()))
      const promised = newest
      const checkpoint = parseCheckpoint((await request(`${address}/log/checkpoint`)).text, log)
      assert.ok(checkpoint.size >= promised, `${promised} entries were promised, ${checkpoint.size} came back`)
      see(checkpoint)
      if (round % 50 === 49) console.log(`# round ${round + 1}: ${checkpoint.size} entries`)
    }
  } finally {
    stopping = true
    await Promise.all(load)
  }
  if (failure) throw failure
  console.log(`# kills: ${[broker, ...nodes].map((v) => `${v.name} ${v.kills}`).join(', ')}; retries: ${retries}`)
})

let last
test('what waited in an outbox goes out by itself', async () => {
  const waiting = (node) => fs.readdirSync(node.dir).filter((name) => /^outbox-.*\.statement$/.test(name))
  for (const node of nodes) await until(`${node.name} has sent all`, () => waiting(node).length === 0, patience)
})

test('every acknowledged statement is in its place, byte for byte', async () => {
  last = parseCheckpoint((await request(`${address}/log/checkpoint`)).text, log)
  see(last)
  await readEntries(last.size)
  for (const [index, note] of acknowledged) assert.equal(notes[index], note, `entry ${index}`)
  const texts = new Set(notes)
  assert.equal(texts.size, notes.length, 'a statement is in the log twice')
  console.log(`# ${acknowledged.size} acknowledged, ${last.size} in the log`)
  assert.ok(acknowledged.size > rounds)
})

test('every checkpoint ever seen is one of the tree there is', async () => {
  let told = 0
  eachRoot(last.size, (size, root) => {
    told++
    assert.ok(seen.get(size).equals(root), `the checkpoint of ${size} entries is of another log`)
  })
  assert.equal(told, seen.size)
  console.log(`# ${told} checkpoints`)
})

test('the nodes come to the same root by themselves', async () => {
  for (const node of nodes) {
    const status = await until(`${node.name} has all`, async () => {
      const s = JSON.parse(await mustRun('avow', ['status', '--dir', node.dir, '--offline', '--json']))
      return s.size === last.size && s
    }, patience)
    assert.equal(status.root, last.root.toString('base64'))
  }
})

test('audits of the nodes find nothing', async () => {
  for (const node of nodes) await mustRun('avow', ['audit', '--dir', node.dir])
})

test('the check of the broker finds nothing, and all end when told to', async () => {
  await mustRun('avow-broker', ['check', dir])
  for (const v of [...nodes, broker]) assert.equal((await stop(v.process)).code, 0, `${v.name}:\n${v.process.err}`)
})

await runTests()
