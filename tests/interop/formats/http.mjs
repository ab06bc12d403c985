// docs/formats.md 4: what all answers have in common; lists, filters, events, records.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { makeKey, origin, request, run, statement, tempDir, test } from '../../e2e/lib.mjs'
import { broker, entries, get, id, ke, keyless, log, pledge, say, unhcr } from './world.mjs'

const all = async (path) => {
  const out = []
  let after = ''
  for (let n = 0; n < 1000; n++) {
    const a = await get(`${path}${path.includes('?') ? '&' : '?'}limit=7${after}`)
    assert.equal(a.status, 200, a.text)
    assert.ok(a.json.items.length <= 7)
    out.push(...a.json.items)
    if (a.json.next === null) return out
    assert.equal(typeof a.json.next, 'string')
    after = `&after=${id(a.json.next)}`
  }
  assert.fail('no end')
}
const lists = ['networks', 'organizations', 'partnerships', 'commitments', 'pledges']

test('docs/formats.md 4: JSON in UTF-8, Cache-Control and ETag set; 304 to If-None-Match; every answer carries the size', async () => {
  const item = `/api/v1/organizations/${id(ke.org)}`
  for (const path of ['/api/v1/status', ...lists.map((l) => `/api/v1/${l}`), item, '/api/v1/totals', '/api/v1/events?since=1', '/r/0/1']) {
    const a = await get(path, { accept: 'application/json' })
    assert.equal(a.status, 200, path)
    assert.match(a.headers['content-type'], /^application\/json/, path)
    assert.ok(a.headers['cache-control'], path)
    assert.match(a.headers.etag ?? '', /^(W\/)?"[^"]+"$/, path)
    if (!path.includes('events')) assert.equal(a.json.size, entries.length, path)
    assert.ok(Number.isInteger(a.json.size), path)
    const again = await get(path, { accept: 'application/json', 'if-none-match': a.headers.etag })
    assert.deepEqual([again.status, again.bytes.length, again.headers.etag], [304, 0, a.headers.etag], path)
    assert.equal((await get(path, { accept: 'application/json', 'if-none-match': '"other"' })).status, 200)
  }
})
test('docs/formats.md 4: errors as RFC 9457 application/problem+json with the rule\'s name in type', async () => {
  for (const [path, status, options] of [['/api/v1/nothing', 404], ['/api/v1/pledges/NONE:X', 404], ['/api/v1/organizations/NOBODY', 404], ['/nothing', 404], ['/r/999999/1', 404], ['/r/0/99', 404], ['/r/x/1', 404], ['/api/v1/pledges?limit=0', 400], ['/api/v1/pledges?limit=x', 400], ['/api/v1/pledges?after=!', 400], ['/api/v1/pledges?country=nowhere', 400], ['/api/v1/events?since=x', 400], ['/api/v1/status', 405, { method: 'DELETE' }], ['/api/v1/statements', 405], ['/log/checkpoint', 405, { method: 'POST', body: 'x' }]]) {
    const a = await request(`${broker.http}${path}`, options)
    assert.equal(a.status, status, `${path} ${a.text}`)
    assert.match(a.headers['content-type'], /^application\/problem\+json/, path)
    assert.equal(a.json.status, status)
    assert.ok(a.json.type && a.json.title && a.json.detail, a.text)
    if (status === 405) assert.ok(a.headers.allow, path)
  }
})
test('docs/formats.md 4: lists as {"items":[…],"next":"<cursor>"|null}, ?limit= (default 50, at most 1000), ?after=; in order of creation', async () => {
  for (const l of lists) {
    const whole = (await get(`/api/v1/${l}?limit=1000`)).json
    assert.deepEqual((await all(`/api/v1/${l}`)).map((x) => x.id), whole.items.slice(0).map((x) => x.id).concat(whole.next ? (await get(`/api/v1/${l}?limit=1000&after=${id(whole.next)}`)).json.items.map((x) => x.id) : []))
    const created = whole.items.map((x) => x.created.index * 256 + x.created.n)
    assert.deepEqual(created, [...created].sort((a, b) => a - b))
  }
  const plain = (await get('/api/v1/pledges')).json
  assert.equal(plain.items.length, 50)
  assert.ok(plain.next)
  assert.ok((await get('/api/v1/pledges?limit=5000')).json.items.length <= 1000)
})
test('docs/formats.md 4: repeated values mean or, different names mean and; org (any role), donor, recipient, country, network, theme, status, is', async () => {
  const x = pledge(unhcr, { donor: keyless, recipient: ke.org, countries: ['ZM'], themes: ['health'], networks: ['spiac-b'] })
  const y = pledge(unhcr, { recipient: ke.org, countries: ['ZW'], themes: ['children'] })
  await say(unhcr, [x, y])
  const found = async (query) => { const ids = (await all(`/api/v1/pledges?${query}`)).map((i) => i.id); return [ids.includes(x.id), ids.includes(y.id), ids.length] }
  assert.deepEqual(await found('country=ZM'), [true, false, 1])
  assert.deepEqual(await found('country=ZM&country=ZW'), [true, true, 2])
  assert.deepEqual(await found('country=ZM&theme=children'), [false, false, 0])
  assert.deepEqual(await found(`country=ZM&country=ZW&donor=${keyless}`), [true, false, 1])
  assert.deepEqual((await found(`org=${id(ke.org)}&country=ZM&country=ZW`)).slice(0, 2), [true, true])
  assert.deepEqual((await found(`org=${unhcr.org}&country=ZM`)), [true, false, 1], 'the author is a role')
  assert.deepEqual((await found(`recipient=${id(ke.org)}&theme=health&network=spiac-b`)), [true, false, 1])
  assert.deepEqual((await found('status=announced&country=ZM')), [true, false, 1])
  assert.deepEqual((await found('status=received&country=ZM')), [false, false, 0])
  assert.deepEqual((await found('is=pledge&country=ZM')), [true, false, 1])
  const totals = (await get('/api/v1/totals?by=country&country=ZM&country=ZW')).json
  assert.deepEqual(totals.items.map((i) => i.value), ['ZW'], 'a third party speaks of ZM')
  const events = (await get('/api/v1/events?since=0&country=ZM&country=ZW&is=pledge&limit=1000')).json
  assert.deepEqual((events.items ?? events.events).map((e) => e.id), [x.id, y.id])
})
test('docs/formats.md 4: CORS allows GET from anywhere', async () => {
  for (const path of ['/api/v1/status', '/log/checkpoint', '/api/v1/nothing']) assert.equal((await get(path, { origin: 'https://elsewhere.example' })).headers['access-control-allow-origin'], '*', path)
  const p = await request(`${broker.http}/api/v1/pledges`, { method: 'OPTIONS', headers: { origin: 'https://x.example', 'access-control-request-method': 'GET' } })
  assert.match(p.headers['access-control-allow-methods'], /GET/)
})
test('docs/formats.md 4: identifiers in paths are percent-encoded: any character may be', async () => {
  for (const path of ['/api/v1/organizations/%00', '/api/v1/organizations/%ff']) assert.equal((await get(path)).status, 404, path)
  assert.equal((await get(`/api/v1/organizations/${[...unhcr.org].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')}`)).json.id, unhcr.org)
})
test('docs/formats.md 4: texts in the language of lang= or Accept-Language where there is one', async () => {
  const made = pledge(unhcr, { title: { en: 'A school', fr: 'Une école', ar: 'مدرسة' } })
  await say(unhcr, made)
  const title = async (query, headers) => (await get(`/api/v1/pledges/${id(made.id)}${query}`, headers)).json.title
  assert.equal(await title('?lang=fr'), 'Une école')
  assert.equal(await title('?lang=ar'), 'مدرسة')
  assert.equal(await title('', { 'accept-language': 'de, fr;q=0.8, en;q=0.5' }), 'Une école')
  assert.equal(await title('', { 'accept-language': 'en;q=0.1, fr;q=0.9' }), 'Une école')
  assert.equal(await title('?lang=fr', { 'accept-language': 'ar' }), 'Une école')
  assert.equal(await title('?lang=fr-CA'), 'Une école')
  assert.equal(await title('?lang=FR'), 'Une école')
  assert.equal(await title('', { 'accept-language': 'fr;q=0, ar;q=0.001' }), 'مدرسة')
  assert.ok((await title('?lang=de')).length > 0)
  assert.match((await get('/api/v1/pledges')).headers.vary, /accept-language/i)
})
test('docs/formats.md 4: GET /r/<index>/<n>: page or JSON by Accept, with the reference and proof links', async () => {
  const s = await say(unhcr, [pledge(unhcr), pledge(unhcr)])
  const json = await get(`/r/${s.index}/2`, { accept: 'application/json' })
  assert.equal(json.json.reference, s.ref(2))
  assert.ok(json.text.includes(`/log/proof/${s.index}`))
  const page = await get(`/r/${s.index}/2`, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  assert.match(page.headers['content-type'], /^text\/html/)
  assert.ok(page.text.includes(s.ref(2)) && page.text.includes(`/log/proof/${s.index}`))
  assert.match(page.headers.vary, /accept/i)
})
test('docs/formats.md 4: 201 and the receipt, 200 if known, 400 format, 403 signature or authority, 409 state, 413', async () => {
  const url = `${broker.http}/api/v1/statements`
  const note = statement(unhcr, [pledge(unhcr)])
  const send = (body) => request(url, { method: 'POST', body })
  const first = await send(note)
  assert.equal(first.status, 201)
  entries.push(note)
  assert.equal((await send(note)).status, 200)
  assert.equal((await send('x')).status, 400)
  assert.equal((await send(statement(unhcr, [pledge(unhcr)]).replace('A pledge', 'My pledge'))).status, 403)
  assert.equal((await send(statement(unhcr, [pledge(unhcr)], { seq: 1 }))).status, 409)
  assert.equal((await send('x'.repeat(70000))).status, 413)
})
test('docs/formats.md 4: GET /, /healthz, /readyz, /metrics', async () => {
  assert.match((await get('/')).headers['content-type'], /^text\/html/)
  assert.equal((await get('/healthz')).status, 200)
  assert.equal((await get('/readyz')).status, 200)
  assert.match((await get('/metrics')).headers['content-type'], /^text\/plain; version=0\.0\.4/)
  assert.equal((await get('/api/v1/openapi.json')).json.openapi.slice(0, 3), '3.1')
})
test('docs/formats.md 6: avow verify FILE: exit 0 for a receipt of this script\'s statement, 1 for another, 3 without a file', async () => {
  const dir = tempDir('verify')
  const { note, answer } = await say(unhcr, pledge(unhcr))
  fs.writeFileSync(path.join(dir, 'receipt'), answer.text)
  fs.writeFileSync(path.join(dir, 'statement'), note)
  fs.writeFileSync(path.join(dir, 'other'), note.replace('A pledge', 'B pledge'))
  const verify = (statement, vkey = log.vkey, receipt = 'receipt') => run('avow', ['verify', '--log', vkey, '--statement', path.join(dir, statement), path.join(dir, receipt)])
  const yes = await verify('statement')
  assert.equal(yes.code, 0, yes.err)
  assert.ok(yes.out && !yes.err)
  const no = await verify('other')
  assert.deepEqual([no.code, no.out], [1, ''])
  assert.match(no.err, /^avow: error: /)
  assert.equal((await verify('statement', makeKey(origin).vkey)).code, 1)
  assert.equal((await verify('statement', log.vkey, 'nowhere')).code, 3)
})
