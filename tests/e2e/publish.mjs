#!/usr/bin/env node
// What a publisher is told: of refusals for good, which are not "busy" and leave no trace; of
// an entry that lacks a signature of its author's; and by a broker that ends at any moment.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  checkReceipt, initBroker, keyFile, makeKey, makeLog, mustRun, nowText, pledge, post, registration, run, runBroker,
  runTests, signNote, start, statedKey, statement, statementText, stop, tempDir, test, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'XM-DAC-41121', 'FR-3', 'DE-1'] })
const { log, others: [bank, unhcr, french, german] } = people
const work = tempDir('publish')
const dir = await initBroker(people)
let broker = await runBroker(dir, '--link', 'tcp://127.0.0.1:0')
assert.equal((await post(broker, registration(people))).status, 201)
const node = (name) => path.join(work, name)
for (const key of people.others) keyFile(path.join(work, `${key.org}.key`), key)
await mustRun('avow', ['init', '--dir', node('nng'), '--log', log.vkey, '--broker', broker.link])
await mustRun('avow', ['init', '--dir', node('http'), '--log', log.vkey, '--broker', broker.http])

const file = (name, text) => { const at = path.join(work, name); fs.writeFileSync(at, text); return at }
const traces = (name) => fs.readdirSync(node(name)).filter((f) => /^(outbox-.*\.|seq-[0-9a-f]{8}$)/.test(f))
const publish = (name, ...args) => run('avow', ['publish', '--dir', node(name), '--yes', '--wait', '0', ...args])

for (const name of ['nng', 'http']) {
  test(`by ${name}: a clock a day ahead is told as such, at once, and leaves no trace`, async () => {
    const author = name === 'nng' ? bank : unhcr
    const note = statement(author, [pledge(author, 1)], { seq: 1, at: nowText(Date.now() + 86400e3) })
    const begin = Date.now()
    const r = await publish(name, file(`ahead-${name}`, note))
    assert.equal(r.code, 1, r.err)
    assert.match(r.err, /refused: admission\.at: .*ahead of the broker's clock/)
    assert.doesNotMatch(r.err, /busy/)
    assert.ok(Date.now() - begin < 30000)
    assert.deepEqual(traces(name), [])
    // The clock is right again: the same number, now.
    const record = file(`now-${name}.json`, JSON.stringify(pledge(author, 1)))
    const later = await publish(name, '--key', path.join(work, `${author.org}.key`), record)
    assert.equal(later.code, 0, later.err)
    const seq = fs.readFileSync(path.join(node(name), `seq-${author.id.toString('hex')}`), 'utf8')
    assert.match(seq, /^seq 1\nat \d+\n$/)
  })

  test(`by ${name}: too many at once is busy, and says by which rule`, async () => {
    const own = await initBroker(people)
    fs.appendFileSync(path.join(own, 'avow-broker.conf'), 'rate = 1\nburst = 1\n')
    const slow = await runBroker(own, '--link', 'tcp://127.0.0.1:0')
    assert.equal((await post(slow, registration({ ...people, steward: { ...people.steward, seq: 1 } }))).status, 201)
    await mustRun('avow', ['init', '--dir', node(`slow-${name}`), '--log', log.vkey, '--broker', name === 'nng' ? slow.link : slow.http])
    const notes = [1, 2, 3].map((n) => file(`slow-${name}-${n}`, statement(french, [pledge(french, n)], { seq: n })))
    const r = await publish(`slow-${name}`, ...notes)
    assert.equal(r.code, 0, r.err)
    assert.match(r.err, /does not take it yet: admission\.rate: /)
    assert.equal(r.out.trim().split('\n').length, 3)
    await stop(slow)
  })
}

// --- signatures ----------------------------------------------------------------------------

test('who sends it first without a second signature: the author is told, and has a receipt', async () => {
  const second = makeKey('FR-3')
  const added = statement(french, [{ is: 'key.added', org: 'FR-3', ...statedKey(second, 'FR-3'), label: 'second' }], { seq: 1 })
  const answer = await post(broker, added)
  assert.equal(answer.status, 201, answer.text)
  const text = statementText(french, [pledge(french, 7)], { seq: 2 })
  const full = signNote(text, french, second), stripped = signNote(text, french)
  assert.equal((await post(broker, stripped)).status, 201)
  const receipt = path.join(work, 'stripped.receipt')
  const r = await publish('nng', '--receipt', receipt, file('full', full))
  assert.equal(r.code, 0, r.err)
  assert.match(r.err, new RegExp(`without the signature of FR-3 \\(key ${second.id.toString('hex')}\\)`))
  assert.match(r.out, /known already/)
  const kept = path.join(node('nng'), 'receipts', `${french.id.toString('hex')}-0000000000000002.tlog-proof`)
  for (const at of [receipt, kept]) {
    checkReceipt(fs.readFileSync(at, 'utf8'), stripped, log)
    assert.match(await mustRun('avow', ['verify', '--dir', node('nng'), at]), /1 signature, all good/)
  }
})

test('refused once by a replica that was wrong, and published again: asked anew', async () => {
  const org = 'XM-DAC-47000'
  const to = { recipient: org }
  const note = file('early', statement(german, [pledge(german, 1, to)], { seq: 1 }))
  await stop(broker)
  // Away, it is kept; the log refuses it when it is back, and takes it when it is right.
  fs.copyFileSync(note, path.join(node('nng'), `outbox-${german.id.toString('hex')}-0000000000000001.statement`))
  const again = await runBroker(dir, '--link', `tcp://127.0.0.1:${new URL(fs.readFileSync(path.join(node('nng'), 'node.conf'), 'utf8').match(/broker (\S+)/)[1].replace('tcp:', 'http:')).port}`)
  const sent = await run('avow', ['outbox', '--send', '--dir', node('nng')])
  assert.match(sent.err, /refused from the outbox: seq 1: org\.unknown/)
  const twice = await publish('nng', note)
  assert.equal(twice.code, 1, twice.err)
  assert.match(twice.err, /refused: org\.unknown/)
  assert.doesNotMatch(twice.err, /\(null\)/)
  assert.match(await mustRun('avow', ['outbox', '--dir', node('nng')]), /refused: org\.unknown/)
  assert.equal((await post(again, statement(people.steward, [{ is: 'organization.listed', org, name: 'Seventh', org_type: '40' }]))).status, 201)
  const right = await publish('nng', note)
  assert.equal(right.code, 0, right.err)
  assert.deepEqual(traces('nng').filter((f) => f.startsWith('outbox-')), [])
  broker = again
})

// --- a broker that ends ---------------------------------------------------------------------

test('a publisher ends in time, whenever its broker does', async () => {
  for (let i = 0; i < 6; i++) {
    const record = file(`end-${i}.json`, JSON.stringify(pledge(bank, `end-${i}`)))
    const p = start('avow', ['publish', '--dir', node('nng'), '--yes', '--wait', '0', '--key', path.join(work, '44000.key'), record])
    const gone = new Promise((resolve) => setTimeout(() => resolve(stop(broker, 'SIGKILL')), i * 50))
    await gone
    const began = Date.now()
    const { code } = await p.exited
    assert.equal(code, 0, p.err)
    assert.ok(Date.now() - began < 40000, `${Date.now() - began} ms`)
    const { port } = new URL(broker.link.replace('tcp:', 'http:'))
    broker = await runBroker(dir, '--link', `tcp://127.0.0.1:${port}`)
  }
  await until('all is sent', async () => {
    await run('avow', ['outbox', '--send', '--dir', node('nng')])
    return traces('nng').filter((f) => f.startsWith('outbox-')).length === 0
  }, 60000)
  assert.equal((await stop(broker)).code, 0, broker.err)
})

await runTests()
