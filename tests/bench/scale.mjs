// A long log, and a node that is new to it: `make test-scale`.
//   BIN=… node tests/bench/scale.mjs        BIN: see lab.mjs
// N (1000000): entries of the log. One process of the broker takes all of them, and then serves them to
// `avow sync`. Fails where the node does not come to the broker's root in one pass, where its progress bar
// does not come to the end, or where either process ever had more memory than it may.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bin, checkpoint, clean, done, file, makeLog, program, publish, start } from './lab.mjs'

// The same for every N: nothing that is kept in memory may grow with the log. What is kept: SQLite's pages
// (64 MiB to write, 8 MiB for each thread that reads), the 16,384 newest names, 1,000 authors' keys and the
// parts of 1 MiB on their way; the rest is the programs and their libraries.
const AT_MOST_MIB = { broker: 256, node: 192 }
const AUTHORS = 1000
const LOOK_MS = 20

const n = Number(process.env.N || 1000000)
const whole = (x) => Math.round(x).toLocaleString('en')
const note = (text) => process.stderr.write(`scale: ${text}\n`)

function must(holds, text) {
  if (!holds) throw new Error(text)
}

// The most memory that a process ever had, in MiB; null once it has ended.
function mostMemory(pid) {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
    return kib && Number(kib[1]) / 1024
  } catch {
    return null
  }
}

// Exactly n entries: the charter, what founds and joins the authors, and statements of one record each.
async function fill() {
  const log = await makeLog('log', AUTHORS, n)
  const count = n - (await checkpoint(log)).size
  must(count > 0, `N: more than ${n - count}`)
  return { log, load: await publish(log, 'load', '-n', count) }
}

// `avow sync`, with a terminal to draw on: util-linux's script gives it one and copies what is drawn.
async function catchUp(log) {
  const dir = file('node'), pidFile = file('pid')
  await program(path.join(bin, 'avow'), 'init', '--dir', dir, '--log', log.vkey, '--broker', log.link, '--offline')
  const begin = performance.now()
  const child = start('script', ['-qec', `echo $$ > ${pidFile}; exec ${path.join(bin, 'avow')} sync --dir ${dir}`, '/dev/null'])
  child.stdout.on('data', (text) => process.stderr.write(text))
  let memory = 0
  const look = () => { memory = Math.max(memory, fs.existsSync(pidFile) ? mostMemory(fs.readFileSync(pidFile, 'utf8').trim()) : 0) }
  const timer = setInterval(look, LOOK_MS)
  const [code] = await child.ended
  clearInterval(timer)
  const seconds = (performance.now() - begin) / 1000
  must(code === 0, `avow sync ended with ${code}`)
  return { dir, drawn: child.text, memory, seconds }
}

async function compare(log, node) {
  const theirs = await checkpoint(log)
  const ours = JSON.parse(await program(path.join(bin, 'avow'), 'status', '--dir', node.dir, '--offline', '--json'))
  must(theirs.size === n, `the log has ${theirs.size} entries, not ${n}`)
  must(node.drawn.split(`100%  ${n} of ${n}\r\n`).length === 2, 'the progress bar did not come to the end, once')
  must(node.drawn.includes(`${n} entries, ${n} new, all verified`), 'not all entries came in one pass')
  must(ours.size === n && ours.root === theirs.root, `node: ${ours.size} ${ours.root}; broker: ${theirs.size} ${theirs.root}`)
}

function row(what, seconds, rate, memory = '') {
  console.log(`${what.padEnd(34)} ${seconds.toFixed(1).padStart(8)} s ${whole(rate).padStart(8)} entries/s   ${memory}`)
}

const within = (name, mib) => `${name}: ${whole(mib)} MiB of ${AT_MOST_MIB[name]}`

let code = 0
try {
  note(`${whole(n)} entries, made, signed and published`)
  const { log, load } = await fill()
  const filled = mostMemory(log.process.pid)
  note('a new node fetches and checks them')
  const node = await catchUp(log)
  const served = mostMemory(log.process.pid)
  await compare(log, node)
  console.log(`\n${whole(n)} entries, ${log.made.statement_bytes} bytes each; ${os.cpus().length} processors, shared by all; VmHWM\n`)
  row('published, 64 in flight', load.seconds, load.per_second, within('broker', filled))
  row('a new node catches up', node.seconds, n / node.seconds, `${within('node', node.memory)}; ${within('broker', served)}`)
  for (const [name, mib] of [['broker', served], ['node', node.memory]])
    must(mib > 0 && mib <= AT_MOST_MIB[name], `the ${name} had ${whole(mib)} MiB of memory, more than ${AT_MOST_MIB[name]}`)
  await done(log)
} catch (e) {
  note(`${e.message}\n${e.stderr || ''}`)
  code = 1
} finally {
  await clean()
}
process.exit(code)
