#!/usr/bin/env node
// The demonstration is ended at random instants, in whatever way: by a signal to `run`, to its
// group as Ctrl-C sends it, or by SIGKILL of one of its parts. No process and no file is left.
//   BIN=build/dev/bin tests/demo/ends.mjs       ENDS: how many times (4), SEED: of the instants
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const ends = Number(process.env.ENDS || 4), seed = Number(process.env.SEED || Date.now() % 100000)
const LONGEST_MS = 12000, PATIENCE_MS = 60000
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

let state = seed
function random(below) {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  return Math.floor(state / 0x80000000 * below)
}

// Processes of this round, by what they inherit.
function processes(mark) {
  const found = []
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      if (!fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) continue
      found.push({ pid: Number(pid), command: fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ') })
    } catch { /* it ended */ }
  }
  return found
}

function kill(pid, signal) { try { process.kill(pid, signal) } catch { /* it ended */ } }
function killOne(mark, which) {
  const some = processes(mark).filter((p) => which.test(p.command))
  if (some.length > 0) kill(some[random(some.length)].pid, 'SIGKILL')
  return some.length > 0
}

const ways = [
  ['SIGTERM', (pid) => kill(pid, 'SIGTERM')],
  ['Ctrl-C', (pid) => kill(-pid, 'SIGINT')],
  ['SIGKILL of run', (pid) => kill(pid, 'SIGKILL')],
  ['SIGKILL of run.mjs', (pid, mark) => killOne(mark, /run\.mjs/) || kill(pid, 'SIGTERM')],
  ['SIGKILL of a program', (pid, mark) => killOne(mark, /avow(-broker)? run/) || kill(pid, 'SIGTERM')],
  ['SIGHUP', (pid) => kill(pid, 'SIGHUP')],
]

async function round(n) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'avow-ends-'))
  const mark = `AVOW_ENDS=${process.pid}-${n}-${seed}`
  const after = random(LONGEST_MS), [name, act] = ways[random(ways.length)]
  const demo = spawn(path.join(here, 'run'), [], { detached: true, stdio: 'ignore',
    env: { ...process.env, ONCE: '', KEEP: '', TMPDIR: scratch, AVOW_ENDS: mark.slice(10) } })
  await sleep(after)
  act(demo.pid, mark)
  let left, files
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    left = processes(mark)
    files = fs.readdirSync(scratch)
    if ((left.length === 0 && files.length === 0) || Date.now() > deadline) break
  }
  for (const p of left) kill(p.pid, 'SIGKILL')
  fs.rmSync(scratch, { recursive: true, force: true })
  const good = left.length === 0 && files.length === 0
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${name} after ${after} ms`)
  for (const p of left) console.log(`  # left: ${p.command}`)
  for (const f of files) console.log(`  # left: ${f}`)
  return good
}

let bad = 0
for (let n = 1; n <= ends; n++) bad += await round(n) ? 0 : 1
console.log(`1..${ends}`)
console.log(`# seed ${seed}`)
process.exit(bad === 0 ? 0 : 1)
