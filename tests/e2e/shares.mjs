// Who may send how much: an author pays for what was accepted, and for nothing that others send again.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { initBroker, makeLog, pledge, post, registration, runBroker, runTests, statement, stop, test } from './lib.mjs'
import { ask, Client } from '../hostile/sp.mjs'

const people = await makeLog({ members: ['44000', '44002'] })
const { others: [bank, ida] } = people

async function brokerWith(...settings) {
  const dir = await initBroker(people)
  fs.appendFileSync(path.join(dir, 'avow-broker.conf'), settings.map((s) => `${s}\n`).join(''))
  const broker = await runBroker(dir)
  people.steward.seq = 1
  assert.equal((await post(broker, registration(people))).status, 201)
  for (const key of people.others) key.seq = 0
  return broker
}
const one = (key, n) => statement(key, [pledge(key, n)])
const many = (key, name, n) => statement(key, Array.from({ length: n }, (_, i) => pledge(key, `${name}-${i}`)))

async function expectRate(answer) {
  assert.equal(answer.status, 429, answer.text)
  assert.match(answer.text, /admission\.rate/)
  assert.ok(Number(answer.headers['retry-after']) > 0)
}

test('statements that are sent again cost their author nothing', async () => {
  const broker = await brokerWith('rate = 1', 'burst = 8')
  const notes = Array.from({ length: 3 }, (_, i) => one(bank, i))
  for (const note of notes) assert.equal((await post(broker, note)).status, 201)
  const link = new Client(broker.link)
  for (let i = 0; i < 60; i++) {
    assert.equal((await post(broker, notes[i % 3])).status, 200)
    assert.equal((await link.call(ask.submit(notes[i % 3]))).outcome, 1)
  }
  for (let i = 3; i < 8; i++) assert.equal((await post(broker, one(bank, i))).status, 201)
  let refused
  for (let i = 8; i < 30 && !refused; i++) {
    const answer = await post(broker, one(bank, i))
    if (answer.status !== 201) refused = answer
  }
  await expectRate(refused)
  assert.equal((await post(broker, notes[0])).status, 200) // which is known even then
  assert.equal((await post(broker, one(ida, 0))).status, 201)
  link.close()
  await stop(broker)
})

test('records count, whatever statements they come in', async () => {
  const broker = await brokerWith('record_rate = 1', 'record_burst = 100')
  assert.equal((await post(broker, many(bank, 'a', 90))).status, 201)
  const next = many(bank, 'b', 60)
  await expectRate(await post(broker, next))
  assert.equal((await post(broker, many(ida, 'a', 90))).status, 201)
  assert.equal((await post(broker, next, '?dry_run=1')).status, 200) // which would be allowed
  await stop(broker)
})

test('more records than there is ever room for are taken when there is all the room there is', async () => {
  const broker = await brokerWith('record_rate = 1', 'record_burst = 10')
  assert.equal((await post(broker, many(bank, 'a', 50))).status, 201)
  await expectRate(await post(broker, one(bank, 'b')))
  await stop(broker)
})

test('bytes count, too', async () => {
  const broker = await brokerWith('byte_rate = 10', 'byte_burst = 20000')
  assert.equal((await post(broker, many(bank, 'a', 60))).status, 201)
  await expectRate(await post(broker, many(bank, 'b', 60)))
  await stop(broker)
})

await runTests()
