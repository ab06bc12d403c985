// The HTTP port as bytes: what is sent is written out, what comes back is read to the end.
// Every request is answered, and by a problem document where it cannot be served.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import zlib from 'node:zlib'
import WebSocket from 'ws'
import { initBroker, makeLog, pledge, post, registration, request, runBroker, runTests, sleep, statement, stop, test, until } from './lib.mjs'

const people = await makeLog({ members: ['44000'] })
const { others: [bank] } = people
const broker = await runBroker(await initBroker(people))
const { hostname, port } = new URL(broker.http)
assert.equal((await post(broker, registration(people))).status, 201)
for (let i = 0; i < 40; i++) assert.equal((await post(broker, statement(bank, [pledge(bank, i)]))).status, 201)

// Sends the parts, one after the other, and gives all that comes back until the server closes or
// `enough` of it is there.
function talk(parts, { enough = () => false, end = false, patience = 8000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    let got = Buffer.alloc(0)
    const late = setTimeout(() => { socket.destroy(); reject(new Error(`no answer in time to ${JSON.stringify(String(parts)).slice(0, 200)}; got ${got}`)) }, patience)
    const done = () => { clearTimeout(late); socket.destroy(); resolve(got) }
    socket.on('data', (d) => { got = Buffer.concat([got, d]); if (enough(got)) done() })
    socket.on('end', done)
    socket.on('error', (e) => { if (got.length > 0) done(); else { clearTimeout(late); reject(e) } })
    for (const part of [parts].flat()) socket.write(part)
    if (end) socket.end()
  })
}

function parse(bytes) {
  const at = bytes.indexOf('\r\n\r\n')
  assert.ok(at > 0, `no answer: ${JSON.stringify(bytes.toString())}`)
  const [line, ...fields] = bytes.subarray(0, at).toString().split('\r\n')
  const headers = Object.fromEntries(fields.map((f) => [f.slice(0, f.indexOf(':')).toLowerCase(), f.slice(f.indexOf(':') + 2)]))
  const length = Number(headers['content-length'] ?? 0)
  const body = bytes.subarray(at + 4, at + 4 + length)
  return { status: Number(line.split(' ')[1]), headers, body, whole: body.length === length, rest: bytes.subarray(at + 4 + length), at }
}
const isWhole = (bytes) => bytes.includes('\r\n\r\n') && parse(bytes).whole
const ask = async (parts, options) => parse(await talk(parts, { enough: isWhole, ...options }))

async function problem(parts, status, type, options) {
  const answer = await ask(parts, options)
  const text = `${JSON.stringify(String(parts)).slice(0, 150)}: ${answer.status} ${answer.body}`
  assert.equal(answer.status, status, text)
  assert.equal(answer.headers['content-type'], 'application/problem+json', text)
  assert.equal(JSON.parse(answer.body).type, type, text)
  assert.equal(JSON.parse(answer.body).status, status)
  return answer
}

const H = 'Host: x\r\n'
const get = (target, fields = '', version = 'HTTP/1.1', host = H) => `GET ${target} ${version}\r\n${host}${fields}\r\n`

test('a request names one host', async () => {
  await problem(get('/healthz', '', 'HTTP/1.1', ''), 400, 'request.host')
  await problem(get('/healthz', 'Host: y\r\n'), 400, 'request.host')
  await problem(get('/healthz', 'hOST: x\r\n'), 400, 'request.host')
  await problem(get('/healthz', '', 'HTTP/1.1', 'Host: a b\r\n'), 400, 'request.host')
  assert.equal((await ask(get('/healthz', '', 'HTTP/1.0', ''))).status, 200)
})

test('a bad target or start line is answered by a problem document', async () => {
  for (const target of ['/api/v1/organizations/a%zz', '/a%', '/%0', '/?q=%zz', 'a', '/a#b', '/a\u0001b'])
    await problem(get(target), 400, 'request.target')
  for (const target of ['/a%00', '/api/v1/organizations/%00']) await problem(get(target), 404, 'not-found')
  await problem(get('/api/v1/search?q=%00'), 400, 'query.search')
  for (const line of ['GET /', 'GET', 'GET / HTTP', 'GET / FTP/1.1', 'GET  / HTTP/1.1', 'G(T / HTTP/1.1']) await problem(`${line}\r\n${H}\r\n`, 400, 'request.form')
  await problem(get('/', '', 'HTTP/2.0'), 505, 'request.version')
  await problem('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'request.version')
  await problem('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'request.form') // TLS
})

test('any method is told apart, also one that nobody knows', async () => {
  for (const method of ['BREW', 'PUT', 'TRACE', 'PROPFIND', 'get']) {
    const body = method === 'PUT' ? 'Content-Length: 0\r\n' : ''
    const answer = await problem(`${method} /healthz HTTP/1.1\r\n${H}${body}\r\n`, 405, 'method-not-allowed')
    assert.equal(answer.headers.allow, 'GET, HEAD, OPTIONS')
  }
  await problem(`CONNECT a.example:443 HTTP/1.1\r\n${H}\r\n`, 404, 'not-found')
})

test('fields are read strictly, and any name is read past', async () => {
  for (const name of ['X-Forwarded', 'If', 'Ho', 'Accep', 'Sec-WebSocket', 'Content', 'X', 'Access-Control-Request', 'Proxy', 'Transfer', 'Upgrade-Insecure-Requests', 'Get', 'Post'])
    assert.equal((await ask(get('/healthz', `${name}: 1\r\n`), { patience: 3000 })).status, 200, name)
  for (const field of ['no colon', ': empty', 'A : b', 'A: b\r\n c', 'A: \u0000', 'A: b\rc']) await problem(get('/healthz', `${field}\r\n`), 400, 'request.form')
  await problem(get('/healthz', `X: ${'y'.repeat(20000)}\r\n`), 431, 'request.size')
  await problem(get('/healthz', 'a: b\r\n'.repeat(101)), 431, 'request.size')
  await problem(get(`/${'x'.repeat(20000)}`), 414, 'request.size')
})

test('what is too large costs no line of the log', async () => {
  const before = broker.err.length
  await Promise.all(Array.from({ length: 50 }, () => problem(get('/healthz', `X: ${'y'.repeat(30000)}\r\n`), 431, 'request.size')))
  assert.equal(broker.err.slice(before), '')
})

test('a body has one length', async () => {
  const start = `POST /api/v1/statements HTTP/1.1\r\n${H}`
  for (const length of ['-1', '1e3', '10, 10', '']) await problem(`${start}Content-Length: ${length}\r\n\r\n`, 400, 'request.form')
  await problem(`${start}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, 400, 'request.form')
  await problem(`${start}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'request.form')
  await problem(`${start}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 411, 'length')
  await problem(`${start}\r\n`, 411, 'length')
  await problem([`${start}Content-Length: 3000000\r\n\r\n`, Buffer.alloc(3000000)], 413, 'note.size')
  const continued = (await talk(`${start}Content-Length: 1\r\nExpect: 100-continue\r\n\r\n`, { enough: (b) => b.length > 10 })).toString()
  assert.match(continued, /^HTTP\/1.1 100 Continue\r\n\r\n/)
})

test('requests sent together are answered in order, also by who sends no more', async () => {
  const n = 300
  const many = Array.from({ length: n }, (_, i) => get(i % 3 === 0 ? '/nothing' : '/healthz', i === n - 1 ? 'Connection: close\r\n' : '')).join('')
  let rest = await talk(many), statuses = []
  while (rest.length > 0) { const a = parse(rest); statuses.push(a.status); rest = a.rest }
  assert.deepEqual(statuses, Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 404 : 200)))
  assert.equal(parse(await talk(get('/api/v1/status'), { end: true })).status, 200)
  const two = await talk(get('/healthz') + get('/log/checkpoint'), { end: true })
  assert.equal(parse(two).status, 200)
  assert.equal(parse(parse(two).rest).status, 200)
})

const ticks = () => { const f = fs.readFileSync(`/proc/${broker.pid}/stat`, 'utf8').split(') ')[1].split(' '); return Number(f[11]) + Number(f[12]) }

test('two requests, the first of which waits, cost nothing meanwhile', async () => {
  const size = (await request(`${broker.http}/api/v1/status`)).json.size
  const before = ticks()
  const answers = talk(get(`/api/v1/events?since=${size}&wait=3`) + get('/healthz', 'Connection: close\r\n'))
  await sleep(2000)
  assert.ok(ticks() - before < 40, `${ticks() - before} ticks of 200`)
  const first = parse(await answers)
  assert.equal(first.status, 200)
  assert.equal(parse(first.rest).status, 200)
})

test('who goes away while it waits is let go of', async () => {
  const size = (await request(`${broker.http}/api/v1/status`)).json.size
  const sockets = await Promise.all(Array.from({ length: 20 }, async () => {
    const s = net.connect(Number(port), hostname)
    s.on('error', () => {})
    s.write(get(`/api/v1/events?since=${size}&wait=30`))
    await new Promise((resolve) => s.once('connect', resolve))
    return s
  }))
  const connected = async () => Number(/^avow_connections (\d+)/m.exec((await request(`${broker.http}/metrics`)).text)[1])
  await until('they are there', async () => await connected() >= 20)
  sockets.forEach((s, i) => (i % 2 ? s.destroy() : s.resetAndDestroy()))
  await until('they are gone', async () => await connected() < 15, 5000)
})

test('Accept and wait are read as they are written', async () => {
  const type = async (accept) => (await ask(get('/api/v1/pledges', `Accept: ${accept}\r\n`))).headers['content-type']
  assert.equal(await type('text/csv'), 'text/csv; charset=utf-8')
  assert.equal(await type('TEXT/CSV'), 'text/csv; charset=utf-8')
  assert.equal(await type('text/csv;q=0'), 'application/json')
  assert.equal(await type('text/csvx'), 'application/json')
  assert.equal(await type('text/csv;q=0.3, application/json;q=0.4'), 'application/json')
  await problem(get('/api/v1/events?wait=abc'), 400, 'query.number')
})

test('a query may end in &', async () => {
  for (const target of ['/api/v1/pledges?limit=1&', '/api/v1/pledges?&limit=1', '/api/v1/events?since=0&&limit=1&'])
    assert.equal((await ask(get(target))).status, 200, target)
  assert.equal((await talk(get('/feed.sse?since=0&'), { enough: (b) => b.includes('hello') })).subarray(9, 12).toString(), '200')
})

test('everything that is read has an ETag', async () => {
  for (const target of ['/healthz', '/readyz', '/metrics', '/', '/log/checkpoint', '/api/v1/status', '/api/v1/openapi.json']) {
    const { headers } = await ask(get(target))
    assert.match(headers.etag ?? '', /^"[0-9a-f]{32}"$/, target)
    assert.ok(headers['cache-control'], target)
  }
  const { headers } = await ask(get('/healthz'))
  assert.equal((await ask(get('/healthz', `If-None-Match: ${headers.etag}\r\n`))).status, 304)
})

test('answers are compressed where asked for, bundles too', async () => {
  const size = (await request(`${broker.http}/api/v1/status`)).json.size
  for (const target of [`/log/tile/entries/000.p/${size}`, '/api/v1/pledges', '/', '/metrics', '/api/v1/openapi.json', '/api/v1/pledges?format=csv']) {
    const plain = await ask(get(target)), zipped = await ask(get(target, 'Accept-Encoding: deflate, gzip\r\n'))
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(zipped.headers['content-encoding'], 'gzip', target)
    assert.match(zipped.headers.vary, /Accept-Encoding/)
    assert.ok(zipped.body.length < plain.body.length)
    if (target !== '/metrics') {
      assert.deepEqual(zlib.gunzipSync(zipped.body), plain.body)
      assert.notEqual(zipped.headers.etag, plain.headers.etag)
      assert.equal((await ask(get(target, `Accept-Encoding: gzip\r\nIf-None-Match: ${zipped.headers.etag}\r\n`))).status, 304)
    }
    assert.equal((await ask(get(target, 'Accept-Encoding: gzip;q=0\r\n'))).headers['content-encoding'], undefined)
  }
})

const shake = (more = '', { version = '13', key = 'dGhlIHNhbXBsZSBub25jZQ==', connection = 'Upgrade', http = 'HTTP/1.1', target = '/feed' } = {}) =>
  get(target, `Upgrade: websocket\r\n${connection ? `Connection: ${connection}\r\n` : ''}Sec-WebSocket-Key: ${key}\r\n${version ? `Sec-WebSocket-Version: ${version}\r\n` : ''}${more}`, http)

test('a handshake that cannot be served is refused by a problem document', async () => {
  const protocol = await problem(shake('Sec-WebSocket-Protocol: chat\r\n'), 400, 'feed.protocol')
  assert.match(JSON.parse(protocol.body).detail, /avow\.feed\.v1/)
  for (const version of ['8', '0', '13, 13', '']) {
    const { headers } = await problem(shake('', { version }), 426, 'feed.version')
    assert.equal(headers['sec-websocket-version'], '13')
    assert.match(headers.connection, /upgrade/i)
    assert.equal(headers.upgrade, 'websocket')
  }
  await problem(shake('', { connection: '' }), 400, 'feed.handshake')
  await problem(shake('', { key: 'short' }), 400, 'feed.handshake')
  await problem(shake('', { http: 'HTTP/1.0' }), 426, 'feed.upgrade')
  await problem(shake('', { target: '/feed?since=99999' }), 409, 'feed.ahead')
  await problem(shake('', { target: '/feed?country=XX' }), 400, 'filter')
  await problem(shake('', { target: '/api/v1/status' }), 400, 'not-a-websocket')
  await problem(get('/feed'), 426, 'feed.upgrade')
  const plain = await ask(get('/healthz', 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'))
  assert.equal(plain.status, 200) // an upgrade to what is not spoken is not heard
})

test('a good handshake is accepted, with whatever stands beside it', async () => {
  const text = (await talk(shake('Sec-WebSocket-Protocol: x, avow.feed.v1\r\nX-Forwarded: 1\r\nOrigin: null\r\nSec-WebSocket-Extensions: permessage-deflate\r\n', { target: '/feed?since=0&' }),
    { enough: (b) => b.includes('hello') })).toString()
  assert.match(text, /^HTTP\/1.1 101 /)
  assert.match(text, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
  assert.match(text, /sec-websocket-protocol: avow.feed.v1/i)
  assert.doesNotMatch(text, /permessage-deflate/)
})

test('at the limit of connections, the one that was idle longest makes room', async () => {
  await stop(broker)
  fs.appendFileSync(path.join(broker.dir, 'avow-broker.conf'), 'connections_max = 50\nwatchers_max = 20\n')
  const small = await runBroker(broker.dir)
  const at = new URL(small.http)
  const idle = await Promise.all(Array.from({ length: 80 }, async () => {
    const s = net.connect(Number(at.port), at.hostname)
    s.on('error', () => {})
    await new Promise((resolve) => s.once('connect', resolve))
    return s
  }))
  for (let i = 0; i < 20; i++) assert.equal((await request(`${small.http}/healthz`)).status, 200)
  const count = async (name) => Number(new RegExp(`^avow_${name} (\\d+)`, 'm').exec((await request(`${small.http}/metrics`)).text)[1])
  assert.ok(await count('connections') <= 51)
  assert.ok(await count('connections_cut_total') >= 25)
  idle.forEach((s) => s.destroy())
  const watchers = Array.from({ length: 20 }, () => new WebSocket(`${small.http.replace('http', 'ws')}/feed`, 'avow.feed.v1'))
  await Promise.all(watchers.map((w) => new Promise((resolve) => w.once('message', resolve))))
  assert.equal((await request(`${small.http}/feed.sse`)).json.type, 'feed.full')
  watchers.forEach((w) => w.terminate())
  await until('there is room again', async () => await count('watchers') === 0)
  assert.equal((await stop(small)).code, 0, small.err)
})

test('of one address there are so many connections; behind a trusted proxy who is behind it counts', async () => {
  fs.appendFileSync(path.join(broker.dir, 'avow-broker.conf'), 'address_max = 3\ntrusted_proxy = 127.0.0.1\n')
  const proxied = await runBroker(broker.dir)
  const watch = (from) => new Promise((resolve) => {
    const w = new WebSocket(`${proxied.http.replace('http', 'ws')}/feed`, 'avow.feed.v1', { headers: { 'X-Forwarded-For': `203.0.113.9, ${from}` } })
    w.once('message', () => resolve([101, w]))
    w.once('unexpected-response', (_, rs) => resolve([rs.statusCode, w]))
    w.on('error', () => {})
  })
  const got = []
  for (const from of ['198.51.100.1', '198.51.100.1', '198.51.100.1', '198.51.100.1', '198.51.100.2', '2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4', '2001:db8:1::1']) got.push(await watch(from))
  assert.deepEqual(got.map(([status]) => status), [101, 101, 101, 503, 101, 101, 101, 101, 503, 101])
  got[0][1].terminate()
  await until('its place is free', async () => { const [status, w] = await watch('198.51.100.1'); w.terminate(); return status === 101 })
  got.forEach(([, w]) => w.terminate())
  assert.equal((await stop(proxied)).code, 0, proxied.err)
  assert.doesNotMatch(proxied.err + broker.err, /Sanitizer|runtime error|broken/)
})

await runTests()
