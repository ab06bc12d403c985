// docs/formats.md and docs/vocabulary.md from outside, sentence by sentence: each check names
// the sentence that it holds. One log serves them all, so they run in this order.
import './formats/keys.mjs'
import './formats/note.mjs'
import './formats/json.mjs'
import './formats/order.mjs'
import './formats/directory.mjs'
import './formats/agreement.mjs'
import './formats/pledge.mjs'
import './formats/log.mjs'
import './formats/http.mjs'
import './formats/feed.mjs'
import './formats/schema.mjs'
import assert from 'node:assert/strict'
import { mustRun, runTests, stop, test } from '../e2e/lib.mjs'
import { broker, dir } from './formats/world.mjs'

test('docs/formats.md 6: exit 0 when asked to stop; avow-broker check finds every hash, signature, rule and row well', async () => {
  const { code } = await stop(broker)
  assert.equal(code, 0, broker.err)
  assert.match(await mustRun('avow-broker', ['check', dir]), /all is well/)
})

await runTests()
