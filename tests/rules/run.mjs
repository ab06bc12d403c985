#!/usr/bin/env node
// Each rule of shared/record/refusal.h by examples: statements that it lets pass, and statements
// that it refuses and that differ in just what it is about. Besides: every rule has examples of
// both, in one story, or is in the list of what cannot be reached from outside; and docs/rules.md
// shows for each rule what the program said of its first refused example. And every kind of the
// vocabulary is accepted somewhere.
//   BIN=… tests/rules/run.mjs [--write]     --write: put these sentences into docs/rules.md
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { root, runTests, test } from '../e2e/lib.mjs'
import { Ledger, frame } from '../model/ledger.mjs'
import { Stage, told } from './stories.mjs'
import './format.mjs'
import './fields.mjs'
import './log.mjs'
import './directory.mjs'
import './agreement.mjs'
import './pledge.mjs'
import './record.mjs'
import { admission } from './admission.mjs'
import { unreachable } from './unreachable.mjs'

const doc = path.join(root, 'docs/rules.md')
const table = fs.readFileSync(path.join(root, 'shared/record/refusal.h'), 'utf8').replace(/\\n/g, ' ')
const rules = [...table.matchAll(/X\([A-Z0-9_]+, "([a-z0-9.-]+)", [A-Z]+,/g)].map((m) => m[1])

// Kinds of which no example was accepted so far.
const kinds = new Set([...fs.readFileSync(path.join(root, 'shared/record/kind.h'), 'utf8').matchAll(/X\([A-Z_]+, "([a-z]+\.[a-z_]+)"\)/g)].map((m) => m[1]))
assert.ok(kinds.size > 70)

// rule -> {accepted, refused: in how many stories both, first: what was said first}
const seen = new Map(rules.map((rule) => [rule, { both: 0, first: null }]))

function note(rule, story, answer) {
  const entry = seen.get(rule)
  assert.ok(entry, `${story.name}: there is no rule ${rule}`)
  const own = (story.rules ??= new Map())
  if (!own.has(rule)) own.set(rule, { accepted: 0, refused: 0 })
  own.get(rule)[answer.refused ? 'refused' : 'accepted']++
  if (answer.refused && !entry.first) entry.first = answer.line > 0 ? `line ${answer.line}: ${answer.text}` : answer.text
}

// The ledger's answer in one shape; a text that is in the log already is refused as a replica would.
const shape = (a) => ('known' in a ? { refused: 'statement.known', line: 0, text: a.text } : a)

async function tell(ledger, { codes }, story) {
  const asked = []
  const stage = new Stage(story.name, codes, (step) => asked.push(step))
  if (!story.bare) {
    stage.say(stage.ilo, stage.charter(), { by: [stage.unicef] })
  }
  story.tell(stage)
  const answers = await ledger.ask([frame('N'), ...asked.map((s) => frame(s.keep ? 'S' : 'J', s.note))])
  for (const [i, step] of asked.entries()) {
    const answer = shape(answers[i + 1])
    const what = `statement ${i + 1} of the story${step.rule ? ` (${step.expected}, ${step.rule})` : ''}: ${JSON.stringify(answer)}\n${String(step.note).slice(0, 1500)}`
    if (step.expected === 'accepted') {
      assert.ok('accepted' in answer, what)
      for (const [, kind] of String(step.note).matchAll(/^\{"is":"([a-z_.]+)"/gm)) kinds.delete(kind)
    }
    if (step.expected === 'refused') assert.deepEqual([answer.refused, answer.line], [step.rule, step.line], what)
    if (step.rule) note(step.rule, story, answer)
  }
}

const ledger = new Ledger('-t')
let program

test('the program states its rules and codes', async () => {
  [program] = await ledger.ask([frame('V')])
  assert.match(program.codes, /^[0-9a-f]{64}$/)
})

for (const story of told()) {
  test(story.name, async () => {
    await tell(ledger, program, story)
    for (const [rule, n] of story.rules ?? []) {
      assert.ok(n.refused === 0 || n.accepted > 0, `${rule} is refused, and no statement shows that it is not always so`)
      if (n.refused > 0 && n.accepted > 0) seen.get(rule).both++
    }
  })
}

test('admission: at the broker, by HTTP', () => admission((rule, answer) => {
  note(rule, admission, answer)
  const n = admission.rules.get(rule)
  if (n.refused === 1 && n.accepted > 0) seen.get(rule).both++
}))

test('every rule has examples, or cannot be reached', async () => {
  await ledger.close()
  assert.deepEqual([rules.length > 70, rules[0], rules.at(-1)], [true, 'note.size', 'admission.busy'])
  const missing = rules.filter((rule) => seen.get(rule).both === 0)
  assert.deepEqual(missing.sort(), Object.keys(unreachable).sort())
  for (const [rule, { said, source, by, name }] of Object.entries(unreachable)) {
    assert.ok(fs.readFileSync(path.join(root, source), 'utf8').includes(said.replace(/^line \d+: /, '')), `${source} does not say what ${rule} is said to`)
    const text = fs.readFileSync(path.join(root, by), 'utf8')
    assert.ok(text.includes(`TEST(${name})`) && text.includes(rule), `${by}: ${name} does not show ${rule}`)
  }
})

test('every kind of the vocabulary was accepted somewhere', () => assert.deepEqual([...kinds], []))

test('docs/rules.md shows what the program says', () => {
  let text = fs.readFileSync(doc, 'utf8')
  const rows = new Map([...text.matchAll(/^\| `([a-z0-9.-]+)` \| (.*?) \| (.*) \|$/gm)].map((m) => [m[1], { line: m[0], said: m[2], next: m[3] }]))
  assert.deepEqual([...rows.keys()], rules)
  const wrong = []
  for (const rule of rules) {
    const said = seen.get(rule).first ?? unreachable[rule]?.said
    const cell = said?.replaceAll('|', '\\|').replaceAll('<', '&lt;')
    if (rows.get(rule).said !== cell) wrong.push(`${rule}: ${cell}`)
    text = text.replace(rows.get(rule).line, () => `| \`${rule}\` | ${cell} | ${rows.get(rule).next} |`)
  }
  if (process.argv.includes('--write')) fs.writeFileSync(doc, text)
  else assert.deepEqual(wrong, [], 'tests/rules/run.mjs --write puts them there')
})

await runTests()
