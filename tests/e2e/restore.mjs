// A broker that is restored from an old backup, with real processes: it signs nothing until a
// cosigning node has told it the newest checkpoint, takes back from nodes what it lacks, and
// goes on with the same history; without a node in reach it takes no statements; told to go on
// alone it makes a second history, and is convicted. One that was stopped and is started again is
// ready at once; one that ended otherwise asks first, unless memory that no disk takes along tells
// that nothing is missing. What is known to be missing is waited for, whether anybody cosigns or not.
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
  await until(`${name} is ready`, () => { if (p.child.exitCode !== null) throw new Error(p.err); return p.out.includes('\n') })
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

// What lies in the folder, and back into the very same files.
const lying = () => new Map(['log.db', 'log.db-wal', 'log.newest'].map((f) => path.join(dir, f)).filter((f) => fs.existsSync(f)).map((f) => [f, fs.readFileSync(f)]))
const putBack = (files) => { for (const [file, bytes] of files) fs.writeFileSync(file, bytes) }

test('a broker that is stopped and started again is ready at once, with no node in reach', async () => {
  await say()
  for (let i = 0; i < 2; i++) {
    await stop(broker)
    broker = await up()
    assert.equal((await readyz()).status, 200)
    await say()
  }
  assert.equal(await metric('waiting'), 0)
})

test('memory that outlives the program, and no disk takes along, tells after a crash, and of a disk set back', async () => {
  const memory = { env: { RUNTIME_DIRECTORY: fs.mkdtempSync(path.join(work, 'run-')) } }
  await stop(broker)
  broker = await runBroker(dir, memory, ...ports)
  await say()
  await stop(broker)
  const before = lying()
  for (let i = 0; i < 2; i++) {
    broker = await runBroker(dir, memory, ...ports)
    assert.equal((await readyz()).status, 200)
    await say()
    await stop(broker, 'SIGKILL')
  }
  const after = lying()
  putBack(before)
  broker = await runBroker(dir, memory, ...ports)
  assert.match((await readyz()).text, /^waiting for entries 7 to 8 from nodes: this is an old backup/)
  await stop(broker)
  putBack(after)
  broker = await runBroker(dir, memory, ...ports)
  assert.equal((await readyz()).status, 200)
  await stop(broker)
  broker = await up()
})

test('a restored one takes no statements while nobody tells, and serves what it has', async () => {
  older = await backup('older.db')
  one = await follow('one')
  await cosignedAt('one', 9)
  old = await backup('old.db')
  for (let i = 0; i < 3; i++) newest = await say()
  await cosignedAt('one', 12)
  assert.equal((await run('avow', ['sync', '--dir', folder('two')])).code, 0)
  await stop(one)
  await stop(broker)
  restore(old)
  broker = await up()
  assert.match(broker.err, /here are 9 entries, and 12 were signed: this is an old backup/)
  assert.equal((await readyz()).text, 'waiting for entries 9 to 11 from nodes: this is an old backup\n')
  await stop(broker)
  fs.rmSync(path.join(dir, 'log.newest'))
  broker = await up()
  assert.match(broker.err, /may be of an old backup/)
  const ready = await readyz()
  assert.deepEqual([ready.status, ready.text], [503,
    'waiting for a cosigning node to tell that there are no more than the 9 entries that are here\n'])
  await refused(/no more than the 9 entries/)
  assert.equal((await checkpoint()).size, 9)
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
  assert.deepEqual([now.size, now.root.toString('hex')], [12, newest.root.toString('hex')])
  await until('it is said', () => /gave the broker back entries 9 to 11/.test(one.err))
  assert.match(broker.err, /the log goes on at 12 entries/)
  await say()
  await cosignedAt('one', 13)
  assert.equal((await run('avow', ['sync', '--dir', folder('two')])).code, 0)
  assert.equal((await status('two')).root, (await status('one')).root)
  assert.equal(JSON.parse(await mustRun('avow-broker', ['check', dir, '--json'])).size, 13)
})

test('one that was killed waits for one word, and lacks nothing', async () => {
  await stop(broker, 'SIGKILL')
  broker = await up()
  assert.equal((await readyz()).status, 503)
  await until('it is ready', async () => (await readyz()).status === 200)
  assert.equal((await say()).size, 14)
})

test('a folder that was restored into the same files is not taken for the newest', async () => {
  await stop(broker)
  const before = lying()
  broker = await up()
  assert.equal((await readyz()).status, 200)
  newest = await say()
  await cosignedAt('one', 15)
  await stop(one)
  await stop(broker)
  putBack(before) // log.newest, too, which then says what it said
  broker = await up()
  assert.match((await readyz()).text, /^waiting for a cosigning node to tell/)
  await refused(/no more than the 14 entries/)
  one = await follow('one')
  await until('it has what it lacked', async () => (await readyz()).status === 200)
  assert.equal((await checkpoint()).root.toString('hex'), newest.root.toString('hex'))
})

test('one that runs on an old backup and does not know, is told, and mends itself', async () => {
  await cosignedAt('one', 15)
  await stop(one)
  await stop(broker)
  restore(old)
  await stop(await up('--alone')) // as a disk that was set back, with all that is on it, while the machine ran
  broker = await up()
  assert.equal((await readyz()).status, 200)
  one = await follow('one')
  await until('it has what it lacked', async () => (await checkpoint()).size === 15 && (await readyz()).status === 200)
  assert.match(broker.err, /this is an old backup/)
  assert.equal((await say()).size, 16)
  await cosignedAt('one', 16)
})

test('alone, it does not wait: nodes that hold more convict it', async () => {
  await stop(broker)
  restore(older)
  broker = await up('--alone')
  assert.equal((await readyz()).status, 200)
  const seq = bank.seq
  bank.seq = 8 // as at that time
  for (let i = 0; i < 9; i++) await say()
  bank.seq = seq
  await until('the node has found out', () => /the log signed two different roots/.test(one.err), 25000)
  assert.equal((await one.exited).code, 1)
  assert.equal(fs.readdirSync(folder('one')).filter((f) => f.startsWith('evidence-fork-')).length, 1)
  await until('the broker is told', async () => await metric('forked') === 1)
  assert.match((await readyz()).text, /another history/)
})

test('without a cosigner, too, what is known to be missing is waited for, and not signed anew', async () => {
  const others = await makeLog({ members: ['44000'] })
  const plain = await initBroker(others)
  const file = path.join(plain, 'log.db')
  const at = ['--link', `tcp://127.0.0.1:${await freePort()}`, '--hints', `tcp://127.0.0.1:${await freePort()}`]
  const author = others.others[0]
  let b = await runBroker(plain, ...at)
  assert.equal((await post(b, registration(others))).status, 201)
  for (let i = 1; i <= 20; i++) assert.equal((await post(b, statement(author, [pledge(author, i)]))).status, 201)
  const { root } = parseCheckpoint((await request(`${b.http}/log/checkpoint`)).text, others.log)
  await mustRun('avow', ['init', '--dir', folder('follower'), '--log', others.log.vkey, '--broker', b.link])
  const follower = await follow('follower')
  await atSize('follower', 22)
  await stop(follower)
  await stop(b, 'SIGKILL')
  for (const end of ['-wal', '-shm']) fs.rmSync(file + end)
  b = await runBroker(plain, ...at)
  const ready = await request(`${b.http}/readyz`)
  assert.deepEqual([ready.status, ready.text], [503, 'waiting for entries 1 to 21 from nodes: this is an old backup\n'])
  const answer = await post(b, statement(author, [pledge(author, 'x')], { seq: author.seq + 1 }))
  assert.deepEqual([answer.status, /admission\.waiting$/.test(answer.json.type)], [503, true])
  assert.equal((await request(`${b.http}/log/tile/entries/000.p/1`)).status, 200)
  await stop(b) // it is not forgotten
  b = await runBroker(plain, ...at)
  assert.equal((await request(`${b.http}/readyz`)).text, ready.text)
  const again = await follow('follower')
  await until('it is ready', async () => (await request(`${b.http}/readyz`)).status === 200)
  assert.equal(parseCheckpoint((await request(`${b.http}/log/checkpoint`)).text, others.log).root.toString('hex'), root.toString('hex'))
  assert.equal((await post(b, statement(author, [pledge(author, 21)]))).status, 201)
  await stop(again)
  await stop(b)
})

await runTests()
