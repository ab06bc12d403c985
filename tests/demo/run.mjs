#!/usr/bin/env node
// The demonstration: real keys, a broker, eight nodes, and the data set of this folder, published step by step.
//   tests/demo/run            prints the page's address, shows the feed, stays up until Ctrl-C
//   ONCE=1 tests/demo/run     the same, then audits every node, compares their roots, and ends
// BIN is the folder of the programs. Everything it makes lies in one temporary folder, which is
// gone when it ends, at whatever instant (KEEP=1 keeps it). `run`, our parent, sees to that where
// we are killed; where it is killed, we do.
import { spawn, execFile } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const bin = path.resolve(process.env.BIN || path.join(here, '../../build/dev/bin'))
const onceOnly = process.env.ONCE === '1'
const run = promisify(execFile)
const work = process.env.DEMO_WORK || path.join(os.tmpdir(), `avow-demo-${randomBytes(8).toString('hex')}`)
const environment = { ...process.env, TMPDIR: work }
const origin = 'avow.example.org/spf'
const children = new Set() // that have not ended
let stopping = false, complete = false

// Resolves when the demonstration is to end.
let end
const asked = new Promise((resolve) => { end = resolve })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal))
if (process.env.DEMO_PARENT) {
  const look = () => { if (process.ppid !== Number(process.env.DEMO_PARENT)) end('its parent ended') }
  setInterval(look, 100).unref()
}
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => end('nobody reads what it says'))

// Nothing is started once we end, so what is in `children` then is all there is.
function startable() { if (stopping) throw new Error('it is ending') }
function keep(child) {
  children.add(child)
  child.on('close', () => children.delete(child))
  return child
}

const file = (...names) => path.join(work, ...names)
const slug = (name) => name.replace(/[^A-Za-z0-9.-]/g, '_')
const say = (text) => process.stderr.write(`${text}\n`)

async function program(name, ...args) {
  startable()
  try {
    const running = run(path.join(bin, name), args, { maxBuffer: 1 << 26, env: environment })
    keep(running.child)
    const { stdout } = await running
    return stdout
  } catch (e) {
    throw new Error(`${name} ${args.join(' ')}\n${e.stderr || e.message}`)
  }
}

// A process that stays: resolves with the first line it prints, which says that it is ready.
async function daemon(label, name, ...args) {
  startable()
  const log = fs.openSync(file(`${slug(label)}.log`), 'a')
  const child = keep(spawn(path.join(bin, name), args, { stdio: ['ignore', 'pipe', log], env: environment }))
  fs.closeSync(log)
  const ready = await Promise.race([
    once(child.stdout, 'data').then(([data]) => data.toString()),
    once(child, 'exit').then(() => null)
  ])
  if (ready === null) throw new Error(`${label} ended at once:\n${fs.readFileSync(file(`${slug(label)}.log`))}`)
  child.stdout.resume()
  child.on('exit', (code, signal) => {
    if (stopping) return
    say(`${label} ended with ${code ?? signal}: see ${file(slug(label) + '.log')}`)
    if (!complete) end(`${label} ended`)
  })
  return ready
}

// The last that was started first. What does not end in time is killed.
async function stopAll() {
  stopping = true
  const ends = [...children].map((c) => once(c, 'close'))
  for (const c of [...children].reverse()) c.kill('SIGTERM')
  const late = setTimeout(() => { for (const c of children) c.kill('SIGKILL') }, 10000)
  await Promise.all(ends)
  clearTimeout(late)
  if (!process.env.KEEP) fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 })
}

// --- keys --------------------------------------------------------------------------------

const passphraseFile = file('passphrase')
const keys = new Map() // label -> { file, vkey, proof }

async function makeKey(label, org, type) {
  const name = label === 'log' ? origin : type === 'cosign' ? label : org
  const keyfile = file('keys', `${slug(label)}.key`)
  // The people's keys are locked by a passphrase; daemons open theirs unattended.
  const lock = label !== 'log' && type !== 'cosign' ? ['--passphrase-file', passphraseFile] : ['--no-passphrase']
  const vkey = (await program('avow-keys', 'new', '--name', name, ...(type === 'cosign' ? ['--cosign'] : []), ...lock, keyfile)).trim()
  const unlock = lock[0] === '--no-passphrase' ? [] : lock
  const proof = JSON.parse(await program('avow-keys', 'prove', keyfile, '--origin', origin, '--org', label === 'log' ? origin : org, '--json', ...unlock)).proof
  keys.set(label, { file: keyfile, vkey, proof })
}

// --- steps -------------------------------------------------------------------------------

const references = new Map() // subject id -> reference of its newest terms
let codes = ''

function expand(value) {
  if (Array.isArray(value)) return value.map(expand)
  if (value === null || typeof value !== 'object') return value
  if ('$key' in value) return keys.get(value.$key).vkey
  if ('$proof' in value) return keys.get(value.$proof).proof
  if ('$codes' in value) return codes
  if ('$ref' in value) return references.get(value.$ref)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, expand(v)]))
}

function neededKeys(steps) {
  const needed = new Map()
  for (const { records } of steps) {
    for (const r of records) {
      if (r.is === 'log.chartered') needed.set(r.key.$key, { org: origin })
      for (const k of r.keys || []) needed.set(k.key.$key, { org: r.org })
      if (r.is === 'cosigner.added') needed.set(r.key.$key, { org: r.key.$key.slice(0, r.key.$key.lastIndexOf('/')), type: 'cosign' })
    }
  }
  return needed
}

async function publish(step, n, node) {
  const records = file(`${n}.records`)
  const statement = file(`${n}.statement`)
  const office = keys.get(`${step.author}/office`)
  const dir = node(step.author)
  fs.writeFileSync(records, step.records.map((r) => JSON.stringify(expand(r))).join('\n') + '\n')
  const unlock = ['--passphrase-file', passphraseFile]
  let out
  if (!step.with && dir) {
    out = await program('avow', 'publish', '--dir', dir, ...unlock, '--yes', '--wait', '0', '--json', records)
  } else {
    // Drawn up by the author, co-signed by the others on machines of their own, published once.
    const where = dir ? ['--dir', dir] : ['--log', origin, '--key', office.file, '--seq', String(seq(step.author))]
    await program('avow', 'statement', ...where, ...unlock, ...(step.with || []).flatMap((o) => ['--with', o]), '--out', statement, records)
    for (const org of step.with || []) {
      await program('avow', 'cosign', '--dir', node(org), ...unlock, '--yes', '--out', statement + '.signed', statement)
      fs.renameSync(statement + '.signed', statement)
    }
    out = await program('avow', 'publish', '--dir', dir || node('XM-DAC-41302'), ...unlock, '--yes', '--wait', '0', '--json', statement)
  }
  for (const line of out.trim().split('\n')) {
    const r = JSON.parse(line)
    if (r.id && /\.(proposed|made)$/.test(r.is)) references.set(r.id, r.reference)
  }
}

const used = new Map()
function seq(org) {
  used.set(org, (used.get(org) || 0) + 1)
  return used.get(org)
}

// --- the whole ----------------------------------------------------------------------------

async function main() {
  const steps = fs.readdirSync(path.join(here, 'data')).filter((n) => /^\d+-.*\.json$/.test(n)).sort()
    .map((n) => JSON.parse(fs.readFileSync(path.join(here, 'data', n), 'utf8')))

  fs.mkdirSync(work, { mode: 0o700 })
  fs.mkdirSync(file('keys'), { mode: 0o700 })
  fs.mkdirSync(file('nodes'))
  fs.writeFileSync(passphraseFile, randomBytes(18).toString('base64') + '\n', { mode: 0o600 })
  codes = /codes\s+([0-9a-f]{64})/.exec(await program('avow-broker', '--version'))[1]
  const needed = neededKeys(steps)
  say(`making ${needed.size} keys`)
  for (const [label, { org, type }] of needed) await makeKey(label, org, type)

  say('the charter: entry 0')
  const charter = file('charter.records')
  fs.writeFileSync(charter, steps[0].records.map((r) => JSON.stringify(expand(r))).join('\n') + '\n')
  await program('avow', 'statement', '--log', origin, '--key', keys.get(`${steps[0].author}/office`).file, '--seq', '1',
    '--passphrase-file', passphraseFile, '--out', file('charter'), charter)
  await program('avow-broker', 'init', file('broker'), '--origin', origin, '--charter', file('charter'), '--key', keys.get('log').file)
  await daemon('broker', 'avow-broker', 'run', file('broker'), '--http', '127.0.0.1:' + (process.env.PORT || 0))
  const { http, link } = JSON.parse(fs.readFileSync(file('broker', 'run.json'), 'utf8'))

  const nodes = new Map()
  for (const [label, { org, type }] of needed) {
    if (type !== 'cosign') continue
    const dir = file('nodes', slug(org))
    await program('avow', 'init', '--dir', dir, '--log', keys.get('log').vkey, '--broker', link,
      '--key', keys.get(`${org}/office`).file, '--cosigner', keys.get(label).file)
    await daemon(org, 'avow', 'run', '--dir', dir)
    nodes.set(org, dir)
  }
  say(`a broker and ${nodes.size} nodes run: ${[...nodes.keys()].join(', ')}`)
  say(`\n    the page: ${http}/\n`)

  startable()
  keep(spawn(path.join(bin, 'avow'), ['feed', '--dir', nodes.get('XM-DAC-41302'), '--since', '0'],
    { stdio: ['ignore', 'inherit', 'inherit'], env: environment }))
  for (let n = 1; n < steps.length; n++) await publish(steps[n], n, (org) => nodes.get(org))
  say(`\n${steps.length} statements are in the log`)
  if (onceOnly) await compare(nodes, steps.length)
  else {
    complete = true
    say(`the page: ${http}/     the log: ${http}/log/checkpoint     Ctrl-C ends`)
    await asked
  }
}

async function compare(nodes, size) {
  const roots = new Set()
  for (const [org, dir] of nodes) {
    let status
    for (const deadline = Date.now() + 30000; ;) {
      status = JSON.parse(await program('avow', 'status', '--dir', dir, '--json'))
      if (status.size === size) break
      if (Date.now() > deadline) throw new Error(`${org} has ${status.size} entries, not ${size}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await program('avow', 'audit', '--dir', dir)
    roots.add(status.root)
    say(`audited ${org}: ${status.size} entries, root ${status.root}`)
  }
  if (roots.size !== 1) throw new Error(`the nodes have ${roots.size} different roots`)
  say(`${nodes.size} nodes audited, one root`)
}

let code = 0
const begun = main().then(() => null, (e) => e)
const why = await Promise.race([begun, asked.then((what) => new Error(`ended before it was complete: ${what}`))])
// Asked to end when all was there, `main` ends in the same moment.
const failed = why === null ? null : await Promise.race([begun, new Promise((resolve) => setImmediate(() => resolve(why)))])
if (failed !== null) {
  say(`demo: ${failed.message}`)
  code = 1
}
await stopAll()
process.exit(code)
