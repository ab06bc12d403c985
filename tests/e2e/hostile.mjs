// The broker's HTTP port under 200 connections that mean it ill. All that time it answers
// others at once; afterwards it rests, has lost nothing, and stops when told to.
//   SECONDS=60 SEED=1 node tests/e2e/hostile.mjs
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import WebSocket from 'ws'
import { checkReceipt, initBroker, makeLog, pledge, registration, request, runBroker, runTests, sleep, statement, stop, test, until } from './lib.mjs'

const seconds = Number(process.env.SECONDS || 10)
const seed = Number(process.env.SEED || Date.now() % 1e9)
const connections = 200
const patience = 1000

// mulberry32
let state = seed >>> 0
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let t = Math.imul(state ^ (state >>> 15), state | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const below = (n) => Math.floor(random() * n)
const pick = (list) => list[below(list.length)]
const chance = (n) => below(n) === 0

const people = await makeLog({ members: ['44000'] })
const { others: [bank], log } = people
const dir = await initBroker(people)
const broker = await runBroker(dir, '--log-level', 'broken')
const { hostname, port } = new URL(broker.http)

const post = (note) => request(`${broker.http}/api/v1/statements`, { method: 'POST', body: note })

// --- what they send ---------------------------------------------------------------------------

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'CONNECT', 'TRACE', 'PRI', 'BREW', 'get', '', 'X'.repeat(300)]
const paths = ['/', '/healthz', '/metrics', '/api/v1/status', '/api/v1/statements', '/api/v1/events?since=0', '/api/v1/events?since=2&wait=1', '/feed', '/feed.sse',
  '/feed.sse?since=0', '/log/checkpoint', '/log/tile/0/000', '/log/cosignature', '/api/v1/search?q=%00%ff', '/r/0/1', '/../../etc/passwd', '/%2e%2e/%2e%2e', '*', 'http://a/b',
  '/feed?since=99999999999999999999', `/${'a/'.repeat(2000)}`, `/api/v1/totals?by=${'x'.repeat(5000)}`, '//', '/?', '/api/v1/pledges?country=PS&country=KE&limit=1000']
const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', '', 'HTTP']
const lengths = ['0', '1', '10', '100', '70000', '5000000', '-1', '99999999999999999999', 'x', '1e3', '0x10', '10, 10']

function headers() {
  const list = []
  if (!chance(5)) list.push('Host: x')
  if (chance(3)) list.push(`Content-Length: ${pick(lengths)}`)
  if (chance(8)) list.push('Transfer-Encoding: chunked')
  if (chance(8)) list.push('Expect: 100-continue')
  if (chance(6)) list.push(`Connection: ${pick(['close', 'keep-alive', 'Upgrade', 'Upgrade, HTTP2-Settings', 'x'])}`)
  if (chance(10)) list.push(`Upgrade: ${pick(['h2c', 'websocket', 'x'])}`, 'HTTP2-Settings: AAMAAABkAAQAAP__')
  if (chance(10)) list.push(`X-Long: ${'y'.repeat(below(40000))}`)
  if (chance(12)) list.push(...Array.from({ length: below(300) }, (_, i) => `H${i}: v`))
  if (chance(8)) list.push(pick(['no colon here', ': empty', ' folded: x', 'A:\u0000b', 'Accept: \u00ff\u00fe', 'Last-Event-ID: -1', 'If-None-Match: "', 'Accept-Language: ;;q=,']))
  return list
}

const head = (method, path) => [`${method} ${path} ${chance(6) ? pick(versions) : 'HTTP/1.1'}`, ...headers()].join(chance(12) ? '\n' : '\r\n') + '\r\n\r\n'
const body = () => pick([() => randomBytes(below(3000)), () => Buffer.from('avow/statement/v1\n'), () => Buffer.alloc(below(80000), 'z'), () => Buffer.from('POST / HTTP/1.1\r\n\r\n')])()

function posts(n) {
  return Buffer.concat(Array.from({ length: n }, () => {
    const text = body()
    return Buffer.concat([Buffer.from(`POST ${pick(['/api/v1/statements', '/api/v1/statements?dry_run=1', '/log/cosignature'])} HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length + (chance(4) ? below(50) - 25 : 0)}\r\n\r\n`), text])
  }))
}

function frame() {
  const opcode = below(16), fin = chance(3) ? 0 : 0x80, rsv = chance(6) ? below(8) << 4 : 0
  const payload = opcode >= 8 && !chance(4) ? randomBytes(below(126)) : randomBytes(below(chance(10) ? 70000 : 300))
  const masked = !chance(5)
  let length = payload.length
  if (chance(12)) length = pick([0, 125, 126, 65535, 2 ** 31, 2 ** 40])
  const first = Buffer.of(fin | rsv | opcode)
  let second
  if (length < 126 && !chance(10)) second = Buffer.of((masked ? 0x80 : 0) | length)
  else if (length < 65536 && !chance(10)) { second = Buffer.alloc(3); second[0] = (masked ? 0x80 : 0) | 126; second.writeUInt16BE(length, 1) }
  else { second = Buffer.alloc(9); second[0] = (masked ? 0x80 : 0) | 127; second.writeBigUInt64BE(BigInt(length), 1); if (chance(5)) second[1] = 0xff }
  return Buffer.concat([first, second, masked ? randomBytes(4) : Buffer.alloc(0), payload])
}

const upgrade = () => ['GET /feed' + pick(['', '?since=0', '?since=1', '?country=PS', '?is=pledge&since=0']) + ' HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade',
  `Sec-WebSocket-Key: ${chance(8) ? 'short' : randomBytes(16).toString('base64')}`, `Sec-WebSocket-Version: ${chance(8) ? below(20) : 13}`,
  ...(chance(6) ? [] : [`Sec-WebSocket-Protocol: ${pick(['avow.feed.v1', 'avow.feed.v1', 'other', 'avow.feed.v1, other'])}`]),
  ...(chance(4) ? ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'] : [])].join('\r\n') + '\r\n\r\n'

const manners = {
  garbage: () => [randomBytes(1 + below(4000))],
  lines: () => [Buffer.from(Array.from({ length: below(50) }, () => randomBytes(below(40)).toString('latin1')).join('\r\n'))],
  request: () => [head(pick(methods), pick(paths))],
  half: () => { const text = head(pick(methods), pick(paths)); return [text.slice(0, below(text.length))] },
  pipelined: () => [Array.from({ length: 1 + below(40) }, () => head(pick(['GET', 'HEAD', 'OPTIONS', 'GET']), pick(paths))).join('')],
  posts: () => [posts(1 + below(20))],
  mixed: () => [posts(1), head('GET', pick(paths)), posts(2), randomBytes(20)],
  cut: () => { const p = posts(3); return [p.subarray(0, below(p.length))] },
  drip: () => { const text = Buffer.concat([Buffer.from(head('POST', '/api/v1/statements')), body()]); return Array.from({ length: 60 }, (_, i) => text.subarray(i * 3, i * 3 + 3)) },
  long: () => [`GET /${'x'.repeat(1 + below(100000))} HTTP/1.1\r\n`],
  h2: () => ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', randomBytes(100)],
  websocket: () => [upgrade(), ...Array.from({ length: below(30) }, frame)],
  early: () => [Buffer.concat([Buffer.from(upgrade()), frame(), frame(), randomBytes(below(200))])],
  watch: () => [upgrade()],
  stream: () => [`GET /feed.sse?since=0 HTTP/1.1\r\nHost: x\r\n\r\n${chance(2) ? head('GET', '/') : ''}`],
}

const sent = Object.fromEntries(Object.keys(manners).map((k) => [k, 0]))

// One connection after the other, until the time is over.
async function attack(deadline) {
  while (Date.now() < deadline) {
    const name = pick(Object.keys(manners))
    const socket = net.connect(Number(port), hostname)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    if (chance(4)) socket.pause(); else socket.on('data', () => {})
    for (const part of manners[name]()) {
      if (socket.destroyed) break
      socket.write(part)
      if (chance(3)) await sleep(below(20))
    }
    sent[name]++
    await Promise.race([closed, sleep(below(chance(10) ? 3000 : 200))])
    if (chance(3)) socket.end(); else if (chance(3)) socket.resetAndDestroy()
    if (chance(2)) await Promise.race([closed, sleep(100)])
    socket.destroy()
  }
}

// --- what must hold ---------------------------------------------------------------------------

const cpuTicks = () => { const f = fs.readFileSync(`/proc/${broker.pid}/stat`, 'utf8').split(') ')[1].split(' '); return Number(f[11]) + Number(f[12]) }
const residentKb = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${broker.pid}/status`, 'utf8'))[1])

test(`others are answered within a second while ${connections} connections send what they like (SEED=${seed})`, async () => {
  assert.equal((await post(registration(people))).status, 201)
  const deadline = Date.now() + seconds * 1000
  const attackers = Array.from({ length: connections }, () => attack(deadline))
  const watcher = new WebSocket(`${broker.http.replace('http', 'ws')}/feed?since=0`, 'avow.feed.v1')
  let seen = 0, slowest = 0, asked = 0
  watcher.on('message', (data) => { seen = JSON.parse(data).size ?? seen })
  watcher.on('error', () => {})
  for (let n = 0; Date.now() < deadline; n++) {
    const via = new http.Agent() // a new connection each time
    const begin = performance.now()
    const answer = await Promise.race([request(`${broker.http}/healthz`, { via }), sleep(10 * patience)])
    slowest = Math.max(slowest, performance.now() - begin)
    assert.equal(answer?.status, 200, 'no answer to /healthz')
    asked++
    if (n % 10 === 0) {
      const note = statement(bank, [pledge(bank, n)])
      const posted = await post(note)
      assert.equal(posted.status, 201, posted.text)
      const { index } = checkReceipt(posted.text, note, log)
      await until('the watcher sees it', () => seen > index, 10 * patience)
    }
    await sleep(50)
  }
  await Promise.all(attackers)
  watcher.terminate()
  console.log(`# ${asked} asked, the slowest after ${Math.round(slowest)} ms; ${Object.entries(sent).map(([k, n]) => `${k} ${n}`).join(', ')}`)
  assert.ok(slowest < patience, `/healthz took ${Math.round(slowest)} ms`)
})

test('afterwards it rests, has room, and judges as before', async () => {
  const connected = async () => Number(/^avow_connections (\d+)/m.exec((await request(`${broker.http}/metrics`)).text)[1])
  await until('their connections are gone', async () => await connected() <= 64, 30000)
  await sleep(500)
  const before = cpuTicks()
  await sleep(2000)
  assert.ok(cpuTicks() - before < 60, `it used ${cpuTicks() - before} ticks of 200 for nothing`)
  assert.ok(residentKb() < 1500 * 1024, `${residentKb()} KiB resident`)
  const note = statement(bank, [pledge(bank, 'after')])
  const answer = await post(note)
  assert.equal(answer.status, 201, answer.text)
  checkReceipt(answer.text, note, log)
})

test('it stops in time, and nothing was found amiss', async () => {
  const begin = Date.now()
  const { code, signal } = await stop(broker)
  assert.equal(code, 0, `${signal ?? ''} ${broker.err.slice(0, 4000)}`)
  assert.ok(Date.now() - begin < 12000)
  assert.doesNotMatch(broker.err, /Sanitizer|runtime error|broken/)
})

await runTests()
