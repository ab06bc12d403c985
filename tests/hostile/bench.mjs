// What the long and the short form share: a log to attack, one attack on it with honest people beside, and what was seen.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { initBroker, makeLog, pledge, post, registration, request, runBroker, sleep, statement, stop, tempDir, until } from '../e2e/lib.mjs'
import { attacks } from './attacks.mjs'
import { Honest } from './honest.mjs'
import { pace } from './pace.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))

// Attackers have addresses of their own, and so do honest people. On the loopback there are none, so all of it goes into a network
// namespace where it may; else it is 127.0.0.0/8.
export function enterNetwork() {
  if (process.env.HOSTILE_NET) return
  const setup = 'ip link set lo up && for i in 1 10 11 12 13 14 15 16 17; do ip addr add 198.51.100.$i/24 dev lo || exit 1; done'
  const able = spawnSync('unshare', ['-rn', 'sh', '-c', setup], { stdio: 'ignore' }).status === 0
  if (!able) { process.env.HOSTILE_NET = '127.0.0'; return }
  const r = spawnSync('unshare', ['-rn', 'sh', '-c', `${setup} && exec "$@"`, 'sh', process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, HOSTILE_NET: '198.51.100' } })
  process.exit(r.status ?? 1)
}
const net = () => process.env.HOSTILE_NET
const honestAddress = () => `${net()}.1`
const addresses = () => [10, 11, 12, 13, 14, 15, 16, 17].map((i) => `${net()}.${i}`)

// A log with `big` statements of 50 pledges and some of one, which anybody can read.
export async function makeSeed({ big = 100, prepared = 300 } = {}) {
  const people = await makeLog({ members: ['44000', '44002', 'XM-DAC-41122'] })
  const dir = await initBroker(people)
  const broker = await runBroker(dir)
  const [bank, victim, flooder] = people.others
  const many = (key, n, of = 50) => statement(key, Array.from({ length: of }, (_, i) => pledge(key, `s${n}-${i}`)))
  const expect = async (note) => { const a = await post(broker, note); if (a.status !== 201) throw new Error(a.text) }
  await expect(registration(people))
  for (let i = 0; i < big; i++) await expect(many(bank, i))
  const publics = Array.from({ length: 100 }, (_, i) => statement(victim, [pledge(victim, `p${i}`)]))
  for (const note of publics) await expect(note)
  const { text: checkpoint } = await request(`${broker.http}/log/checkpoint`)
  await stop(broker)
  const notes = Array.from({ length: prepared }, (_, i) => many(flooder, `f${i}`))
  const at = checkpoint.lastIndexOf(' ') + 1 // of the base64 of the last line
  const forged = `${checkpoint.slice(0, at + 20)}${checkpoint[at + 20] === 'A' ? 'B' : 'A'}${checkpoint.slice(at + 21)}`
  return { people, dir, publics, notes, checkpoint, forged, size: Number(checkpoint.split('\n')[1]), seqs: people.others.map((k) => k.seq) }
}

export async function runSeed(seed, ...flags) {
  const dir = path.join(tempDir('hostile'), 'log')
  fs.cpSync(seed.dir, dir, { recursive: true })
  const ip = honestAddress()
  const broker = await runBroker(dir, '--http', `${ip}:0`, '--link', `tcp://${ip}:0`, '--hints', `tcp://${ip}:0`, ...flags)
  broker.bytes = 0
  broker.child.stderr.on('data', (d) => { broker.bytes += d.length })
  return broker
}

export const status = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
export const descriptors = (pid) => fs.readdirSync(`/proc/${pid}/fd`).length
export const metric = async (broker, name) => Number(new RegExp(`^avow_${name} (\\d+)`, 'm').exec((await request(`${broker.http}/metrics`)).text)?.[1])

export async function startAttack(seed, broker, name, n, part = 0.25) {
  const file = path.join(tempDir('attack'), 'given.json')
  fs.writeFileSync(file, JSON.stringify({ ...broker, child: undefined, out: undefined, err: undefined, exited: undefined,
    from: addresses(), size: seed.size, publics: seed.publics, notes: seed.notes, checkpoint: seed.checkpoint, forged: seed.forged }))
  const child = spawn(process.execPath, [path.join(here, 'attacker.mjs'), name, String(n), file], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const free = pace(child.pid, part)
  const ended = new Promise((resolve) => child.on('close', resolve))
  return { child, end: async () => { free(); child.kill('SIGKILL'); await ended } }
}

// One attack: { before, during, after } of each activity, and what it cost. Ends with SIGTERM in the midst of it.
export async function underAttack(seed, name, n, { before = 4, during = 20, after = 4, attack = true } = {}) {
  const broker = await runSeed(seed)
  const key = seed.people.others[0]
  const honest = new Honest({ http: broker.http, link: broker.link, key, from: honestAddress() })
  const out = { name, n, fds: 0 }
  const count = setInterval(() => { try { out.fds = Math.max(out.fds, descriptors(broker.pid)) } catch { /* ended */ } }, 250)
  try {
    honest.n = Math.floor(Math.random() * 1e9)
    await honest.start()
    await sleep(1000)
    const t0 = honest.now()
    await sleep(before * 1000)
    const t1 = honest.now()
    let attacker = await startAttack(seed, broker, attack ? name : 'burn', n)
    await sleep(during * 1000)
    const t2 = honest.now()
    await attacker.end()
    await sleep(10000)
    const t3 = honest.now()
    await sleep(after * 1000)
    const t4 = honest.now()
    attacker = await startAttack(seed, broker, attack ? name : 'burn', n)
    await sleep(Math.min(during, 3) * 1000)
    out.peakKb = status(broker.pid, 'VmHWM')
    const begin = performance.now()
    const { code, signal } = await stop(broker, 'SIGTERM', 90000)
    out.stopMs = performance.now() - begin
    out.ended = signal ?? code
    await attacker.end()
    await honest.end()
    for (const what of Object.keys(honest.samples))
      out[what] = { before: honest.sum(what, t0, t1), during: honest.sum(what, t1, t2), after: honest.sum(what, t3, t4) }
  } finally {
    clearInterval(count)
    if (broker.child.exitCode === null && broker.child.signalCode === null) await stop(broker, 'SIGKILL')
    await honest.end()
  }
  out.logBytes = broker.bytes
  out.err = broker.err
  return out
}
export { attacks, sleep, stop, until, request }
