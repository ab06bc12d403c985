// docs/formats.md 5: the live feed; events by asking; server-sent events.
import assert from 'node:assert/strict'
import http from 'node:http'
import WebSocket from 'ws'
import { origin, parseCheckpoint, sleep, test, until } from '../../e2e/lib.mjs'
import { broker, entries, get, ke, log, pledge, say, unhcr } from './world.mjs'

const ws = broker.http.replace('http', 'ws')
function watch(query = '') {
  const w = { messages: [], pings: 0, ws: new WebSocket(`${ws}/feed${query}`, 'avow.feed.v1') }
  w.ws.on('message', (data, binary) => { w.binary ||= binary; w.messages.push(JSON.parse(data)) })
  w.ws.on('ping', () => { w.pings++ })
  w.ws.on('error', (e) => { w.error = e })
  w.events = () => w.messages.flatMap((m) => m.events ?? [])
  w.size = () => w.messages.reduce((n, m) => m.size ?? n, 0)
  w.close = () => new Promise((resolve) => { w.ws.on('close', resolve); w.ws.close() })
  return w
}
const upTo = (w, size) => until(`the feed comes to ${size}`, () => w.size() >= size, 10000)
const place = (e) => `${e.index}/${e.n}`
const upgrade = (query, headers = {}) => new Promise((resolve, reject) => {
  const rq = http.request(`${broker.http}/feed${query}`, { headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'), 'sec-websocket-protocol': 'avow.feed.v1', ...headers } }, (rs) => {
    let text = ''
    rs.on('data', (d) => { text += d })
    rs.on('end', () => resolve({ status: rs.statusCode, type: rs.headers['content-type'], text }))
  })
  rq.on('upgrade', (rs, socket) => { socket.destroy(); resolve({ status: 101, protocol: rs.headers['sec-websocket-protocol'] }) })
  rq.on('error', reject)
  rq.end()
})
// Watchers whose filter matches nothing, left alone while the other checks run.
const opened = Date.now()
const lonely = [watch('?country=TV'), watch('?since=0&country=TV')]

test('docs/formats.md 5: the first message is {"hello":{"origin","size"}}; subprotocol avow.feed.v1; text messages', async () => {
  const w = watch()
  await until('hello', () => w.messages.length > 0)
  assert.deepEqual(w.messages[0], { hello: { origin, size: entries.length } })
  assert.equal(w.ws.protocol, 'avow.feed.v1')
  assert.ok(!w.binary)
  await w.close()
})
test('docs/formats.md 5: since=<n> replays from entry n, then goes on live, without gap or repeat; an entry is never split over messages', async () => {
  const w = watch('?since=0')
  await upTo(w, entries.length)
  for (let i = 0; i < 10; i++) await say(unhcr, [pledge(unhcr), pledge(unhcr)])
  await upTo(w, entries.length)
  const got = w.events().map(place)
  const expected = entries.flatMap((e, i) => e.slice(0, e.lastIndexOf('\n\n— ')).split('\n').slice(2).map((_, n) => `${i}/${n + 1}`))
  assert.deepEqual(got, expected)
  const homes = new Map()
  w.messages.forEach((m, i) => (m.events ?? []).forEach((e) => { if (homes.has(e.index)) assert.equal(homes.get(e.index), i); homes.set(e.index, i) }))
  for (const m of w.messages.slice(1)) { assert.ok(Number.isInteger(m.size)); for (const e of m.events) assert.ok(e.index < m.size) }
  const cp = parseCheckpoint((await get('/log/checkpoint')).text, log)
  const last = w.messages.at(-1)
  assert.deepEqual([last.size, last.root], [cp.size, cp.root.toString('base64')], 'root is there where size is a checkpoint\'s')
  await w.close()
})
test('docs/formats.md 5: an event has index, n, at, org, is, id, networks, countries, text, record', async () => {
  const made = pledge(unhcr, { countries: ['PS'], networks: ['spiac-b'], money: { amount: '700000', currency: 'USD' } })
  const { index } = await say(unhcr, made)
  const { index: then } = await say(unhcr, { is: 'pledge.disbursed', id: made.id, tx: 'd', money: { amount: '5', currency: 'USD' } })
  const w = watch(`?since=${index}`)
  await upTo(w, entries.length)
  const [a, b] = w.events()
  assert.deepEqual([a.index, a.n, a.org, a.is, a.id, a.networks, a.countries], [index, 1, unhcr.org, 'pledge.made', made.id, ['spiac-b'], ['PS']])
  assert.deepEqual(a.record, JSON.parse(JSON.stringify(made)))
  assert.match(a.text, /USD 700,000/)
  assert.match(a.at, /Z$/)
  assert.deepEqual([b.index, b.networks, b.countries], [then, ['spiac-b'], ['PS']], 'those of the subject at that entry')
  await w.close()
})
test('docs/formats.md 5: since absent: live; since the size: only what follows', async () => {
  const live = watch(), from = watch(`?since=${entries.length}`)
  for (const w of [live, from]) await until('hello', () => w.messages.length > 0)
  const { index } = await say(unhcr, pledge(unhcr))
  for (const w of [live, from]) { await upTo(w, index + 1); assert.deepEqual(w.events().map((e) => e.index), [index]); await w.close() }
})
test('docs/formats.md 5: the same filters; size is the position to resume from', async () => {
  const w = watch(`?since=0&org=${encodeURIComponent(ke.org)}&is=pledge`)
  await upTo(w, entries.length)
  assert.ok(w.events().length > 0)
  for (const e of w.events()) assert.match(e.is, /^pledge\./)
  await w.close()
})
test('docs/formats.md 5: who resumes at each size given misses nothing and sees nothing twice', async () => {
  const whole = watch('?since=0')
  await upTo(whole, entries.length)
  const sizes = whole.messages.filter((m) => m.size).map((m) => m.size)
  for (const s of [1, 2, Math.floor(entries.length / 2), entries.length - 1, ...sizes]) {
    const w = watch(`?since=${s}`)
    if (s < entries.length) await upTo(w, entries.length); else await until('hello', () => w.messages.length > 0)
    assert.deepEqual(w.events().map(place), whole.events().filter((e) => e.index >= s).map(place))
    await w.close()
  }
  await whole.close()
})
test('docs/formats.md 5: a request that cannot be served is refused before the upgrade with a problem document', async () => {
  for (const [query, rule] of [['?since=99999999', 'feed.ahead'], ['?since=-1'], ['?since=x'], ['?since='], ['?since=1e3'], ['?country=Nowhere'], ['?theme=fun'], ['?network=N%20N'], ['?org=%ff'], ['?donor='], ['?since=99999999999999999999999']]) {
    const a = await upgrade(query)
    assert.ok(a.status >= 400 && a.status < 500, `${query} ${a.status}`)
    assert.match(a.type, /^application\/problem\+json/, query)
    if (rule) assert.equal(JSON.parse(a.text).type, rule)
    const sse = await get(`/feed.sse${query}`)
    assert.equal(sse.status, a.status, `sse ${query}`)
    assert.match(sse.headers['content-type'], /^application\/problem\+json/)
  }
  assert.deepEqual(await upgrade(''), { status: 101, protocol: 'avow.feed.v1' })
})

const readEvents = (query, headers, enough) => new Promise((resolve, reject) => {
  const rq = http.request(`${broker.http}/feed.sse${query}`, { headers }, (rs) => {
    let text = ''
    rs.setEncoding('utf8')
    const late = setTimeout(() => { rq.destroy(); reject(new Error(`not enough: ${text.slice(-300)}`)) }, 10000)
    rs.on('error', () => {})
    rs.on('data', (d) => {
      text += d
      if (!text.endsWith('\n\n')) return
      const list = text.split('\n\n').filter((b) => /^data:/m.test(b)).map((b) => ({ id: /^id: ?(.*)$/m.exec(b)?.[1], data: JSON.parse(b.split('\n').filter((l) => l.startsWith('data:')).map((l) => l.slice(5)).join('\n')) }))
      if (enough(list)) { clearTimeout(late); rq.destroy(); resolve({ list, headers: rs.headers }) }
    })
  })
  rq.on('error', (e) => { if (!rq.destroyed) reject(e) })
  rq.end()
})
test('docs/formats.md 5: server-sent events carry the same messages at /feed.sse (id: = size)', async () => {
  const w = watch('?since=5')
  await upTo(w, entries.length)
  const { list, headers } = await readEvents('?since=5', {}, (l) => l.some((m) => m.data.size === entries.length))
  assert.match(headers['content-type'], /^text\/event-stream/)
  assert.deepEqual(list[0].data, { hello: { origin, size: entries.length } })
  for (const m of list.slice(1)) assert.equal(m.id, String(m.data.size))
  assert.deepEqual(list.flatMap((m) => m.data.events ?? []), w.events())
  await w.close()
})
test('docs/formats.md 5: Last-Event-ID beats since', async () => {
  const from = entries.length - 2
  const { list } = await readEvents('?since=0', { 'last-event-id': String(from) }, (l) => l.some((m) => m.data.size === entries.length))
  assert.deepEqual([...new Set(list.flatMap((m) => m.data.events ?? []).map((e) => e.index))], [from, from + 1])
})
test('docs/formats.md 4: GET /api/v1/events?since=&wait=: the feed\'s events as a list; wait', async () => {
  const w = watch('?since=3')
  await upTo(w, entries.length)
  const list = []
  for (let after = '', n = 0; after !== null && n < 500; n++) {
    const a = await get(`/api/v1/events?since=3&limit=40${after && `&after=${after}`}`)
    assert.equal(a.status, 200, a.text)
    assert.equal(a.json.size, entries.length)
    list.push(...a.json.items)
    after = a.json.next
  }
  assert.deepEqual(list, w.events())
  await w.close()
  const begin = Date.now()
  const waiting = get(`/api/v1/events?since=${entries.length}&wait=20`)
  await sleep(200)
  const { index } = await say(unhcr, pledge(unhcr))
  const a = (await waiting).json
  assert.deepEqual(a.items.map((e) => e.index), [index])
  assert.ok(Date.now() - begin < 10000)
  const none = await get(`/api/v1/events?since=${entries.length}&wait=1`)
  assert.deepEqual(none.json.items, [])
  const ahead = await get('/api/v1/events?since=99999999')
  assert.equal(ahead.json.type, 'feed.ahead')
})
test('docs/formats.md 5: size sent to a watcher whose filter matched nothing at least every 30 s, as is a ping', async () => {
  for (const w of lonely) {
    await until('a ping and a size', () => w.pings > 0 && w.size() > 0, Math.max(1, 32000 - (Date.now() - opened)))
    assert.equal(w.events().length, 0)
    await w.close()
  }
})
