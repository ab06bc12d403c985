// A broker that is restored from an old backup, with real processes: it signs nothing until a
// cosigning node has told it the newest checkpoint, takes back from nodes what it lacks, and
// goes on with the same history; without a node in reach it takes no statements; told to go on
// alone it makes a second history, and is convicted. One that is only started again is ready at
// once.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  COSIGN_KEY, cosignatureLine, freePort, initBroker, keyFile, makeKey, makeLog, mustRun, parseCheckpoint, pledge, post, registration,
  request, run, runBroker, runTests, start, statedKey, statement, stop, tempDir, test, textOf, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000'] })
const { log, others: [bank] } = people
const work = tempDir('restore')
const dir = await initBroker(people)
const store = path.join(dir, 'log.db')
const ports = ['--link', `tcp://127.0.0.1:${await freePort()}`, '--hints', `tcp://127.0.0.1:${await freePort()}`]
const up = (...flags) => runBroker(dir, ...ports, ...flags)
const folder = (name) => path.join(work, name)
const status = async (name) => JSON.parse(await mustRun('avow', ['status', '--dir', folder(name), '--offline', '--json']))
const readyz = () => request(`${broker.http}/readyz`)
const metric = async (name) => Number((await request(`${broker.http}/metrics`)).text.match(new RegExp(`^avow_${name} (\\d+)$`, 'm'))[1])
const checkpoint = async () => parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
let pledges = 0
const say = async () => {
  const answer = await post(broker, statement(bank, [pledge(bank, ++pledges)]))
  assert.equal(answer.status, 201, answer.text)
  return parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
}

async function follow(name) {
  const p = start('avow', ['run', '--dir', folder(name), '--json'])
  await until(`${name} is ready`, () => p.out.includes('\n'))
  return p
}
const atSize = (name, size) => until(`${name} has ${size}`, async () => (await status(name)).size === size)
const cosignedAt = (name, size) => until(`${name} cosigned ${size}`, async () => (await status(name)).cosigned?.size === size)

// The log's file in place of the one that is there, as whoever restores does it.
function restore(from) {
  for (const end of ['-wal', '-shm']) fs.rmSync(store + end, { force: true })
  fs.rmSync(store)
  fs.copyFileSync(from, store)
}
const backup = async (name) => { await mustRun('avow-broker', ['backup', dir, folder(name)]); return folder(name) }

async function refused(what) {
  const answer = await post(broker, statement(bank, [pledge(bank, 'waiting')]))
  bank.seq--
  assert.equal(answer.status, 503, answer.text)
  assert.match(answer.json.type, /admission\.waiting$/)
  assert.match(answer.json.detail, what)
  assert.equal(answer.headers['retry-after'], '5')
}

let broker = await up()
assert.equal((await post(broker, registration(people))).status, 201)
const key = makeKey(`${bank.org}/one`, COSIGN_KEY)
keyFile(folder('cosign.key'), key)
assert.equal((await post(broker, statement(bank, [{ is: 'cosigner.added', ...statedKey(key, bank.org) }]))).status, 201)
for (const [name, ...flags] of [['one', '--cosigner', folder('cosign.key')], ['two']])
  assert.equal((await run('avow', ['init', '--dir', folder(name), '--log', log.vkey, '--broker', broker.link, ...flags])).code, 0)
let one, two, old, older, newest

test('a broker that is killed and started again is ready at once, with no node in reach', async () => {
  await say()
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    await stop(broker, signal)
    broker = await up()
    assert.equal((await readyz()).status, 200)
    await say()
  }
  assert.equal(await metric('waiting'), 0)
})

test('a restored one takes no statements while nobody tells, and serves what it has', async () => {
  older = await backup('older.db')
  one = await follow('one')
  await cosignedAt('one', 6)
  old = await backup('old.db')
  for (let i = 0; i < 3; i++) newest = await say()
  await cosignedAt('one', 9)
  assert.equal((await run('avow', ['sync', '--dir', folder('two')])).code, 0)
  await stop(one)
  await stop(broker)
  restore(old)
  broker = await up()
  assert.match(broker.err, /may be of an old backup/)
  const ready = await readyz()
  assert.deepEqual([ready.status, ready.text], [503,
    'waiting for a cosigning node to tell that there are no more than the 6 entries that are here\n'])
  await refused(/no more than the 6 entries/)
  assert.equal((await checkpoint()).size, 6)
  assert.equal(await metric('waiting'), 1)
})

test('an old cosignature, which anybody may have kept, tells it nothing', async () => {
  const answer = await request(`${broker.http}/log/cosignature`, {
    method: 'POST',
    body: `${textOf((await request(`${broker.http}/log/checkpoint`)).text)}\n${cosignatureLine(key, textOf((await request(`${broker.http}/log/checkpoint`)).text), 1)}`,
  })
  assert.equal(answer.status, 200, answer.text)
  assert.equal((await readyz()).status, 503)
})

test('a node tells, and gives back what is lacking: one history, which goes on', async () => {
  one = await follow('one')
  await until('it is ready', async () => (await readyz()).status === 200)
  const now = await checkpoint()
  assert.deepEqual([now.size, now.root.toString('hex')], [9, newest.root.toString('hex')])
  await until('it is said', () => /gave the broker back entries 6 to 8/.test(one.err))
  assert.match(broker.err, /the log goes on at 9 entries/)
  await say()
  await cosignedAt('one', 10)
  assert.equal((await run('avow', ['sync', '--dir', folder('two')])).code, 0)
  assert.equal((await status('two')).root, (await status('one')).root)
  assert.equal(JSON.parse(await mustRun('avow-broker', ['check', dir, '--json'])).size, 10)
})

test('where nothing is missing, a node that tells is enough', async () => {
  const same = await backup('same.db')
  await stop(broker, 'SIGKILL')
  restore(same)
  broker = await up()
  assert.equal((await readyz()).status, 503)
  await until('it is ready', async () => (await readyz()).status === 200)
  assert.equal((await say()).size, 11)
})

test('one that runs on an old backup and does not know, is told, and mends itself', async () => {
  await cosignedAt('one', 11)
  await stop(one)
  await stop(broker)
  restore(old)
  await stop(await up('--alone')) // as a disk that was set back, with all that is on it, while the machine ran
  broker = await up()
  assert.equal((await readyz()).status, 200)
  one = await follow('one')
  await until('it has what it lacked', async () => (await checkpoint()).size === 11 && (await readyz()).status === 200)
  assert.match(broker.err, /this is an old backup/)
  assert.equal((await say()).size, 12)
  await cosignedAt('one', 12)
})

test('alone, it does not wait: nodes that hold more convict it', async () => {
  await stop(broker)
  restore(older)
  broker = await up('--alone')
  assert.equal((await readyz()).status, 200)
  const seq = bank.seq
  bank.seq = 4 // as at that time
  for (let i = 0; i < 7; i++) await say()
  bank.seq = seq
  await until('the node has found out', () => /the log signed two different roots/.test(one.err), 25000)
  assert.equal((await one.exited).code, 1)
  assert.equal(fs.readdirSync(folder('one')).filter((f) => f.startsWith('evidence-fork-')).length, 1)
  await until('the broker is told', async () => await metric('forked') === 1)
  assert.match((await readyz()).text, /another history/)
})

await runTests()
