// make test-hostile: each attack, with default settings and honest people beside it, against the same people beside a program that
// only burns the attacker's part of a processor. Prints the table that docs/security.md keeps.
//   SECONDS=20 ROUNDS=3 ONLY=link node tests/hostile/run.mjs
import os from 'node:os'
import { attacks, enterNetwork, makeSeed, underAttack } from './bench.mjs'

enterNetwork()
const seconds = Number(process.env.SECONDS || 20), rounds = Number(process.env.ROUNDS || 1), only = process.env.ONLY || ''
const activities = ['publish', 'watch', 'read', 'catch up']
const scale = Number(process.env.SCALE || 1)

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const ms = (n) => Number.isNaN(n) || n === undefined ? '–' : n >= 1000 ? `${(n / 1000).toFixed(1)} s` : n >= 10 ? `${Math.round(n)}` : n.toFixed(1)
const cell = (runs, what, when) => {
  const list = runs.map((r) => r[what]?.[when]).filter(Boolean)
  const failed = list.reduce((n, s) => n + s.failed, 0)
  return `${ms(median(list.map((s) => s.p50)))}/${ms(median(list.map((s) => s.p99)))}${failed ? ` (${failed} failed)` : ''}`
}
const kb = (n) => n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : n >= 1000 ? `${Math.round(n / 1000)} kB` : `${n} B`

const row = (runs) => [runs[0].name, runs[0].n,
  ...activities.map((what) => ['before', 'during', 'after'].map((when) => cell(runs, what, when)).join(' → ')),
  `${Math.round(Math.max(...runs.map((r) => r.peakKb)) / 1024)} MB`, Math.max(...runs.map((r) => r.fds)), kb(Math.max(...runs.map((r) => r.logBytes))),
  `${ms(median(runs.map((r) => r.stopMs)))}${runs.every((r) => r.ended === 0) ? '' : ` (${runs.map((r) => r.ended).join(', ')})`}`]
const print = (cells) => console.log(`| ${cells.join(' | ')} |`)

console.log(`${os.cpus().length} × ${os.cpus()[0].model}, ${Math.round(os.totalmem() / 2 ** 30)} GB, load ${os.loadavg()[0].toFixed(1)}; ${rounds} × ${seconds} s; p50/p99 in ms before → during → 10 s after\n`)
print(['attack', 'size', ...activities, 'VmHWM', 'files', 'log', 'SIGTERM'])
print(Array(10).fill('---'))
const seed = await makeSeed()
async function all(name, n, attack) {
  const runs = []
  for (let i = 0; i < rounds; i++) {
    const run = await underAttack(seed, name, n, { during: seconds, attack })
    if (process.env.VERBOSE) console.error(name, run.err.slice(-2000), activities.map((a) => run[a]?.during?.why).filter(Boolean))
    runs.push(run)
  }
  print(row(runs))
}
await all('none, its processor time is burnt', 0, false)
for (const [name, a] of Object.entries(attacks))
  if (name.includes(only)) await all(name, Math.ceil(a.n * scale), true)
process.exit(0)
