// The rows of the state (shared/ledger/rows.h) as the model would have them: all of it counted anew.
import { lower } from './forms.mjs'
import { disputes, isDisputed, isVoid, linked, TRANSACTIONS } from './subject.mjs'

const dropUndefined = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined))
const some = (list) => (list?.length ? list : undefined)
const nonZero = (n) => (n ? String(n) : undefined)

function* directory(m) {
  if (!m.log) return
  const { orgs, keys, pubs, networks, members } = m.directory
  yield ['log', 'log', { ...m.log, keys: m.log.keys.map(({ key, since, until }) => dropUndefined({ key, since, until })) }]
  for (const [id, o] of orgs) yield ['organization', id, { ...o, networks: m.networksOf(o.org) }]
  for (const [id, k] of keys) {
    const { name, id: hex, at, ...row } = k
    yield ['key', id, k.type === 1 ? { seq: 0, count: 0, ...row, at: at ? Date.parse(at) / 1000 : 0 } : row]
  }
  for (const [pub, key] of pubs) yield ['public_key', pub, { key }]
  for (const [id, n] of networks) yield ['network', id, { ...n, conveners: n.conveners.map((c) => ({ ...c, active: m.convenes(n, c.org) })) }]
  for (const [id, member] of members) yield ['member', id, member]
}

const signed = (parties) => parties.filter((p) => p.state === 'signed').length
const paper = (parties) => parties.filter((p) => p.state === 'elsewhere').length

function pledgeRow(s, terms) {
  const { money: c } = s
  const sums = (...names) => Object.fromEntries(names.map((n) => [n, String(c[n])]))
  return dropUndefined({
    attested: c.attested, currency: c.currency, worth: c.worth, own_funds: terms.own_funds ?? false, from_fund: terms.from_fund, for: terms.for, wanted: terms.wanted,
    year: c.year, scheduled: terms.schedule?.length > 0 || undefined, transactions: c.transactions || undefined, goods_committed: c.goodsCommitted || undefined, goods_sent: c.goodsSent || undefined,
    money: dropUndefined({
      ...sums('promised', 'firm', 'disbursed', 'received', 'fees', 'covered', 'covering', 'pledged', 'new', 'committed', 'outstanding'),
      funded: nonZero(c.funded), decommitted: nonZero(c.decommitted), refunded: nonZero(c.refunded), contested: nonZero(c.contested), spent: nonZero(c.spent), disputed: nonZero(c.disputed),
    }),
  })
}

function subjectRow(m, subject) {
  const s = m.state(subject), { terms } = s
  return dropUndefined({
    id: subject.id, kind: subject.kind, author: subject.author, title: terms.title, created: subject.created.number,
    terms: s.stated.number, rev: s.rev.ref,
    amended: s.stated === subject.created ? undefined : terms,
    proposed: s.pending ? { record: s.pending.told.number, by: s.pending.by, terms: s.pending.terms, parties: s.pending.parties, signed: signed(s.pending.parties), paper: paper(s.pending.parties) } : undefined,
    earlier: some(s.earlier.map((e) => ({ record: e.told.number, held: e.held }))),
    life: s.life && { is: s.life.is, record: s.life.told.number },
    disputes: subject.records.filter(isDisputed).length || undefined,
    last: subject.records.at(-1).number, records: subject.records.length, status: s.status, flags: s.flags, facets: facets(s, subject),
    parties: s.parties, signed: signed(s.parties), paper: paper(s.parties), agreed: s.agreed?.number,
    due: some(s.due ?? s.money?.due),
    places: some([...new Set((terms.deliverables ?? []).map((d) => d.country))].filter((c) => c && !(terms.countries ?? []).includes(c))),
    lead: subject.kind === 'pledge' ? undefined : s.lead,
    progress: s.progress && Object.fromEntries(Object.entries(s.progress).map(([id, p]) => [id, dropUndefined({
      record: p.current.number, value: p.current.r.value, qualifier: p.current.r.qualifier, state: p.current.r.state, day: p.day, reports: p.reports.length, order: p.reports.map((r) => [r.t.number, r.day]),
    })])),
    ...(subject.kind === 'declaration' && { speaks: s.speaks, signers: s.signers }),
    ...(subject.kind === 'pledge' && pledgeRow(s, terms)),
  })
}

function facets(s, subject) {
  const { terms } = s
  return dropUndefined({
    networks: terms.networks ?? [], countries: terms.countries ?? [], themes: terms.themes ?? [],
    orgs: [...s.orgs],
    donor: terms.donor, recipient: terms.recipient, status: s.status,
  })
}

function* transactions(subject) {
  const all = subject.records.filter((t) => TRANSACTIONS.includes(t.r.is))
  for (const t of all) {
    const links = all.filter((x) => (t.r.is === 'pledge.received' && x.r.is === 'pledge.disbursed' && linked(t, x)) || (t.r.is === 'pledge.disbursed' && x.r.is === 'pledge.received' && linked(x, t)))
    const counting = links.filter((x) => !isVoid(x) && !isDisputed(x)).length
    yield ['transaction_', `${subject.id} ${lower(t.org)} ${t.r.tx}`, dropUndefined({
      pledge: subject.id, author: t.org, tx: t.r.tx, is: t.r.is, record: t.number, minor: t.r.money && String(t.value), currency: t.currency,
      of: some(t.r.of), matches: some(t.r.matches), fees: t.r.fees && String(t.fees), links: some(links.map((x) => ({ author: x.org, tx: x.r.tx }))),
      covered: counting || undefined, disputed: isDisputed(t) || undefined, voided: t.said.find((x) => x.r.is === 'record.voided')?.number,
    })]
  }
}

function* marks(m) {
  for (const { told } of m.statements) for (const t of told) if (t.said.length > 0) {
    const confirmed = new Map(t.said.filter((x) => x.r.is === 'record.confirmed').map((x) => [x.org, { org: x.org, record: x.number }]))
    yield ['mark', `${t.index}/${t.n}`, dropUndefined({
      record: t.number, subject: t.subject?.id, confirmed: [...confirmed.values()],
      disputes: disputes(t).map((d) => dropUndefined({ org: d.org, by: d.by, record: d.told.number, settled: d.settled?.number })),
      voided: t.said.find((x) => x.r.is === 'record.voided')?.number,
    })]
  }
}

const COLUMNS = ['pledged', 'new', 'own_funds', 'committed', 'disbursed', 'received', 'refunded', 'spent', 'outstanding', 'disputed', 'pledges']

// Every pledge counts for all, and in each of its networks, countries …
export function* totals(m) {
  const rows = new Map()
  for (const subject of m.subjects.values()) {
    if (subject.kind !== 'pledge') continue
    const s = m.state(subject), c = s.money, { terms } = s
    if (!c.currency) continue
    const by = {
      all: ['all'], network: terms.networks ?? [], donor: [terms.donor], recipient: [terms.recipient], country: terms.countries ?? [], currency: [c.currency],
      status: [s.status], year: [c.year], fund: terms.from_fund ? [terms.from_fund] : [], for: terms.for ? [terms.for] : [],
    }
    for (const [dimension, list] of Object.entries(by)) for (const value of list) {
      const key = `${dimension} ${value} ${c.currency}`
      if (!rows.has(key)) rows.set(key, { by: dimension, value, currency: c.currency, sums: {} })
      const sums = rows.get(key).sums[c.attested] ??= Object.fromEntries(COLUMNS.map((n) => [n, 0n]))
      for (const n of Object.keys(sums)) sums[n] += n === 'pledges' ? 1n : c[n]
    }
  }
  for (const [key, { sums, ...row }] of rows) {
    for (const [attested, columns] of Object.entries(sums)) row[attested] = Object.fromEntries(Object.entries(columns).map(([n, v]) => [n, n === 'pledges' ? Number(v) : String(v)]))
    yield ['total', key, row]
  }
}

export function* rows(m) {
  yield* directory(m)
  for (const subject of m.subjects.values()) yield ['subject', lower(subject.id), subjectRow(m, subject)]
  for (const subject of m.subjects.values()) if (subject.kind === 'pledge') yield* transactions(subject)
  yield* marks(m)
  yield* totals(m)
}

// These have no order that means anything.
const SETS = /^(facets\.orgs|networks|places|parties|proposed\.parties)$/

// Where two values differ: [path, ours, theirs].
export function differences(ours, theirs, path = '') {
  if (SETS.test(path) && ours && theirs) [ours, theirs] = [ours, theirs].map((list) => [...list].sort((a, b) => ((a.org ?? a) < (b.org ?? b) ? -1 : 1)))
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null || Array.isArray(ours) !== Array.isArray(theirs)) {
    return ours === theirs ? [] : [[path, ours, theirs]]
  }
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((k) => differences(ours[k], theirs[k], path ? `${path}.${k}` : k))
}
