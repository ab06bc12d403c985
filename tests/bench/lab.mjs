// What the runs of this folder share: processes and logs of their own.
// BIN: the folder of the programs; their like, bench/, beside it.
// Every process is started and ended here; everything lies in one temporary folder.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'

export const here = path.dirname(fileURLToPath(import.meta.url))
export const bin = path.resolve(process.env.BIN || path.join(here, '../../build/dev/bin'))
export const programs = path.join(bin, '../bench')
const exec = promisify(execFile)
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'avow-bench-'))
const children = new Set()

export const file = (...names) => path.join(work, ...names)

function keep(child, ended) {
  child.ended = ended.finally(() => children.delete(child))
  children.add(child)
}

export async function program(name, ...args) {
  const running = exec(name, args.map(String), { maxBuffer: 1 << 26 })
  keep(running.child, running.catch(() => {}))
  return (await running).stdout
}
export const tool = async (name, ...args) => JSON.parse(await program(path.join(programs, name), ...args))

export function start(command, args, stderr = 'ignore') {
  const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', stderr] })
  child.text = ''
  child.stdout.on('data', (d) => { child.text += d })
  keep(child, once(child, 'close'))
  return child
}

export async function firstLine(child) {
  while (!child.text.includes('\n')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${child.spawnfile} ended at once`)
    await Promise.race([once(child.stdout, 'data'), child.ended])
  }
  return child.text.slice(0, child.text.indexOf('\n'))
}

export async function end(child) {
  child.kill('SIGTERM')
  await child.ended
}

// --- logs ------------------------------------------------------------------------------------

// A log of its own, with its statements made ahead and its authors registered.
export async function makeLog(name, authors, count, records = 1) {
  const dir = file(name)
  fs.mkdirSync(dir)
  const made = await tool('statements', dir, authors, count, records)
  const log = { dir, made, records, broker: file(`${name}-broker`), vkey: fs.readFileSync(path.join(dir, 'log.vkey'), 'utf8').trim() }
  await program(path.join(bin, 'avow-broker'), 'init', log.broker, '--origin', 'avow.example.org/bench',
    '--charter', path.join(dir, 'charter'), '--key', path.join(dir, 'log.key'))
  fs.appendFileSync(path.join(log.broker, 'avow-broker.conf'), 'rate = 0\n')
  await run(log)
  await publish(log, 'found')
  await publish(log, 'join')
  return log
}

async function run(log) {
  const stderr = fs.openSync(`${log.broker}.log`, 'a')
  log.process = start(path.join(bin, 'avow-broker'), ['run', log.broker, '--http', '127.0.0.1:0', '--json'], stderr)
  Object.assign(log, JSON.parse(await firstLine(log.process)))
}

export const publish = (log, name, ...flags) =>
  tool('load', '-k', path.join(log.dir, 'log.vkey'), ...flags, log.link, path.join(log.dir, name))

export async function done(log) {
  await end(log.process)
  fs.rmSync(log.broker, { recursive: true })
  fs.rmSync(log.dir, { recursive: true })
}

export async function checkpoint(log) {
  const [, size, root] = (await (await fetch(`${log.http}/log/checkpoint`)).text()).split('\n')
  return { size: Number(size), root }
}

export const size = async (log) => (await checkpoint(log)).size

// Ends what is left, and keeps nothing.
export async function clean() {
  await Promise.all([...children].map(end))
  fs.rmSync(work, { recursive: true, force: true })
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => clean().finally(() => process.exit(1)))
