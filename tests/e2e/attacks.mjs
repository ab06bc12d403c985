// The attacks of tests/hostile, few and short, one after the other on one broker with default settings, beside people who publish,
// watch, read and catch up. What these got is said; held to it are limits, memory, the log's size, and that all goes on afterwards.
//   ONLY=link SECONDS=10 node tests/e2e/attacks.mjs
import assert from 'node:assert/strict'
import { checkReceipt, pledge, post, runTests, statement, stop, test } from './lib.mjs'
import { attacks, descriptors, enterNetwork, makeSeed, metric, runSeed, sleep, startAttack, status, until } from '../hostile/bench.mjs'
import { Honest } from '../hostile/honest.mjs'

enterNetwork()
const seconds = Number(process.env.SECONDS || 2), only = process.env.ONLY || ''
const memoryMb = 512, logBytes = 64 * 1024

const seed = await makeSeed({ big: 30, prepared: 40 })
const broker = await runSeed(seed)
const [bank, victim] = seed.people.others, { steward } = seed.people
const honest = new Honest({ http: broker.http, link: broker.link, key: bank, from: new URL(broker.http).hostname })
await honest.start()

const ms = (n) => Number.isNaN(n) ? '–' : String(Math.round(n))
const got = (from, to) => Object.keys(honest.samples).map((what) => { const s = honest.sum(what, from, to); return `${what} ${s.n} (${ms(s.p50)}/${ms(s.p99)} ms${s.failed ? `, ${s.failed} failed: ${s.why}` : ''})` }).join(', ')

// What must hold while it goes on.
const limits = {
  'idle link peers': async () => assert.ok(await metric(broker, 'link_peers') <= 1000),
  'link peers that never read': async () => assert.ok(await metric(broker, 'link_bytes') <= (64 + 128) * 2 ** 20),
}

for (const [name, a] of Object.entries(attacks).filter(([name]) => name.includes(only))) {
  test(`${name}: ${a.few}`, async () => {
    const attacker = await startAttack(seed, broker, name, a.few)
    const begin = honest.now()
    await sleep(seconds * 1000)
    await limits[name]?.()
    const files = descriptors(broker.pid)
    const end = honest.now()
    await attacker.end()
    // Whoever waited is answered, and somebody new is, too.
    const note = statement(steward, [pledge(steward, `after ${name}`.replace(/[^A-Za-z0-9]/g, '-'), { recipient: '44000' })])
    await until('a statement is taken', async () => (await post(broker, note)).status < 300)
    console.log(`# ${got(begin, end)}; ${Math.round(status(broker.pid, 'VmHWM') / 1024)} MB, ${files} files, ${broker.bytes} bytes of log`)
    for (const what of Object.keys(honest.samples)) await until(`${what} goes on`, () => honest.sum(what, end, Infinity).n > 0, 30000)
    assert.ok(status(broker.pid, 'VmHWM') < memoryMb * 1024, 'memory')
    assert.ok(broker.bytes < logBytes, `${broker.bytes} bytes of log`)
  })
}

test('whose statements were sent again and again publishes as ever', async () => {
  const note = statement(victim, [pledge(victim, 'after-all')])
  const answer = await post(broker, note)
  assert.equal(answer.status, 201, answer.text)
  checkReceipt(answer.text, note, seed.people.log)
})

test('what they held is given back', async () => {
  await until('their connections are gone', async () => await metric(broker, 'link_peers') < 10, 90000)
})

test('it stops when told to in the midst of it', async () => {
  const attacker = await startAttack(seed, broker, 'link peers that never read', attacks['link peers that never read'].few)
  await until('they are there', async () => await metric(broker, 'link_peers') > 50)
  const { code, signal } = await stop(broker, 'SIGTERM', 60000)
  await attacker.end()
  await honest.end()
  assert.equal(signal ?? code, 0)
  assert.doesNotMatch(broker.err, /Sanitizer|runtime error|broken:/)
})

await runTests()
process.exit()
