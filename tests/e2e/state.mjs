#!/usr/bin/env node
// The state, compared: a broker, a node that followed live and a replica fetched afterwards
// have one digest, which a shell script (that of docs/store.md, as it stands there) computes
// from the file with sqlite3 and sha256sum. What was altered shows. Stores of an earlier
// version are brought up to date, and nothing is lost.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  initBroker, makeLog, mustRun, pledge, post, registration, root, run, runBroker, runTests, start, statement, stop, tempDir, test, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'FR-3'] })
const [bank, france] = people.others
const dir = await initBroker(people)
const work = tempDir('state')
let broker = await runBroker(dir, '--link', 'tcp://127.0.0.1:0')

const init = (folder) => mustRun('avow', ['init', '--dir', folder, '--log', people.log.vkey, '--broker', broker.link])
const json = async (...args) => JSON.parse(await mustRun(...args))
const audit = (folder) => json('avow', ['audit', '--dir', folder, '--json'])
const sqlite = (file, sql) => mustRun('/usr/bin/env', ['sqlite3', file, sql])
const publish = async (...notes) => { for (const note of notes) assert.equal((await post(broker, note)).status, 201) }

// The indented lines of docs/store.md that begin with `digest() (` and end with `)`.
const script = /^ {4}digest\(\) \($[\s\S]*?^ {4}\)$/m.exec(fs.readFileSync(path.join(root, 'docs/store.md'), 'utf8'))[0]
const byShell = async (file) => (await mustRun('/bin/bash', ['-c', `${script}\ndigest "$0"`, file])).trim().split(' ')[0]

const live = path.join(work, 'live')
await init(live)
const follower = start('avow', ['run', '--dir', live])
await until('the node is ready', () => follower.out.includes('\n'))

const usd = (amount) => ({ amount, currency: 'USD' })
await publish(
  registration(people),
  statement(people.steward, [{ is: 'organization.listed', org: 'KE-GOV', name: { en: 'Kenya', fr: 'Le "Kenya" \\ où' }, org_type: '10' }]),
  statement(bank, [pledge(bank, 1, { money: usd('700000.01') }), pledge(bank, 2, { recipient: france.org, countries: ['KE', 'PS'] })]),
  statement(bank, [{ is: 'pledge.disbursed', id: '44000:PL-1', tx: 'T1', money: usd('300.10') }]),
  statement(people.steward, [{ is: 'pledge.received', id: '44000:PL-1', tx: 'R1', money: usd('300.05'), of: ['T1'] }]),
  statement(france, [{ is: 'pledge.received', id: '44000:PL-2', tx: 'R1', money: usd('7') }]),
)
const size = 7
let digest

test('a broker, a node that followed and a new replica have one digest', async () => {
  await until('the node has followed', async () => (await json('avow', ['status', '--dir', live, '--offline', '--json'])).size === size)
  const late = path.join(work, 'late')
  await init(late)
  await mustRun('avow', ['sync', '--dir', late])
  const checked = await json('avow-broker', ['check', dir, '--json'])
  digest = checked.digest
  assert.match(digest, /^[0-9a-f]{64}$/)
  for (const found of [checked, await audit(live), await audit(late)]) {
    assert.equal(found.size, size)
    assert.equal(found.digest, digest)
    assert.equal(found.digest_anew, digest)
  }
  assert.equal((await json('avow', ['status', '--dir', live, '--digest', '--offline', '--json'])).digest, digest)
  assert.match(await mustRun('avow', ['status', '--dir', late, '--digest', '--offline']), new RegExp(`^digest +${digest}$`, 'm'))
})

test('a shell script computes it from the file', async () => {
  assert.equal(await byShell(path.join(dir, 'log.db')), digest)
  assert.equal(await byShell(path.join(live, 'replica.db')), digest)
})

test('what was altered has another, and both are told', async () => {
  const altered = path.join(work, 'altered')
  await init(altered)
  await mustRun('avow', ['sync', '--dir', altered])
  await sqlite(path.join(altered, 'replica.db'), "UPDATE subject SET value = replace(value, '70000001', '70000002')")
  const found = await run('avow', ['audit', '--dir', altered, '--json'])
  const told = JSON.parse(found.out)
  assert.equal(found.code, 1)
  assert.notEqual(told.digest, digest)
  assert.equal(told.digest_anew, digest)
  assert.equal(told.digest, await byShell(path.join(altered, 'replica.db')))
  const text = (await run('avow', ['audit', '--dir', altered])).out
  assert.match(text, new RegExp(`^digest  ${told.digest}\nanew    ${digest}$`, 'm'))
})

test('an altered index is told', async () => {
  for (const [what, sql] of [
    ['due', "INSERT INTO due VALUES ('2027-01-01', 1, '1')"],
    ['search', "UPDATE search SET text = 'Nobody' WHERE id = '44000'"],
    ['words of search', "DELETE FROM search_data WHERE id > 10"],
  ]) {
    const folder = path.join(work, `index${Math.random()}`)
    await init(folder)
    await mustRun('avow', ['sync', '--dir', folder])
    const file = path.join(folder, 'replica.db')
    await sqlite(file, sql)
    const found = await run('avow', ['audit', '--dir', folder])
    assert.equal(found.code, 1, sql)
    assert.match(found.out + found.err, new RegExp(`index ${what}: it (is not what the entries say|cannot be read)`), sql)
  }
})

// What an earlier version is said to have been: a table less, another one, other rows.
const older = (file) => sqlite(file, "DROP TABLE mark; CREATE TABLE before (a); UPDATE subject SET value = '{}'; DELETE FROM total; PRAGMA user_version = 1")

test('an older replica is brought up to date', async () => {
  assert.equal((await stop(follower)).code, 0)
  await older(path.join(live, 'replica.db'))
  const refused = await run('avow', ['list', 'pledges', '--dir', live])
  assert.equal(refused.code, 3)
  assert.match(refused.err, /written by an earlier version\n.*hint: `avow sync` brings it up to date, and loses nothing/)
  await mustRun('avow', ['sync', '--dir', live])
  assert.equal((await audit(live)).digest, digest)
})

test('so is the log of a broker, when it starts', async () => {
  await stop(broker)
  await older(path.join(dir, 'log.db'))
  const refused = await run('avow-broker', ['check', dir])
  assert.equal(refused.code, 3)
  assert.match(refused.err, /earlier version\n.*hint: `avow-broker run`/)
  broker = await runBroker(dir)
  assert.equal((await json('avow-broker', ['check', dir, '--json'])).digest, digest)
  await publish(statement(france, [pledge(france, 3)]))
  assert.equal((await json('avow-broker', ['check', dir, '--json'])).findings, 0)
})

test('a log that does not stand up is left as it is', async () => {
  await stop(broker)
  const file = path.join(dir, 'log.db')
  await sqlite(file, "PRAGMA user_version = 1; UPDATE entry SET note = CAST(replace(CAST(note AS TEXT), '300.10', '300.11') AS BLOB) WHERE idx = 4")
  const before = await byShell(file)
  const p = await run('avow-broker', ['run', dir, '--http', '127.0.0.1:0'])
  assert.equal(p.code, 1)
  assert.match(p.err, /cannot bring .* up to date: stored data was altered: entry 4 is not what the tree lists there\n.*hint: nothing in it was changed/)
  assert.equal(await byShell(file), before)
})

await runTests()
