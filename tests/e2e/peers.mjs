// Nodes that serve each other, with real processes: one is set up from a peer alone; with the
// broker killed they spread what any of them has; two brokers of one key and two histories are
// found out, proven by evidence that is checked here by other code, and no longer followed,
// while what was verified is served on.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  COSIGN_KEY, consistent, initBroker, keyFile, makeKey, makeLog, parseCheckpoint, pledge, post, registration, request, run, runBroker, runTests,
  mustRun, start, statedKey, statement, stop, tempDir, test, until,
} from './lib.mjs'

const authors = ['44000', 'XM-DAC-41121']
const people = await makeLog({ members: authors })
const { log, others } = people
const work = tempDir('peers')
const dir = await initBroker(people)
let broker = await runBroker(dir, '--link', 'tcp://127.0.0.1:0', '--hints', 'tcp://127.0.0.1:0')
assert.equal((await post(broker, registration(people))).status, 201)
let pledges = 0
const say = async (to, author = others[0]) => assert.equal((await post(to, statement(author, [pledge(author, ++pledges)]))).status, 201)

const folder = (name) => path.join(work, name)
const init = (name, ...flags) => run('avow', ['init', '--dir', folder(name), '--log', log.vkey, ...flags])
const json = async (command, name, ...flags) => JSON.parse(await mustRun('avow', [command, '--dir', folder(name), '--json', ...flags]))
const status = (name) => json('status', name, '--offline')

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
const serving = ['--serve', 'tcp://127.0.0.1:0']
const atSize = (name, size) => until(`${name} has ${size}`, async () => (await status(name)).size === size)

let one, two

test('a node is set up from a peer alone, the broker out of reach', async () => {
  const key = makeKey(`${others[0].org}/one`, COSIGN_KEY)
  keyFile(folder('cosign.key'), key)
  assert.equal((await post(broker, statement(others[0], [{ is: 'cosigner.added', ...statedKey(key, others[0].org) }]))).status, 201)
  assert.equal((await init('one', '--broker', broker.link, '--cosigner', folder('cosign.key'))).code, 0)
  one = await follow('one', ...serving)
  await say(broker)
  await atSize('one', 4)
  await until('it has cosigned', async () => (await status('one')).cosigned?.size === 4)
  await stop(broker, 'SIGKILL')
  const made = await init('two', '--peer', one.serves)
  assert.equal(made.code, 0, made.err)
  assert.match(made.out, /4 entries, all verified/)
  assert.equal((await status('two')).root, (await status('one')).root)
  const peers = await json('peers', 'two')
  assert.deepEqual(peers.sources.map((s) => [s.url, s.role, s.state, s.size]), [[one.serves, 'peer', 'answers', 4]])
})

test('cosignatures come from peers as well', async () => {
  const { cosigned } = await status('two')
  assert.deepEqual([cosigned.size, cosigned.cosignatures], [4, 1])
})

test('with the broker killed, nodes spread what any of them has', async () => {
  broker = await runBroker(dir, '--link', broker.link, '--hints', 'tcp://127.0.0.1:0')
  await until('a cosigner has told it', async () => (await request(`${broker.http}/readyz`)).status === 200)
  two = await follow('two', ...serving)
  assert.equal((await init('three', '--peer', two.serves, '--peer', one.serves)).code, 0)
  await say(broker)
  await say(broker)
  await atSize('one', 6)
  await stop(broker, 'SIGKILL')
  await atSize('two', 6) // by a hint of the first
  await stop(one, 'SIGKILL')
  const synced = await run('avow', ['sync', '--dir', folder('three')]) // one of its peers is gone
  assert.equal(synced.code, 0, synced.err)
  assert.equal((await status('three')).root, (await status('two')).root)
  assert.equal((await status('three')).size, 6)
  await stop(two)
})

// --- a fork ------------------------------------------------------------------------------------

const bytes = (text) => Buffer.from(text, 'base64')

// docs/replication.md 4, with nothing but the log's key.
function convicts(file) {
  const evidence = JSON.parse(fs.readFileSync(file, 'utf8'))
  assert.equal(evidence.evidence, 'avow/evidence-fork/v1')
  for (const side of [evidence.ours, evidence.theirs]) {
    let size = evidence.size, root = bytes(side.root)
    for (const step of side.steps) {
      assert.ok(consistent(size, step.to, root, bytes(step.root), step.consistency.map(bytes)), 'a step leads on')
      size = step.to; root = bytes(step.root)
    }
    const signed = parseCheckpoint(side.checkpoint, log) // verifies the signature
    assert.deepEqual([signed.size, signed.root.toString('hex')], [size, root.toString('hex')])
  }
  assert.notEqual(evidence.ours.root, evidence.theirs.root)
  return evidence.size
}

const evidenceOf = (name) => fs.readdirSync(folder(name)).filter((f) => f.startsWith('evidence-fork-'))
let left, right

test('two brokers of one key: both nodes find out, within the bound', async () => {
  const copy = path.join(tempDir('copy'), 'log')
  fs.cpSync(dir, copy, { recursive: true })
  left = await runBroker(dir, '--alone', '--link', 'tcp://127.0.0.1:0', '--hints', 'tcp://127.0.0.1:0')
  right = await runBroker(copy, '--alone', '--link', 'tcp://127.0.0.1:0', '--hints', 'tcp://127.0.0.1:0')
  await say(left, others[0])
  await say(right, others[1])
  await say(right, others[1])
  for (const [name, from] of [['left', left], ['right', right]]) assert.equal((await init(name, '--broker', from.link)).code, 0)
  assert.deepEqual([(await status('left')).size, (await status('right')).size], [7, 8])
  one = await follow('left', ...serving)
  two = await follow('right', '--peer', one.serves, ...serving)
  await stop(one, 'SIGKILL')
  one = await follow('left', '--peer', two.serves, '--serve', one.serves)
  await until('both have found out', () => evidenceOf('left').length > 0 && evidenceOf('right').length > 0, 25000)
  for (const p of [one, two]) await until('it is said', () => /the log signed two different roots for size 7/.test(p.err))
  for (const name of ['left', 'right']) assert.equal(convicts(path.join(folder(name), evidenceOf(name)[0])), 7)
})

test('they stop following, and go on serving', async () => {
  await say(left)
  await say(right)
  const made = await init('new', '--peer', one.serves)
  assert.equal(made.code, 0, made.err)
  assert.match(made.out, /7 entries, all verified/)
  assert.deepEqual([(await status('left')).size, (await status('right')).size], [7, 8])
  assert.deepEqual((await status('right')).evidence, ['evidence-fork-7.json'])
  await until('its file tells', async () => !(await json('peers', 'left')).following)
})

test('evidence is passed on, and what is stopped stays so', async () => {
  const run_ = start('avow', ['run', '--dir', folder('new')])
  assert.equal((await run_.exited).code, 1)
  assert.equal(convicts(path.join(folder('new'), evidenceOf('new')[0])), 7)
  await stop(two, 'SIGKILL')
  two = await follow('right', '--serve', 'tcp://127.0.0.1:0')
  await until('it is said again', () => /the log signed two different roots for size 7/.test(two.err))
  const sync = await run('avow', ['sync', '--dir', folder('new')])
  assert.equal(sync.code, 1)
  for (const p of [one, two]) assert.equal((await stop(p)).code, 0)
})

await runTests()
