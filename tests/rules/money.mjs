#!/usr/bin/env node
// Every amount is exact: random pledges and transactions in currencies of 0, 2, 3 and 4 minor
// units, at the edges of what can be stated, passed on in chains, counted in other currencies,
// with fees, refunds, decommitments and withdrawals, are added up here in BigInt; the rows of the
// ledger must say the same. So must splits of a hundred with many decimals.
//   BIN=… [SEED=…] tests/rules/money.mjs
import assert from 'node:assert/strict'
import { runTests, test } from '../e2e/lib.mjs'
import { Ledger, frame } from '../model/ledger.mjs'
import { Stage, money, pledge } from './stories.mjs'

const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 32))
console.log(`# SEED=${seed}`)

// mulberry32
let state = seed >>> 0
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const below = (n) => Math.floor(random() * n)
const pick = (list) => list[below(list.length)]
const chance = (p) => random() < p
const digits = (n) => { let v = 0n; for (let i = 0; i < n; i++) v = v * 10n + BigInt(below(10)); return v }

const units = { JPY: 0, USD: 2, KWD: 3, UYW: 4 }
const MAX = 9n * 10n ** 15n

// An amount in minor units: small, of any length, or at the upper edge.
function anyMinor() {
  const edge = below(6)
  if (edge === 0) return 1n + digits(1)
  if (edge === 1) return MAX - digits(1)
  if (edge === 2) return MAX
  const v = digits(1 + below(16))
  return v === 0n ? 1n : v > MAX ? MAX : v
}

// As somebody may write it: with all its decimals, or without the last ones that are zero.
function written(minor, currency) {
  const n = units[currency], text = String(minor).padStart(n + 1, '0')
  if (n === 0) return text
  let fraction = text.slice(-n)
  while (fraction.endsWith('0') && chance(0.7)) fraction = fraction.slice(0, -1)
  return text.slice(0, -n) + (fraction ? `.${fraction}` : '')
}

// --- what is said, and what it adds up to -------------------------------------------------------

const names = ['44000', 'FR-3', 'DE-1', 'KE-GOV', 'XM-DAC-41140']
const pledges = new Map()
let serial = 0
const max = (a, b) => (a > b ? a : b), min = (a, b) => (a < b ? a : b)

function makes(author) {
  const currency = pick(Object.keys(units)), id = `${author}:${++serial}`, minor = anyMinor()
  const own = chance(0.1), donates = own || chance(0.6)
  const other = own ? author : pick(names.filter((n) => n !== author))
  const p = { id, currency, promised: minor, donor: donates ? author : other, recipient: donates ? other : author, own, attested: own || donates ? 'donor' : 'recipient',
    countries: ['KE', 'PS', 'MW'].filter(() => chance(0.4)), funded: 0n, firm: 0n, decommitted: 0n, disbursed: 0n, received: 0n, fees: 0n, refunded: 0n, withdrawn: false }
  const sources = [...pledges.values()].filter((q) => q.recipient === p.donor && q.currency === currency && !q.own)
  const by = own || !chance(0.5) ? [] : sources.slice(-1 - below(2)).map((q) => ({ q, minor: chance(0.5) ? minor : anyMinor() }))
  p.funded = by.reduce((sum, f) => sum + f.minor, 0n)
  pledges.set(id, p)
  return pledge(id, {
    donor: p.donor, recipient: p.recipient, money: money(written(minor, currency), currency), countries: p.countries,
    ...(own ? { own_funds: true } : {}), ...(by.length ? { funded_by: by.map((f) => ({ pledge: f.q.id, money: money(written(f.minor, currency), currency) })) } : {}),
  })
}

// What the money of a transaction is, and what of it counts.
function amount(p) {
  const minor = anyMinor(), counted = money(written(minor, p.currency), p.currency)
  if (chance(0.7)) return { minor, said: { money: counted } }
  const currency = pick(Object.keys(units).filter((c) => c !== p.currency))
  return { minor, said: { money: money(written(anyMinor(), currency), currency), counts: counted } }
}

function acts(author) {
  const mine = [...pledges.values()].filter((p) => !p.withdrawn && (p.donor === author || p.recipient === author))
  if (mine.length === 0) return makes(author)
  const p = pick(mine), tx = `T${++serial}`
  if (p.donor === author && p.attested === 'donor' && chance(0.05)) {
    p.withdrawn = true
    return { is: 'pledge.withdrawn', id: p.id, reason: 'R' }
  }
  const may = ['committed', 'decommitted', ...(p.donor === author ? ['disbursed'] : []), ...(p.recipient === author ? ['received', 'refunded'] : [])]
  const what = pick(may), { minor, said } = amount(p)
  const record = { is: `pledge.${what}`, id: p.id, tx, ...said }
  p[what === 'committed' ? 'firm' : what] += minor
  if (what === 'received' && chance(0.3)) {
    const fees = anyMinor()
    p.fees += fees
    record.fees = money(written(fees, p.currency), p.currency)
  }
  return record
}

// docs/vocabulary.md, "Counted once", and what docs/rules.md says of pledges.
function adds(p) {
  const sent = max(p.disbursed, p.received + p.fees), net = max(0n, p.firm - p.decommitted)
  const pledged = p.withdrawn ? min(p.promised, sent) : p.promised
  return {
    pledged, new: p.own ? 0n : max(0n, pledged - p.funded), committed: p.withdrawn ? min(net, sent) : net,
    disbursed: p.disbursed, received: p.received, refunded: p.refunded, outstanding: max(0n, pledged - p.decommitted - sent), own_funds: p.own ? pledged : 0n, pledges: 1n,
  }
}

const columns = ['pledged', 'new', 'own_funds', 'committed', 'disbursed', 'received', 'refunded', 'outstanding', 'pledges']

function totals() {
  const sums = new Map()
  for (const p of pledges.values()) {
    const share = adds(p)
    const keys = ['all all', `donor ${p.donor}`, `recipient ${p.recipient}`, `currency ${p.currency}`, ...p.countries.map((c) => `country ${c}`)]
    for (const key of keys) {
      const name = `${key.toLowerCase()} ${p.currency.toLowerCase()} ${p.attested}`
      const sum = sums.get(name) ?? Object.fromEntries(columns.map((c) => [c, 0n]))
      for (const c of columns) sum[c] += share[c]
      sums.set(name, sum)
    }
  }
  return sums
}

// --- against the ledger ---------------------------------------------------------------------------

const ledger = new Ledger('-t')
const frames = [frame('N')]
const [{ codes }] = await ledger.ask([frame('V')])
const stage = new Stage('money', codes, ({ note }) => frames.push(frame('S', note)))
stage.say(stage.ilo, stage.charter(), { by: [stage.unicef] })
const keys = new Map(stage.join(...names).map((k) => [k.org, k]))
// Signatures are not what is tested here; each statement has one all the same.
const publish = (author, records) => stage.say(keys.get(author), records)
async function flush() {
  const answers = await ledger.ask(frames.splice(0))
  for (const a of answers.slice(answers[0].new ? 1 : 0)) assert.ok('accepted' in a, JSON.stringify(a))
}
const rowsOf = async (table) => (await ledger.ask([frame('D', table)]))[0]

function compare(rows) {
  const subjects = new Map(rows.filter((r) => r.table === 'subject').map((r) => [r.row.id, r.row]))
  assert.equal(subjects.size, pledges.size)
  for (const p of pledges.values()) {
    const row = subjects.get(p.id), told = (name) => BigInt(row.money[name] ?? 0)
    const share = adds(p)
    for (const name of ['promised', 'firm', 'decommitted', 'disbursed', 'received', 'fees', 'refunded', 'funded']) assert.equal(told(name), p[name], `${p.id} ${name}`)
    for (const name of ['pledged', 'new', 'committed', 'outstanding']) assert.equal(told(name), share[name], `${p.id} ${name}`)
    assert.equal(row.currency, p.currency)
  }
  const expected = totals()
  let seen = 0
  for (const { key, row } of rows.filter((r) => r.table === 'total')) {
    if (!['all', 'donor', 'recipient', 'currency', 'country'].includes(row.by)) continue
    for (const attested of ['donor', 'recipient', 'both', 'third-party']) {
      const sum = expected.get(`${row.by} ${row.value.toLowerCase()} ${row.currency.toLowerCase()} ${attested}`)
      if (row[attested] === undefined || (sum === undefined && columns.every((c) => BigInt(row[attested][c]) === 0n))) { assert.equal(sum, undefined, key); continue }
      for (const c of columns) assert.equal(BigInt(row[attested][c]), sum?.[c], `${key} ${attested} ${c}`)
      seen++
    }
  }
  assert.equal(seen, expected.size)
}

test('pledges and transactions at the edges add up', async () => {
  for (let i = 0; i < 60; i++) {
    const author = pick(names)
    publish(author, Array.from({ length: 1 + below(30) }, () => (chance(0.3) ? makes(author) : acts(author))))
  }
  await flush()
  compare(await rowsOf('subject,total'))
})

test('sums beyond 64 bits are exact', async () => {
  const largest = { id: '', currency: 'JPY', promised: MAX, donor: '44000', recipient: 'FR-3', own: false, attested: 'donor', countries: ['KE'], funded: 0n, firm: 0n, decommitted: 0n, disbursed: 0n, received: 0n, fees: 0n, refunded: 0n, withdrawn: false }
  for (let n = 0; n < 5; n++) {
    const more = Array.from({ length: 230 }, () => ({ ...largest, id: `44000:M${++serial}` }))
    for (const p of more) pledges.set(p.id, p)
    publish('44000', more.map((p) => pledge(p.id, { recipient: p.recipient, money: money(String(MAX), 'JPY'), countries: p.countries })))
  }
  await flush()
  assert.ok(totals().get('all all jpy donor').pledged > 2n ** 63n)
  compare(await rowsOf('subject,total'))
})

test('splits add up to a hundred to the last decimal', async () => {
  const hundred = 10n ** 18n // in units of 10^-16
  const percent = (v) => { // at most 18 digits
    const text = String(v).padStart(17, '0'), fraction = text.slice(-16).replace(/0+$/, '')
    return text.slice(0, -16) + (fraction ? `.${fraction}` : '')
  }
  const codes = ['KE', 'UG', 'TZ', 'MW', 'PS', 'ZM', 'RW', 'SO']
  const asked = []
  for (let i = 0; i < 60; i++) {
    const n = 2 + below(codes.length - 1)
    let left = hundred
    const parts = Array.from({ length: n - 1 }, () => { const v = 1n + (left / 2n > 1n ? digits(18) % (left / 2n) : 0n); left -= v; return v })
    parts.push(left)
    for (const off of [0n, 1n, -1n]) {
      const split = parts.map((v, k) => ({ code: codes[k], percent: percent(k === n - 1 ? v + off : v) }))
      asked.push({ off, note: stage.note(keys.get('44000'), pledge('44000:S', { recipient: 'FR-3', countries: split.map((s) => s.code), country_split: split })) })
    }
  }
  const answers = await ledger.ask(asked.map((a) => frame('J', a.note)))
  for (const [i, a] of answers.entries()) assert.equal(a.refused, asked[i].off === 0n ? undefined : 'split.sum', asked[i].note)
})

test('the ledger ends', async () => assert.equal(await ledger.close(), 0))

await runTests()
