// What the broker takes: judged there, by its clock and by how much comes, and never again.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { COSIGN_KEY, STATEMENT_KEY, initBroker, keyFile, makeKey, makeLog, mustRun, nowText, origin, post, registration, runBroker, statedKey, statement, stop, tempDir } from '../e2e/lib.mjs'
import { keyOf, listed } from './stories.mjs'

export async function admission(note) {
  const people = await makeLog()
  const dir = await initBroker(people)
  fs.appendFileSync(path.join(dir, 'avow-broker.conf'), 'rate = 1\nburst = 8\n')
  const second = keyOf(origin, STATEMENT_KEY, 2)
  const file = path.join(tempDir('key'), 'second.key')
  keyFile(file, second)
  const broker = await runBroker(dir)
  const say = async (rule, expected, n, options, record = listed(`A-${n}`)) => {
    const answer = await post(broker, statement(people.steward, [record], options))
    if (expected === 201) {
      assert.equal(answer.status, 201, answer.text)
      note(rule, { accepted: 1 })
      return
    }
    assert.equal(answer.status, expected, answer.text)
    assert.ok(Number(answer.headers['retry-after']) > 0)
    assert.ok(answer.json.type.endsWith(rule), answer.text)
    note(rule, { refused: rule, line: answer.json.line ?? 0, text: answer.json.detail.replace(/found 36\d\d$/, 'found 3600') })
  }
  await say('admission.at', 201, 1, { at: nowText(Date.now() + 595e3) })
  await say('admission.at', 429, 2, { at: nowText(Date.now() + 3600e3 + 999) })
  people.steward.seq--
  const at = nowText(Date.now() + 595e3)
  const added = { is: 'log.key_added', ...statedKey(second, origin) }
  await say('admission.log-key', 503, 0, { at }, added)
  await mustRun('avow-broker', ['keys', dir, '--add', file])
  await say('admission.log-key', 201, 0, { at }, added)
  await say('admission.busy', 201, 3, { at })
  await mustRun('/usr/bin/prlimit', ['--pid', String(broker.pid), '--fsize=4096:'])
  await say('admission.busy', 503, 4, { at })
  await mustRun('/usr/bin/prlimit', ['--pid', String(broker.pid), '--fsize=unlimited:'])
  await say('admission.rate', 201, 5, { at })
  for (let n = 6; ; n++) { // until the bucket is empty
    const answer = await post(broker, statement(people.steward, [listed(`A-${n}`)], { at }))
    if (answer.status === 201) continue
    people.steward.seq--
    break
  }
  await say('admission.rate', 429, 99, { at })
  await stop(broker)
  await waiting(note)
}

// A broker whose log may be of an old backup: without the file that tells what it signed last.
async function waiting(note) {
  const people = await makeLog({ members: ['44000'] })
  const dir = await initBroker(people)
  const key = makeKey('44000/node', COSIGN_KEY)
  let broker = await runBroker(dir)
  assert.equal((await post(broker, registration(people))).status, 201)
  const added = await post(broker, statement(people.others[0], [{ is: 'cosigner.added', ...statedKey(key, '44000') }]))
  assert.equal(added.status, 201, added.text)
  note('admission.waiting', { accepted: 1 })
  await stop(broker)
  fs.rmSync(path.join(dir, 'log.newest'))
  broker = await runBroker(dir)
  const answer = await post(broker, statement(people.steward, [listed('W-1')]))
  assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '5'])
  assert.ok(answer.json.type.endsWith('admission.waiting'), answer.text)
  note('admission.waiting', { refused: 'admission.waiting', line: answer.json.line ?? 0, text: answer.json.detail })
  await stop(broker)
}
