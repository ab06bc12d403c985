#!/usr/bin/env node
// Lists: totals by everything, what is due, countries, searching; and every list as CSV, which
// a parser of another program reads back to what the JSON says.
import assert from 'node:assert/strict'
import {
  initBroker, makeLog, post, registration, request, runBroker, runTests, statement, test,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'FR-3'] })
const { steward: ilo, others: [bank, france] } = people
const broker = await runBroker(await initBroker(people))
const get = async (address, headers = {}) => request(`${broker.http}/api/v1/${address}`, { headers })
const json = async (address) => {
  const answer = await get(address, { accept: 'application/json' })
  assert.equal(answer.status, 200, `${address}: ${answer.text}`)
  return answer.json
}
const publish = async (...notes) => {
  for (const note of notes) {
    const answer = await post(broker, note)
    assert.equal(answer.status, 201, answer.text)
  }
}
const usd = (amount) => ({ amount, currency: 'USD' })
const pledged = (org, n, more) => ({ is: 'pledge.made', id: `${org.org}:${n}`, title: `Pledge ${n}`, donor: org.org, recipient: ilo.org, basis: 'announced', money: usd('100.00'), ...more })

// Titles that a spreadsheet would take for something else, or that need quotes.
const odd = ['=HYPERLINK("https://a.example/","x")', '+1', '-1', '@SUM(1)', 'a, "b"; c', "'quoted", 'Été à Tōkyō', '  = not a formula', '٣ كلمات', '＝1+1', "'=1", "''-1"]

await publish(
  registration(people),
  statement(ilo, [
    { is: 'organization.listed', org: 'KE-GOV', name: { en: 'Government of Kenya', fr: 'Gouvernement du Kenya' }, org_type: '10', country: 'KE', aliases: ['Jamhuri ya Kenya'] },
    {
      is: 'commitment.proposed', id: `${ilo.org}:C`, title: { en: 'A floor for Kenya', fr: 'Un socle pour le Kenya' }, countries: ['KE'],
      parties: [{ org: ilo.org, role: 'lead' }, { org: 'KE-GOV', role: 'national-authority' }],
      deliverables: [
        { id: 'S', title: 'Strategy', measure: 'qualitative', step: 1, due: '2027-03', responsible: ['KE-GOV'] },
        { id: 'P', title: 'People', measure: 'unit', unit: 'people', target: '-5', baseline: '10', step: 3, due: '2027-06-01', milestones: [{ period: { end: '2026' }, target: '4' }] },
        { id: 'Z', title: 'Elsewhere', measure: 'qualitative', country: 'ZM', due: '2028' },
        { id: 'O', title: 'Other', measure: 'qualitative', country: 'KE' },
      ],
    },
    { is: 'partnership.proposed', id: `${ilo.org}:F`, title: 'A window', kind: 'fund-window', parties: [{ org: ilo.org }, { org: bank.org }], countries: ['KE', 'ZM'] },
  ]),
  statement(bank, [
    pledged(bank, 1, { countries: ['KE', 'ZM'], for: `${ilo.org}:C`, on: '2025-05', schedule: [{ due: '2026-12', money: usd('60.00') }, { due: '2027-12-31', money: usd('40.00') }] }),
    pledged(bank, 2, { own_funds: true, recipient: bank.org, period: { start: '2024' } }),
    pledged(bank, 3, { from_fund: `${ilo.org}:F`, countries: ['KE'] }),
    ...odd.map((title, i) => pledged(bank, `odd-${i}`, { title, money: { amount: String(1000 + i), currency: 'JPY' } })),
  ]),
  statement(france, [pledged(france, 1, { donor: 'KE-GOV', title: 'Told by a third', countries: ['KE'] })]),
  statement(bank, [{ is: 'pledge.disbursed', id: '44000:1', tx: 'T', money: usd('70.00') }]),
  statement(ilo, [{ is: 'commitment.progressed', id: `${ilo.org}:C`, deliverable: 'P', value: '3', period: { end: '2026-02' } }]),
)

// --- CSV (RFC 4180), read by a parser of its own -----------------------------------------------

function parse(text) {
  const rows = [[]]
  let at = 0
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      for (at++; ; at++) {
        assert.ok(at < text.length, 'a quote that does not end')
        if (text[at] !== '"') cell += text[at]
        else if (text[at + 1] === '"') { cell += '"'; at++ } else break
      }
      at++
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') {
        assert.ok(text[at] !== '"' && text[at] !== '\n', `unquoted: ${JSON.stringify(text.slice(at - 9, at + 9))}`)
        cell += text[at++]
      }
    }
    rows.at(-1).push(cell)
    if (text[at] === ',') at++
    else {
      assert.equal(text.slice(at, at + 2), '\r\n')
      at += 2
      if (at < text.length) rows.push([])
    }
  }
  const [head, ...body] = rows
  return body.map((row) => {
    assert.equal(row.length, head.length)
    return Object.fromEntries(head.map((name, i) => [name, row[i]]))
  })
}

// What a column holds of an item.
const paths = {
  created_at: 'created.at', created_index: 'created.index', parties: 'parties.org', party_names: 'parties.name', party_roles: 'parties.role', party_states: 'parties.state',
  signed: 'signed.signed', of: 'signed.of', on_paper: 'signed.on_paper', conveners: 'conveners.org', convener_roles: 'conveners.role',
  quorum_admit: 'quorum.admit', quorum_speak: 'quorum.speak', responsible: 'responsible.org', responsible_names: 'responsible.name', amount: 'money.amount',
}
const sums = ['pledged', 'new', 'committed', 'disbursed', 'received', 'fees', 'decommitted', 'refunded', 'spent', 'outstanding', 'disputed']
function cellOf(item, column) {
  const path = (paths[column] ?? (item.kind === 'pledge' && item.money && sums.includes(column) ? `money.${column}` : item.item && column === 'currency' ? 'money.currency' : column)).split('.')
  const follow = (value, [name, ...rest]) => {
    if (Array.isArray(value)) return value.map((one) => follow(one, name === undefined ? [] : [name, ...rest])).join(';')
    if (value === undefined || value === null) return ''
    return name === undefined ? String(value) : follow(value[name], rest)
  }
  return follow(item, path)
}
const numeric = /^-?[0-9.]+$/
const defuse = (text) => (/^'*[=+\-@\t\r]/.test(text) && !numeric.test(text) ? `'${text}` : text)

const lists = ['networks', 'organizations', 'partnerships', 'commitments', 'declarations', 'pledges', 'countries', 'events', 'due?on=2099-12-31', 'search?q=pledge', 'search?q=k']
const withFormat = (list) => `${list}${list.includes('?') ? '&' : '?'}format=csv`

test('each list is a table of the same items', async () => {
  for (const list of lists) {
    const { items } = await json(`${list}${list.includes('?') ? '&' : '?'}limit=1000`)
    const table = await get(`${withFormat(list)}&limit=1000`)
    assert.equal(table.headers['content-type'], 'text/csv; charset=utf-8', list)
    assert.equal(table.headers.link, undefined, list)
    const rows = parse(table.text)
    assert.equal(rows.length, items.length, list)
    for (const [i, row] of rows.entries())
      for (const [column, cell] of Object.entries(row)) {
        const expected = cellOf(items[i], column)
        assert.ok(cell === defuse(expected) || cell === `'${expected}`, `${list} ${i} ${column}: ${JSON.stringify(cell)} of ${JSON.stringify(expected)}`)
      }
  }
})

test('what a spreadsheet would take for a formula is defused', async () => {
  const rows = parse((await get('pledges?format=csv&limit=1000')).text)
  assert.deepEqual(rows.filter((r) => r.id.includes('odd')).map((r) => r.title), odd.map((t) => (/^'*[=+\-@＝]/.test(t) ? `'${t}` : t)))
  assert.deepEqual(rows.find((r) => r.id === '44000:odd-0').pledged, '1000', 'a currency without minor units')
  assert.equal(rows.find((r) => r.id === '44000:1').outstanding, '30.00')
  const due = parse((await get('due?format=csv&on=2099-01-01')).text)
  assert.equal(due.find((r) => r.item === 'P').target, '-5', 'a number is no formula')
  for (const text of [(await get('pledges?format=csv&limit=1000')).text, (await get('events?format=csv')).text])
    for (const cell of parse(text).flatMap((r) => Object.values(r))) assert.doesNotMatch(cell, /^[=+@\t\r]/)
})

test('pages are linked, and the link leads through all of them', async () => {
  for (const list of ['pledges', 'organizations', 'events', 'due?on=2099-12-31', 'search?q=pledge', 'totals?by=year', 'countries']) {
    const whole = parse((await get(`${withFormat(list)}&limit=1000`)).text)
    const rows = []
    let address = `/api/v1/${withFormat(list)}&limit=1`
    for (let pages = 0; address; pages++) {
      assert.ok(pages < 200)
      const page = await request(broker.http + address)
      assert.equal(page.status, 200, page.text)
      rows.push(...parse(page.text))
      const link = page.headers.link
      address = link && /^<([^<>]+)>; rel="next"$/.exec(link)[1]
    }
    assert.deepEqual(rows, whole, list)
  }
})

test('Accept asks for it, too; one thing is its history; the rest is JSON', async () => {
  assert.match((await get('networks', { accept: 'text/csv' })).headers['content-type'], /^text\/csv/)
  assert.match((await get('networks', { accept: 'text/csv, application/json' })).headers['content-type'], /^application\/json/)
  assert.match((await get('networks?format=json', { accept: 'text/csv' })).headers['content-type'], /^application\/json/)
  const item = await json(`pledges/${encodeURIComponent('44000:1')}`)
  const rows = parse((await get(`pledges/${encodeURIComponent('44000:1')}?format=csv`)).text)
  assert.deepEqual(rows.map((r) => [r.index, r.n, r.is, r.text]), item.history.items.map((r) => [String(r.index), String(r.n), r.is, r.text]))
  for (const address of ['status?format=csv', 'countries/KE?format=csv', 'pledges?format=xml', 'openapi.json?format=csv'])
    assert.deepEqual([(await get(address)).status, (await get(address)).json.type], [406, 'format'], address)
  assert.equal((await get('nothing?format=csv')).status, 404)
  assert.equal((await get('pledges?format=csv&limit=0')).json.type, 'query.number')
})

// --- totals ------------------------------------------------------------------------------------

test('totals by status, year, fund and purpose; own funds and what was passed on apart', async () => {
  const by = async (what, more = '') => Object.fromEntries((await json(`totals?by=${what}${more}`)).items.filter((i) => i.currency === 'USD').map((i) => [i.value, i]))
  assert.deepEqual(Object.entries(await by('year')).map(([year, i]) => [year, i.pledged]).sort(), [['2024', '100.00'], ['2025', '100.00'], [String(new Date().getUTCFullYear()), '100.00']].sort())
  const fund = (await by('fund'))[`${ilo.org}:F`], purpose = (await by('for'))[`${ilo.org}:C`], own = (await by('year'))['2024']
  assert.deepEqual([fund.name, fund.new, fund.passed_on, fund.own_funds], ['A window', '0.00', '100.00', '0.00'])
  assert.deepEqual([own.new, own.passed_on, own.own_funds], ['0.00', '0.00', '100.00'])
  assert.deepEqual([purpose.name, purpose.disbursed, purpose.outstanding, purpose.pledges], ['A floor for Kenya', '70.00', '30.00', 1])
  assert.deepEqual(Object.keys(await by('status')).sort(), ['announced', 'part-disbursed'])
  assert.equal((await by('status', '&third_party=1')).announced.attested['third-party'].pledged, '100.00')
})

test('in every table of totals the rows of one thing add up to it, kept or not', async () => {
  for (const what of ['network', 'donor', 'recipient', 'country', 'currency', 'status', 'year', 'fund', 'for'])
    for (const filter of ['', '&country=KE', '&donor=44000', '&donor=44000&country=KE']) {
      const { items, total } = await json(`totals?by=${what}&third_party=1${filter}`)
      const rows = parse((await get(`totals?by=${what}&third_party=1${filter}&format=csv`)).text)
      const add = (list) => list.reduce((sum, text) => sum + BigInt(text.replace('.', '')), 0n)
      for (const item of items)
        for (const column of ['pledged', 'passed_on', 'outstanding', 'disbursed'])
          assert.equal(add(rows.filter((r) => r.value === item.value && r.currency === item.currency).map((r) => r[column])), add([item[column]]), `${what}${filter} ${item.value} ${column}`)
      if (!['network', 'country', 'fund', 'for'].includes(what))
        for (const one of total) assert.equal(add(items.filter((i) => i.currency === one.currency).map((i) => i.outstanding)), add([one.outstanding]))
    }
})

// --- due ---------------------------------------------------------------------------------------

test('what is due comes by day, with who is responsible', async () => {
  const short = async (address) => (await json(address)).items.map((i) => [i.day, i.state, i.id, i.item, i.responsible.map((r) => r.org).join()])
  const C = `${ilo.org}:C`
  assert.deepEqual(await short('due?on=2027-03-31'), [
    ['2027-03-31', 'due', C, 'S', 'KE-GOV'],
  ])
  assert.deepEqual(await short('due?on=2028-12-31'), [
    ['2027-03-31', 'overdue', C, 'S', 'KE-GOV'],
    ['2027-06-01', 'overdue', C, 'P', ilo.org],
    ['2027-12-31', 'overdue', '44000:1', '2', '44000'],
    ['2028-12-31', 'due', C, 'Z', ilo.org],
  ])
  assert.deepEqual((await short('due?on=2099-01-01&country=ZM')).map((i) => i[3]), ['2', 'Z'])
  assert.deepEqual((await short('due?on=2099-01-01&is=pledge')).map((i) => i[3]), ['2'])
  const [, people] = (await json('due?on=2028-12-31')).items
  assert.deepEqual([people.deliverable_title, people.percent, people.value, people.target, people.stale, people.milestone], ['People', 46, '3', '-5', 'red', false])
  const payment = (await json('due?on=2028-12-31')).items[2]
  assert.deepEqual([payment.money, payment.paid, payment.due], [usd('40.00'), '10.00', '2027-12-31'])
  assert.deepEqual((await json('due')).on, new Date().toISOString().slice(0, 10))
  for (const wrong of ['due?on=2027', 'due?on=2027-02-30', 'due?after=x'])
    assert.equal((await get(wrong)).status, 400, wrong)
})

// --- countries ---------------------------------------------------------------------------------

test('a country shows its steps, deliverables, agreements and money', async () => {
  const { items } = await json('countries')
  assert.deepEqual(items.map((i) => [i.code, i.name, i.partnerships, i.commitments, i.pledges]), [['KE', 'Kenya', 1, 1, 3], ['ZM', 'Zambia', 1, 1, 1]])
  const ke = await json('countries/KE'), zm = await json('countries/ZM')
  assert.deepEqual(ke.steps.map((s) => s.deliverables.map((d) => d.deliverable.id)), [['S'], [], ['P']])
  assert.deepEqual(ke.deliverables.map((d) => [d.deliverable.id, d.commitment.id]), [['O', `${ilo.org}:C`]])
  assert.deepEqual(zm.deliverables.map((d) => d.deliverable.id), ['Z'])
  assert.deepEqual(ke.money.map((m) => [m.currency, m.pledged, m.outstanding]), [['USD', '200.00', '130.00']])
  assert.deepEqual(ke.pledges.map((p) => p.id), ['44000:1', '44000:3', 'FR-3:1'])
  assert.equal((await json('countries/KE?limit=1')).pledges.length, 1)
  assert.equal((await get('countries/Atlantis')).status, 404)
  assert.deepEqual((await json('countries/AD')).counts, { partnerships: 0, commitments: 0, declarations: 0, pledges: 0 })
})

// --- search ------------------------------------------------------------------------------------

test('words are found in every language, without accents, from their beginnings', async () => {
  const ids = async (q, more = '') => (await json(`search?q=${encodeURIComponent(q)}${more}`)).items.map((i) => i.id)
  assert.deepEqual(await ids('kenya'), ['KE-GOV', `${ilo.org}:C`])
  assert.deepEqual(await ids('GOUVERNEMENT'), ['KE-GOV'])
  assert.deepEqual(await ids('jamhuri'), ['KE-GOV'])
  assert.deepEqual(await ids('socle ken'), [`${ilo.org}:C`])
  assert.deepEqual(await ids('ete tokyo'), ['44000:odd-6'])
  assert.deepEqual(await ids('كلم'), ['44000:odd-8'])
  assert.deepEqual(await ids('44000:odd-3'), ['44000:odd-3'])
  assert.deepEqual(await ids('kenya', '&is=organization'), ['KE-GOV'])
  assert.deepEqual(await ids('spiac'), ['spiac-b'])
  assert.deepEqual(await ids('countryke'), [], 'words of the index that nobody wrote')
  assert.match((await json('search?q=socle')).items[0].snippet, /Un socle/)
})

test('nothing that is typed is syntax', async () => {
  const hostile = ['"', '""', '" OR 1', 'a" OR "b', '*', '^pledge', 'NEAR(a b)', 'id:44000', 'title : x', '{id} : x', '-x', 'a AND', 'NOT', '(', ')))', "'; DROP TABLE search; --", '\\', 'x'.repeat(200), 'ﷺ', '😀', '—', '\u0301', 'a\tb\nc', '%', 'facets : "countryke"', 'OR OR OR']
  for (const q of hostile) {
    const answer = await get(`search?q=${encodeURIComponent(q)}`)
    assert.ok(answer.status === 200 || (answer.status === 400 && answer.json.type === 'query.search'), `${q}: ${answer.status} ${answer.text}`)
  }
  let seed = 7
  const next = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n }
  const parts = ['"', '*', '(', ')', ':', '+', '-', '^', 'AND', 'OR', 'NOT', 'NEAR', ' ', 'pledge', '{', '}', ',', "'", '\\', 'é']
  for (let i = 0; i < 300; i++) {
    const q = Array.from({ length: 1 + next(12) }, () => parts[next(parts.length)]).join('')
    const { status } = await get(`search?q=${encodeURIComponent(q)}`)
    assert.ok(status === 200 || status === 400, q)
  }
  for (const q of ['', 'x'.repeat(201), 'a b c d e f g h i', '%FF'])
    assert.equal((await get(`search?q=${q.startsWith('%') ? q : encodeURIComponent(q)}`)).status, 400, q)
  assert.equal((await get('search')).status, 400)
})

await runTests()
