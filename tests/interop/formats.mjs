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
import { runTests } from '../e2e/lib.mjs'

await runTests()
