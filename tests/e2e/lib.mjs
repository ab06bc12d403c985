// What the end-to-end tests share: keys and statements made by a script (node:crypto, no code
// of the programs under test), processes in temporary folders, waits to a deadline, proofs
// checked, and TAP.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const here = path.dirname(fileURLToPath(import.meta.url))
export const root = path.join(here, '..', '..')
export const bin = path.resolve(root, process.env.BIN || 'build/dev/bin')
export const origin = 'avow.example.org/e2e'

// --- TAP -----------------------------------------------------------------------------------

const tests = []
export function test(name, fn) { tests.push({ name, fn }) }

export async function runTests() {
  let bad = 0
  for (const [i, { name, fn }] of tests.entries()) {
    const begin = Date.now()
    try {
      await fn()
      console.log(`ok ${i + 1} - ${name} # ${Date.now() - begin} ms`)
    } catch (e) {
      bad++
      console.log(`not ok ${i + 1} - ${name}`)
      for (const line of String(e.stack || e).split('\n').slice(0, 10)) console.log(`  # ${line}`)
    }
  }
  console.log(`1..${tests.length}`)
  await stopAll()
  process.exitCode = bad ? 1 : 0
}

// --- folders and processes ------------------------------------------------------------------

const scratch = []
export function tempDir(name = 'e2e') {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `avow-${name}-`))
  scratch.push(dir)
  return dir
}
process.on('exit', () => { for (const dir of scratch) fs.rmSync(dir, { recursive: true, force: true }) })

const running = new Set()

// Starts a program; gives { child, out, err, exited: Promise<{code, signal}> }.
export function start(command, args, options = {}) {
  const child = spawn(command.includes('/') ? command : path.join(bin, command), args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
  const p = { child, out: '', err: '' }
  child.stdout.on('data', (d) => { p.out += d })
  child.stderr.on('data', (d) => { p.err += d })
  p.exited = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => { running.delete(p); resolve({ code, signal }) })
  })
  running.add(p)
  return p
}

export async function run(command, args, { input, ...options } = {}) {
  const p = start(command, args, options)
  p.child.stdin.on('error', () => {})
  p.child.stdin.end(input)
  const { code } = await p.exited
  return { code, out: p.out, err: p.err }
}

export async function mustRun(command, args, options) {
  const r = await run(command, args, options)
  if (r.code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${r.code}\n${r.err}`)
  return r.out
}

export async function stop(p, signal = 'SIGTERM', patience = 20000) {
  if (p.child.exitCode === null && p.child.signalCode === null) p.child.kill(signal)
  const late = setTimeout(() => p.child.kill('SIGKILL'), patience)
  const ended = await p.exited
  clearTimeout(late)
  return ended
}

export async function stopAll() { for (const p of [...running]) await stop(p) }

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// Polls until fn gives something true; the last error or value is told.
export async function until(what, fn, patience = 20000) {
  const deadline = Date.now() + patience
  let last
  for (;;) {
    try { last = await fn(); if (last) return last } catch (e) { last = e }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patience} ms (${last})`)
    await sleep(10)
  }
}

// One to listen at later, or again: not of those that the system gives to connections going out.
export async function freePort() {
  for (;;) {
    const port = 10000 + Math.floor(Math.random() * 20000)
    const free = await new Promise((resolve) => {
      const server = net.createServer()
      server.on('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
}

// --- HTTP -----------------------------------------------------------------------------------

export const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })

export function request(url, { method = 'GET', headers = {}, body, via = agent } = {}) {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : Buffer.from(body)
    const rq = http.request(url, { method, agent: via, headers: { ...(data ? { 'content-length': data.length } : {}), ...headers } }, (rs) => {
      const parts = []
      rs.on('data', (d) => parts.push(d))
      rs.on('error', reject)
      rs.on('end', () => {
        const bytes = Buffer.concat(parts)
        const answer = { status: rs.statusCode, headers: rs.headers, bytes, text: bytes.toString('utf8') }
        if (/json/.test(rs.headers['content-type'] || '')) try { answer.json = JSON.parse(answer.text) } catch { /* a test will say so */ }
        resolve(answer)
      })
    })
    // A server may close a kept connection just as it is used again: then nothing was taken.
    rq.on('error', (e) => {
      if (rq.reusedSocket && method === 'GET' && e.code === 'ECONNRESET') resolve(request(url, { method, headers, body, via: new http.Agent() }))
      else reject(e)
    })
    rq.end(data)
  })
}

// --- keys and signed notes (C2SP signed-note) ------------------------------------------------

export const sha256 = (...parts) => { const h = createHash('sha256'); for (const p of parts) h.update(p); return h.digest() }
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const spki = Buffer.from('302a300506032b6570032100', 'hex')

export const STATEMENT_KEY = 1, COSIGN_KEY = 4

export function makeKey(name, type = STATEMENT_KEY, seed = randomBytes(32)) {
  const secret = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' })
  const pub = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32)
  const id = sha256(`${name}\n`, Buffer.of(type), pub).subarray(0, 4)
  const vkey = `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(type), pub]).toString('base64')}`
  return { name, type, seed, secret, pub, id, vkey, org: name.split('/')[0], seq: 0 }
}

export const signBytes = (key, bytes) => sign(null, Buffer.from(bytes), key.secret)
export const verifyBytes = (pub, bytes, sig) =>
  verify(null, Buffer.from(bytes), createPublicKey({ key: Buffer.concat([spki, pub]), format: 'der', type: 'spki' }), sig)

export const keyProof = (key, org, log = origin) => signBytes(key, `avow/key/v1\n${log}\n${org}\n${key.vkey}\n`).toString('base64')
export const statedKey = (key, org, log = origin) => ({ key: key.vkey, proof: keyProof(key, org, log) })

// docs/formats.md 1, `kdf none`.
export function keyFile(file, key) {
  fs.writeFileSync(file, `avow secret key v1\nname ${key.name}\nkey ${key.vkey}\nkdf none\nseed ${key.seed.toString('base64')}\n`, { mode: 0o600 })
}

export const signatureLine = (key, text) => `— ${key.name} ${Buffer.concat([key.id, signBytes(key, text)]).toString('base64')}\n`
export const signNote = (text, ...keys) => `${text}\n${keys.map((k) => signatureLine(k, text)).join('')}`
export const nowText = (ms = Date.now()) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

// The text of a statement by `key`, whose seq moves on unless one is given.
export function statementText(key, records, { log = origin, seq, at = nowText(), lang = 'en', ...more } = {}) {
  const header = { log, org: key.org, key: key.id.toString('hex'), seq: seq ?? ++key.seq, at, lang, ...more }
  return ['avow/statement/v1', JSON.stringify(header), ...records.map((r) => (typeof r === 'string' ? r : JSON.stringify(r)))].join('\n') + '\n'
}
export const statement = (key, records, options = {}, ...cosigners) => signNote(statementText(key, records, options), key, ...cosigners)
export const textOf = (note) => note.slice(0, note.lastIndexOf('\n\n— ') + 1)
export const statementId = (note) => sha256(textOf(note)).toString('hex')

// C2SP tlog-cosignature.
export function cosignatureLine(key, checkpointText, time = Math.floor(Date.now() / 1000)) {
  const stamp = Buffer.alloc(8)
  stamp.writeBigUInt64BE(BigInt(time))
  const sig = signBytes(key, `cosignature/v1\ntime ${time}\n${checkpointText}`)
  return `— ${key.name} ${Buffer.concat([key.id, stamp, sig]).toString('base64')}\n`
}

// --- Merkle trees (RFC 6962) ------------------------------------------------------------------

export const leafHash = (entry) => sha256(Buffer.of(0), entry)
export const nodeHash = (l, r) => sha256(Buffer.of(1), l, r)

export function treeRoot(leaves) {
  if (leaves.length === 0) return sha256('')
  if (leaves.length === 1) return leaves[0]
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)))
}

// RFC 9162 2.1.3.2, on BigInts for long logs.
export function rootFromProof(leaf, index, size, proof) {
  let fn = BigInt(index), sn = BigInt(size) - 1n, r = leaf
  if (fn > sn) throw new Error('index beyond the tree')
  for (const p of proof) {
    if (sn === 0n) throw new Error('the proof is too long')
    if (fn & 1n || fn === sn) {
      r = nodeHash(p, r)
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n }
    } else r = nodeHash(r, p)
    fn >>= 1n; sn >>= 1n
  }
  if (sn !== 0n) throw new Error('the proof is too short')
  return r
}

// RFC 9162 2.1.4.2.
export function consistent(first, second, firstRoot, secondRoot, proof) {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot)
  const path_ = [...proof]
  if (Number.isInteger(Math.log2(first))) path_.unshift(firstRoot)
  let fn = first - 1, sn = second - 1
  while (fn & 1) { fn >>= 1; sn >>= 1 }
  let fr = path_[0], sr = path_[0]
  for (const c of path_.slice(1)) {
    if (sn === 0) return false
    if ((fn & 1) || fn === sn) {
      fr = nodeHash(c, fr); sr = nodeHash(c, sr)
      while (!(fn & 1) && fn !== 0) { fn >>= 1; sn >>= 1 }
    } else { sr = nodeHash(sr, c) }
    fn >>= 1; sn >>= 1
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot)
}

export function parseNote(note) {
  const at = note.lastIndexOf('\n\n')
  const text = note.slice(0, at + 1)
  const signatures = note.slice(at + 2).trimEnd().split('\n').map((line) => {
    const m = /^— (\S+) (\S+)$/.exec(line)
    if (!m) throw new Error(`not a signature line: ${line}`)
    const bytes = Buffer.from(m[2], 'base64')
    return { name: m[1], id: bytes.subarray(0, 4), sig: bytes.subarray(4) }
  })
  return { text, signatures }
}

export function parseCheckpoint(note, logKey) {
  const { text, signatures } = parseNote(note)
  const [name, size, rootText] = text.split('\n')
  const own = signatures.find((s) => s.name === logKey.name && s.id.equals(logKey.id))
  if (name !== logKey.name || !own || !verifyBytes(logKey.pub, text, own.sig)) throw new Error('the checkpoint is not signed by the log')
  return { text, signatures, size: Number(size), root: Buffer.from(rootText, 'base64') }
}

// C2SP tlog-proof v1: throws unless the receipt proves `entry` under `logKey`.
export function checkReceipt(receipt, entry, logKey) {
  const blank = receipt.indexOf('\n\n')
  const head = receipt.slice(0, blank).split('\n')
  if (head.shift() !== 'c2sp.org/tlog-proof@v1') throw new Error(`not a receipt: ${receipt.slice(0, 80)}`)
  if (head[0].startsWith('extra ')) head.shift()
  const index = Number(/^index (\d+)$/.exec(head.shift())[1])
  const checkpoint = parseCheckpoint(receipt.slice(blank + 2), logKey)
  const got = rootFromProof(leafHash(Buffer.from(entry)), index, checkpoint.size, head.map((l) => Buffer.from(l, 'base64')))
  if (!got.equals(checkpoint.root)) throw new Error('the proof does not lead to the root')
  return { index, checkpoint }
}

// --- a log ------------------------------------------------------------------------------------

export const network = 'spiac-b'

// A log's people: keys, and a charter that registers them.
// With { second } of an organization, there are two stewards, who convene the network.
export async function makeLog({ members = [], second } = {}) {
  const codes = /codes\s+([0-9a-f]{64})/.exec(await mustRun('avow-broker', ['--version']))[1]
  const log = makeKey(origin)
  const steward = makeKey('XM-DAC-41302')
  const others = members.map((org) => makeKey(org))
  const co = second ? [makeKey(second)] : []
  const both = [steward, ...co]
  const charter = statement(steward, [
    { is: 'log.chartered', origin, ...statedKey(log, origin), rules: 1, codes, stewards: both.map((k) => k.org), quorum: 1, title: 'A log to test with' },
    ...both.map((k) => ({ is: 'organization.registered', org: k.org, name: k === steward ? 'International Labour Organization' : `Organization ${k.org}`, org_type: '40', keys: [{ ...statedKey(k, k.org), label: 'office' }] })),
    { is: 'network.chartered', network, name: 'SPIAC-B', conveners: both.map((k, i) => ({ org: k.org, role: i === 0 ? 'chair' : 'co-chair' })), quorum: { admit: 1, speak: 1 } },
  ], co.length > 0 ? { with: co.map((k) => k.org) } : {}, ...co)
  return { log, steward, co: co[0], others, charter, codes }
}

// The statement by which the steward registers the others.
export const registration = ({ steward, others }) => statement(steward, others.map((k) => (
  { is: 'organization.registered', org: k.org, network, name: `Organization ${k.org}`, org_type: '40', keys: [{ ...statedKey(k, k.org), label: 'office' }] })))

export async function initBroker(people, dir = path.join(tempDir('broker'), 'log')) {
  const beside = tempDir('init')
  fs.writeFileSync(path.join(beside, 'charter'), people.charter)
  keyFile(path.join(beside, 'log.key'), people.log)
  await mustRun('avow-broker', ['init', dir, '--origin', origin, '--charter', path.join(beside, 'charter'), '--key', path.join(beside, 'log.key')])
  return dir
}

// Runs a broker on any free ports; gives the process with its addresses. The first flag may be
// { program, env }.
export async function runBroker(dir, ...flags) {
  const { program = 'avow-broker', env } = typeof flags[0] === 'object' ? flags.shift() : {}
  const http = flags.includes('--http') ? [] : ['--http', '127.0.0.1:0']
  const p = start(program, ['run', dir, ...http, '--json', ...flags], env ? { env: { ...process.env, ...env } } : {})
  await Promise.race([
    until('the broker is ready', () => p.out.includes('\n'), 30000),
    p.exited.then(({ code, signal }) => { throw new Error(`the broker ended: ${code ?? signal}\n${p.err}`) }),
  ])
  Object.assign(p, JSON.parse(p.out.split('\n')[0]), { dir })
  return p
}

export const post = (broker, note, query = '') => request(`${broker.http}/api/v1/statements${query}`, { method: 'POST', body: note })

export const pledge = (key, n, more = {}) => ({
  is: 'pledge.made', id: `${key.org}:PL-${n}`, title: `Pledge number ${n}`, donor: key.org, recipient: 'XM-DAC-41302',
  basis: 'announced', money: { amount: '1000.00', currency: 'USD' }, ...more,
})
