#!/usr/bin/env node
// Every documented GET answer in JSON validates against the schemas that the server itself
// gives, the description included.
//   openapi.mjs [BASE-URL…]     without one: a broker of its own, with a story in it
import assert from 'node:assert/strict'
import Ajv from 'ajv/dist/2020.js'

import { request, runTests, test } from './lib.mjs'
import { tellStory } from '../browser/story.mjs'

const kinds = ['networks', 'organizations', 'partnerships', 'commitments', 'declarations', 'pledges']
const bys = ['network', 'donor', 'recipient', 'country', 'currency', 'status', 'year', 'fund', 'for']

// Which addresses there are of each documented path, in the log as it is.
async function addresses(base) {
  const list = [['/api/v1/status', '/api/v1/status'], ['/api/v1/events', '/api/v1/events?limit=1000'], ['/api/v1/events', '/api/v1/events?since=2&country=PS']]
  for (const kind of kinds) {
    let next = ''
    do {
      const address = `/api/v1/${kind}?limit=2${next ? `&after=${encodeURIComponent(next)}` : ''}`
      const page = (await request(base + address)).json
      list.push([`/api/v1/${kind}`, address])
      for (const item of page.items)
        list.push([`/api/v1/${kind}/{id}`, `/api/v1/${kind}/${encodeURIComponent(item.id)}?limit=3`])
      next = page.next
    } while (next)
    list.push([`/api/v1/${kind}`, `/api/v1/${kind}?country=KE&network=spiac-b`])
  }
  for (const by of bys) {
    list.push(['/api/v1/totals', `/api/v1/totals?by=${by}`], ['/api/v1/totals', `/api/v1/totals?by=${by}&third_party=1`],
      ['/api/v1/totals', `/api/v1/totals?by=${by}&country=PS`])
  }
  list.push(['/api/v1/countries', '/api/v1/countries'], ['/api/v1/due', '/api/v1/due?on=2099-12-31'], ['/api/v1/due', '/api/v1/due'])
  for (const { code } of (await request(`${base}/api/v1/countries`)).json.items)
    list.push(['/api/v1/countries/{code}', `/api/v1/countries/${code}?limit=2`])
  for (const q of ['a', 'pl', 'ILO', 'plan social'])
    list.push(['/api/v1/search', `/api/v1/search?q=${encodeURIComponent(q)}`])
  for (const { index, n } of (await request(`${base}/api/v1/events?limit=1000`)).json.items)
    list.push(['/r/{index}/{n}', `/r/${index}/${n}`])
  return list
}

function validator(description) {
  const ajv = new Ajv({ strict: false, allErrors: true, schemas: [{ ...description, $id: 'avow' }] })
  return (schema, value, what) => {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"avow#/'))
    const check = ajv.compile(absolute)
    assert.ok(check(value), `${what}: ${ajv.errorsText(check.errors)}`)
  }
}

function testServer(base) {
  let description, validate, all

  test(`${base()}: the description is OpenAPI 3.1, and each schema compiles`, async () => {
    const answer = await request(`${base()}/api/v1/openapi.json`)
    assert.equal(answer.status, 200)
    description = answer.json
    assert.match(description.openapi, /^3\.1\./)
    validate = validator(description)
    for (const name of Object.keys(description.components.schemas))
      new Ajv({ strict: false, schemas: [{ ...description, $id: 'avow' }] }).compile({ $ref: `avow#/components/schemas/${name}` })
    all = await addresses(base())
  })
  test(`${base()}: each operation is described whole: id, security, parameters, answers and refusals`, async () => {
    const resolve = (at) => at.$ref ? at.$ref.slice(2).split('/').reduce((o, name) => o[name.replaceAll('~1', '/')], description) : at
    const ids = new Set(), wrong = []
    for (const [path, on] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(on)) {
        const say = (what) => wrong.push(`${method} ${path}: ${what}`)
        if (!/^[a-z][A-Za-z]+$/.test(operation.operationId ?? '') || ids.has(operation.operationId)) say('operationId')
        ids.add(operation.operationId)
        if (!Array.isArray(operation.security)) say('security')
        if (!operation.summary) say('summary')
        const declared = (operation.parameters ?? []).map(resolve).filter((p) => p.in === 'path').map((p) => p.name)
        assert.deepEqual(declared.sort(), [...path.matchAll(/\{([a-z]+)\}/g)].map((m) => m[1]).sort(), path)
        const statuses = Object.keys(operation.responses)
        if (!statuses.some((s) => s.startsWith('2'))) say('2xx')
        if (!statuses.some((s) => s.startsWith('4'))) say('4xx')
        for (const answer of Object.values(operation.responses).map(resolve)) if (!answer?.description) say('an answer without a description')
      }
    }
    assert.deepEqual(wrong, [])
    for (const [, ref] of JSON.stringify(description).matchAll(/"\$ref":"(#[^"]+)"/g)) assert.ok(resolve({ $ref: ref }), ref)
  })
  test(`${base()}: every answer in JSON is as described`, async () => {
    const covered = new Set()
    for (const [path, address] of all) {
      const answer = await request(base() + address, { headers: { accept: 'application/json' } })
      assert.equal(answer.status, 200, address)
      assert.match(answer.headers['content-type'], /^application\/json/)
      assert.ok(answer.headers.etag && answer.headers['cache-control'], address)
      validate(description.paths[path].get.responses['200'].content['application/json'].schema, answer.json, address)
      covered.add(path)
    }
    const documented = Object.entries(description.paths).filter(([, on]) => on.get?.responses['200'].content['application/json']).map(([path]) => path)
    assert.deepEqual(documented.filter((path) => !covered.has(path)), [], 'documented, but not asked for')
  })
  test(`${base()}: problems are as described`, async () => {
    const schema = description.components.schemas.Problem
    for (const [address, path] of [['/api/v1/pledges/none', '/api/v1/pledges/{id}'], ['/api/v1/pledges?country=Atlantis', '/api/v1/pledges'],
      ['/api/v1/totals?by=colour', '/api/v1/totals'], ['/api/v1/events?since=99999999', '/api/v1/events'], ['/nothing'], ['/api/v1/statements'],
      ['/api/v1/status?donr=x', '/api/v1/status'], ['/log/tile/0/x999', '/log/tile/{tile}'], ['/log/proof/99999999', '/log/proof/{index}'],
      ['/log/checkpoint/99999999', '/log/checkpoint/{size}'], ['/r/99999999/1', '/r/{index}/{n}']]) {
      const answer = await request(base() + address)
      if (path) assert.ok(answer.status in description.paths[path].get.responses, `${address}: ${answer.status} is not described`)
      assert.ok(answer.status >= 400, address)
      assert.match(answer.headers['content-type'], /^application\/problem\+json/)
      validate(schema, answer.json, address)
      assert.equal(answer.json.status, answer.status)
    }
  })
  test(`${base()}: documented texts and tiles are there`, async () => {
    const { size } = (await request(`${base()}/api/v1/status`)).json
    for (const address of ['/log/checkpoint', '/log/policy', `/log/proof/${size - 1}`])
      assert.match((await request(base() + address)).headers['content-type'], /^text\/plain/, address)
    const tile = await request(`${base()}/log/tile/0/000${size < 256 ? `.p/${size}` : ''}`)
    assert.equal(tile.bytes.length, 32 * Math.min(size, 256))
  })
}

// What the page's story leaves out: a declaration, amendments, and what is said of records.
async function tellMore({ broker, ilo, kuwait, unicef, publish }) {
  const item = async (kind, id) => (await request(`${broker.http}/api/v1/${kind}/${encodeURIComponent(id)}`)).json
  const money = (amount) => ({ amount, currency: 'USD' })
  const pledge = 'XM-DAC-41302:PL-1', commitment = 'XM-DAC-41302:C-1', partnership = 'XM-DAC-41302:P-1'

  await publish(ilo, [{ is: 'declaration.proposed', id: 'XM-DAC-41302:D-1', title: 'Floors for all', text: { en: 'We call for floors.', fr: 'Des socles.' }, networks: ['spiac-b'], parties: [{ org: ilo.org }, { org: unicef.org }] }], { with: [unicef.org] }, unicef)
  await publish(ilo, [{
    is: 'pledge.amended', id: pledge, rev: (await item('pledges', pledge)).rev, why: 'amendment', reason: 'more, and in two payments',
    set: { money: money('900000.00'), schedule: [{ due: '2026-06', money: money('400000.00') }, { due: '2027', money: money('500000.00') }] },
  }])
  await publish(kuwait, [{ is: 'pledge.accepted', id: pledge, rev: (await item('pledges', pledge)).rev }])
  const { transactions } = await item('pledges', pledge)
  await publish(ilo, [{ is: 'record.disputed', ref: transactions[0].reference, reason: 'it was not signed' }])
  await publish(ilo, [{ is: 'record.settled', ref: transactions[0].reference, reason: 'it was' }])
  await publish(ilo, [{ is: 'record.disputed', ref: transactions[1].reference, reason: 'it has not arrived' }, { is: 'record.voided', ref: transactions[2].reference, reason: 'of another pledge' }])
  await publish(unicef, [{ is: 'pledge.made', id: 'XM-DAC-41122:PL-5', title: 'For the floor', donor: 'XM-DAC-41122', recipient: 'XM-DAC-41302', basis: 'agreement', money: money('10.00'), for: commitment, countries: [] }])
  await publish(ilo, [{ is: 'partnership.amended', id: partnership, rev: (await item('partnerships', partnership)).rev, why: 'amendment', reason: 'a budget', set: { budget: money('100.00'), budget_lines: [{ id: 'L1', title: 'Staff', money: money('60.00') }] } }])
  await publish(kuwait, [{ is: 'partnership.accepted', id: partnership, rev: (await item('partnerships', partnership)).rev, capacity: 'Director', signed_on: '2026-11-01' }])
  await publish(ilo, [{ is: 'partnership.amended', id: partnership, rev: (await item('partnerships', partnership)).rev, why: 'amendment', reason: 'longer', set: { period: { end: '2030' } } }])
  await publish(ilo, [{ is: 'partnership.suspended', id: partnership, reason: 'until there is money' }])
}

const given = process.argv.slice(2).map((url) => url.replace(/\/$/, ''))
if (given.length === 0) {
  const story = await tellStory()
  await tellMore(story)
  given.push(story.broker.http)
}
for (const url of given)
  testServer(() => url)
await runTests()
