#!/usr/bin/env node
// Random histories, judged by the ledger and by the model (docs/architecture.md, "Tests").
//   tests/model/run.mjs [--records N] [--seed FIRST] [--size N] [--every-kind]
// Prints what was covered; fails where the two differ, and then tells the seed, what differs, and the
// shortest history that still shows it. --every-kind: also where a kind or a rule was not reached at all.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../e2e/lib.mjs'
import { compare, shrink, tell } from './compare.mjs'
import { kinds } from './forms.mjs'
import { Ledger, frame } from './ledger.mjs'

const { values: options } = parseArgs({
  options: { records: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' }, size: { type: 'string' }, 'every-kind': { type: 'boolean', default: false } },
})
const wanted = Number(options.records), first = Number(options.seed)

// Out of reach: sums of 128 bits, what only a broker judges, what stands in no statement.
const OUT_OF_REACH = ['total.limit', 'admission.at', 'admission.rate', 'admission.busy', 'admission.log-key', 'admission.waiting']
const table = fs.readFileSync(path.join(root, 'docs', 'rules.md'), 'utf8').split('\n').map((l) => /^\| ([a-z]+\.[a-z-]+) \| (format|authority|state|size|admission|upgrade) \|/.exec(l)?.[1]).filter((name) => name)
const rules = table.filter((name) => !OUT_OF_REACH.includes(name))

const count = (map, key, n = 1) => map.set(key, (map.get(key) ?? 0) + n)
const accepted = new Map(), refused = new Map(), hit = new Map()
const sums = { stories: 0, statements: 0, records: 0, accepted: 0, looks: 0 }

function cover(history) {
  sums.stories++
  sums.records += history.records
  history.expected.forEach((verdict, i) => {
    const st = history.told[i]
    if (verdict instanceof Map) sums.looks++
    if (!st) return
    sums.statements++
    if (verdict.refused) {
      count(hit, verdict.refused)
      const r = st.records[verdict.line - 3]
      if (r && kinds[r.is]) count(refused, r.is)
    } else if (verdict.accepted !== undefined) {
      sums.accepted++
      for (const r of st.records) count(accepted, r.is)
    } else count(hit, 'statement.known')
  })
}

// Stories of many lengths: most are short, some long.
const lengths = [60, 100, 100, 150, 250, 100, 60, 400, 100, 1500]
const sizeOf = (seed) => Math.min(Number(options.size ?? lengths[seed % lengths.length]), Math.max(60, wanted - sums.records))

const short = (v, max = 3000) => { const text = JSON.stringify(v) ?? 'nothing'; return text.length > max ? `${text.slice(0, max)}…` : text }
async function report(history, found) {
  console.log(`# seed ${history.seed}, size ${history.size}: ${found.what}`)
  const { h, difference } = await shrink(history, version, ledger, found) ?? { h: history, difference: found }
  // one that could not be made short is told from its end
  for (const [i, st] of h.told.entries()) if (st && i <= difference.at && i > difference.at - 40) console.log(`# ${i} ${short(h.expected[i])} ${short(st.header)}${st.records.map((r) => `\n#     ${short(r)}`).join('')}`)
  console.log(`# ${difference.what}\n#   the model:  ${short(difference.ours)}\n#   the ledger: ${short(difference.theirs)}`)
}

const ledger = new Ledger('-t')
const [version] = await ledger.ask([frame('V')])
const begun = Date.now()
let differing = 0, waiting = Promise.resolve(), told = Date.now()

// While the ledger judges one story, the model writes the next.
for (let seed = first; sums.records < wanted && differing < 20; seed++) {
  const history = tell(seed, version, sizeOf(seed))
  cover(history)
  const answers = ledger.ask(history.frames)
  await waiting
  waiting = answers.then(async (list) => {
    const found = compare(history, list)
    if (found && ++differing <= 3) await report(history, found)
    else if (found) console.log(`# seed ${history.seed}, size ${history.size}: ${found.what}: ${short(found.ours, 300)} ${short(found.theirs, 300)}`)
  })
  if (Date.now() - told > 30000) { console.log(`# ${sums.records} records, seed ${seed}`); told = Date.now() }
}
await waiting
await ledger.close()

const missing = (what, names, map) => {
  const none = names.filter((name) => !map.has(name))
  console.log(`# ${what}: ${names.length - none.length} of ${names.length}${none.length > 0 ? `; not: ${none.join(', ')}` : ''}`)
  return none
}
const seconds = Math.max(1, Math.round((Date.now() - begun) / 1000))
console.log(`# ${sums.records} records in ${sums.statements} statements of ${sums.stories} histories (${sums.accepted} statements accepted), ${sums.looks} looks at the whole state, ${seconds} s`)
const names = Object.keys(kinds)
const none = [
  ...missing('kinds accepted', names, accepted), ...missing('kinds refused', names, refused), ...missing('rules', rules, hit),
]
const fewest = [...hit].sort((a, b) => a[1] - b[1]).slice(0, 12).map(([name, n]) => `${name} ${n}`).join(', ')
console.log(`# rules hit least: ${fewest}`)
const enough = none.length <= (options['every-kind'] ? 0 : Math.ceil((2 * names.length + rules.length) / 7))
console.log(`${differing === 0 ? 'ok' : 'not ok'} 1 - the ledger and the model agree`)
console.log(`${enough ? 'ok' : 'not ok'} 2 - ${options['every-kind'] ? 'every kind and rule was reached' : 'most kinds and rules were reached'}`)
console.log('1..2')
process.exitCode = differing === 0 && enough ? 0 : 1
