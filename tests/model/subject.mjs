// What follows from a subject's records: who signed, which terms are in force, what was reported, what
// was paid. Everything is derived from the list of records each time; nothing is kept.
//
// A record as told: {r, index, n, number, ref, org, at, signers[], said[], …}. `said` has what was said of it
// (record.confirmed …), a transaction its
// `value` and `fees` in the pledge's `currency` and the transactions that it `names`. One that states terms also has `keyless`, the organizations without keys then, those of
// a declaration `networks`, who convened these then.
import { lastOf, minor, NOBODY } from './forms.mjs'

const is = (t) => t.r.is.slice(t.r.is.indexOf('.') + 1)
const merge = (terms, set) => Object.fromEntries(Object.entries({ ...terms, ...set }).filter(([, v]) => v !== null))
export const CORRECTABLE = ['title', 'description', 'evidence', 'refs']
export const corrects = (r) => r.why === 'correction' && Object.keys(r.set).every((name) => CORRECTABLE.includes(name))

// --- what was said of a record ---------------------------------------------------------------------

export const isVoid = (t) => t.said.some((s) => s.r.is === 'record.voided')
// Which sides dispute it, or did until they settled: {org, by, told, settled?}.
export function disputes(t) {
  const sides = new Map()
  for (const said of t.said) {
    const org = said.r.on_behalf ?? said.org
    if (said.r.is === 'record.disputed') sides.set(org, { org, by: said.org, told: said })
    if (said.r.is === 'record.settled') sides.get(org).settled = said
  }
  return [...sides.values()]
}
export const isDisputed = (t) => disputes(t).some((d) => !d.settled)

// --- parties ---------------------------------------------------------------------------------------

// A pledge's are its sides; own funds have one.
const listed = (terms) => terms.parties ?? (terms.donor === terms.recipient ? [{ org: terms.donor, role: 'donor' }]
  : [{ org: terms.donor, role: 'donor' }, { org: terms.recipient, role: 'recipient' }])

// The parties of terms as t states them: who signs t signs them.
function stating(terms, t) {
  return listed(terms).map(({ org, role, signed_elsewhere }) => {
    const party = { org, ...(role !== undefined && { role }) }
    if (t.signers.includes(org)) return { ...party, state: 'signed', record: t.number }
    if (!t.keyless.includes(org)) return { ...party, state: 'open' }
    return { ...party, state: signed_elsewhere ? 'elsewhere' : 'keyless' }
  })
}
const fresh = (p, t) => {
  const { record, capacity, signed_on, ...party } = p
  if (t.signers.includes(p.org)) return { ...party, state: 'signed', record: t.number }
  return { ...party, state: t.keyless.includes(p.org) ? 'keyless' : 'open' }
}
const leave = ({ capacity, signed_on, ...p }, t) => ({ ...p, state: 'left', record: t.number })
const settled = (p) => p.state === 'signed' || p.state === 'elsewhere'
const signatures = (parties) => parties.filter((p) => p.state === 'signed').length

// --- agreements: one life for all ------------------------------------------------------------------

export function derive(subject) {
  const kind = subject.kind, pledge = kind === 'pledge'
  const s = { kind, earlier: [], stating: [], orgs: new Set([subject.author]) }
  const name = (parties, terms) => {
    for (const p of parties) s.orgs.add(p.org)
    for (const org of [terms?.administrative_agent, terms?.from_fund]) if (org && subject.isOrg(org)) s.orgs.add(org)
  }

  const settle = (t) => {
    // Who acceded and left again was never in the terms.
    const present = s.parties.filter((p) => p.state !== 'left' || !p.acceded)
    if (!s.agreed && signatures(present) >= 2 && present.every(settled)) s.agreed = t
    if (s.pending && s.pending.parties.every((p) => settled(p) || p.state === 'left')) hold(t)
  }
  const hold = (t) => {
    const { told, terms, parties, signers, by } = s.pending
    s.earlier.push({ told: s.stated, held: true })
    Object.assign(s, { stated: told, terms, parties: parties.filter((p) => !p.dropped), agreed: t, signers, pending: null, stating: [...s.stating, told], maker: by })
    name(s.parties, terms)
  }
  const amend = (t) => {
    const newest = s.pending ?? s
    const restated = pledge || 'parties' in t.r.set
    const terms = merge(newest.terms, t.r.set)
    name([], { administrative_agent: t.r.set.administrative_agent })
    if (corrects(t.r)) {
      s.earlier.push({ told: s.stated, held: true })
      Object.assign(s, { terms: merge(s.terms, t.r.set), stated: t, stating: [...s.stating, t] })
      if (s.pending) s.pending.terms = terms
      s.rev = t
      return
    }
    // Without `parties` in the set, who acceded stays and who left stays away.
    const away = restated ? [] : newest.parties.filter((p) => p.state === 'left' && !p.dropped)
    const acceded = restated ? [] : newest.parties.filter((p) => p.acceded && p.state !== 'left' && !p.dropped)
    const parties = [...stating(terms, t).filter((p) => ![...away, ...acceded].some((q) => q.org === p.org)), ...acceded.map((p) => fresh(p, t))]
    const standing = s.parties.filter((p) => p.state === 'signed').map((p) => p.org)
    if (!s.agreed && (!pledge || standing.every((org) => t.signers.includes(org)))) {
      if (s.pending) s.earlier.push({ told: s.pending.told, held: false })
      s.earlier.push({ told: s.stated, held: true })
      s.pending = null
      Object.assign(s, { terms, stated: t, parties: [...parties, ...away], signers: [...t.signers], stating: [...s.stating, t], maker: t.org })
      delete s.agreed
      name(s.parties, terms)
    } else {
      if (s.pending) s.earlier.push({ told: s.pending.told, held: false })
      // Who is dropped answers too, unless it has no keys and could not.
      const dropped = s.parties.filter((p) => p.state !== 'left' && !parties.some((q) => q.org === p.org) && !t.keyless.includes(p.org))
        .map(({ acceded, ...p }) => ({ ...fresh(p, t), dropped: true }))
      s.pending = { told: t, by: t.org, terms, parties: [...parties, ...away, ...dropped], signers: [...t.signers] }
      name(s.pending.parties)
    }
    s.rev = t
    settle(t)
  }
  const answer = (t, state) => {
    const terms = s.pending ?? s
    const i = terms.parties.findIndex((p) => p.org === t.org)
    const { capacity, signed_on, ...party } = terms.parties[i]
    terms.parties[i] = {
      ...party, state, record: t.number,
      ...(state === 'signed' && t.r.capacity && { capacity: t.r.capacity }), ...(state === 'signed' && t.r.signed_on && { signed_on: t.r.signed_on }),
    }
    settle(t)
  }

  for (const t of subject.records) {
    switch (is(t)) {
      case 'proposed': case 'made':
        Object.assign(s, { terms: t.r, stated: t, rev: t, parties: stating(t.r, t), signers: [...t.signers], stating: [t], lead: t.org, maker: t.org })
        name(s.parties, t.r)
        settle(t)
        break
      case 'amended': amend(t); break
      case 'accepted': answer(t, 'signed'); break
      case 'declined': answer(t, 'declined'); break
      case 'acceded': {
        const party = { org: t.org, ...(t.r.role !== undefined && { role: t.r.role }), state: 'signed', record: t.number, acceded: true }
        s.parties = [...s.parties.filter((p) => p.org !== t.org), party]
        name([party])
        // Terms that wait have it as they were stated: dropped by them, or a party of theirs too.
        if (s.pending) {
          const old = s.pending.parties.find((p) => p.org === t.org)
          s.pending.parties = [...s.pending.parties.filter((p) => p !== old), { ...party, state: 'open', ...(old?.dropped && { dropped: true }) }]
        }
        settle(t)
        break
      }
      case 'left':
        for (const terms of [s, s.pending]) if (terms) terms.parties = terms.parties.map((p) => p.org === t.org ? leave(p, t) : p)
        settle(t)
        break
      case 'lead_changed': s.lead = t.r.lead; break
      case 'suspended': case 'ended': case 'withdrawn': case 'completed': s.life = { is: is(t), told: t }; break
      case 'resumed': delete s.life; break
    }
    if (kind === 'declaration' && ['proposed', 'accepted', 'declined', 'amended', 'acceded', 'left'].includes(is(t))) s.speaks = speaks(s, t)
  }
  s.over = s.life !== undefined && s.life.is !== 'suspended'
  s.declined = !s.agreed && s.parties.some((p) => p.state === 'declined')
  const present = s.parties.filter((p) => p.state !== 'left')
  s.declared = !s.agreed && signatures(present) === 1 && present.every((p) => p.state === 'signed' || settled(p) || p.state === 'keyless')
  if (kind === 'commitment') { s.progress = progress(subject); s.due = due(s) }
  if (pledge) s.money = money(subject, s)
  s.status = status(s)
  s.flags = flags(subject, s)
  return s
}

// For whose networks as many of its conveners signed the terms in force as its quorum `speak` says.
function speaks(s, t) {
  const has = (org) => s.parties.some((p) => p.org === org) ? s.parties.some((p) => p.org === org && p.state === 'signed') : s.signers.includes(org)
  return s.terms.networks.filter((n) => t.networks[n].conveners.filter(has).length >= t.networks[n].speak)
}

// All records of the subject that are not void, of these kinds.
const standing = (subject, ...kinds) => subject.records.filter((t) => kinds.includes(t.r.is) && !isVoid(t))

function status(s) {
  if (s.life) return s.life.is
  if (s.declined) return 'declined'
  if (s.kind === 'pledge') return s.money.status
  if (s.kind === 'commitment' && Object.keys(s.progress).length > 0) return 'in-progress'
  return s.agreed ? 'agreed' : s.declared ? 'declared' : 'proposed'
}

function flags(subject, s) {
  return [...(s.money?.flags ?? []), ...(subject.records.some(isDisputed) ? ['disputed'] : []), ...(s.money?.oneSided ? ['one-sided'] : [])]
}

// --- progress --------------------------------------------------------------------------------------

const days = (date) => Date.parse(`${date}T00:00:00Z`) / 86400000

// Current is the report of the latest period (its end, else start, else the date of `at`), among equals the later.
function progress(subject) {
  const by = {}
  for (const t of standing(subject, 'commitment.progressed')) {
    const day = days(lastOf(t.r.period?.end ?? t.r.period?.start ?? t.at.slice(0, 10)))
    ;(by[t.r.deliverable] ??= []).push({ t, day })
  }
  for (const [id, reports] of Object.entries(by)) {
    reports.sort((a, b) => a.day - b.day || a.t.number - b.t.number)
    by[id] = { current: reports.at(-1).t, day: reports.at(-1).day, reports }
  }
  return by
}

// Exact: a quantity as an integer of 10^-18.
const exact = (q) => { const [whole, part = ''] = q.replace('+', '').split('.'); return BigInt(whole + part.padEnd(18, '0')) }
const counted = (d) => d.measure === 'unit' || d.measure === 'percentage'
function reaches(d, report, target) {
  const value = report?.r.value
  if (value === undefined || target === undefined || report.r.qualifier === 'forecast') return false
  if (!counted(d)) return JSON.stringify(value) === JSON.stringify(target)
  if (!/^[+-]?[0-9.]+$/.test(value)) return false // of terms that may not come to hold
  const down = d.baseline !== undefined && d.target !== undefined && exact(d.baseline) !== exact(d.target) ? exact(d.baseline) > exact(d.target) : d.descending === true
  return down ? exact(value) <= exact(target) : exact(value) >= exact(target)
}
// What waits for its day: of each deliverable that is neither dropped nor reached, what comes first of its
// milestones that are not reached and itself.
function due(s) {
  if (s.life || s.declined) return []
  return s.terms.deliverables.flatMap((d) => {
    const report = s.progress[d.id]?.current
    if (d.dropped || report?.r.state === 'achieved' || reaches(d, report, d.target)) return []
    const waiting = (d.milestones ?? []).filter((m) => m.target !== undefined && !reaches(d, report, m.target)).map((m) => m.period.end ?? m.period.start)
    const days = [d.due, ...waiting].filter((day) => day !== undefined).map(lastOf).sort()
    return days.length > 0 ? [[days[0], d.id]] : []
  })
}

// --- money -----------------------------------------------------------------------------------------

const larger = (a, b) => (a > b ? a : b), smaller = (a, b) => (a < b ? a : b)
const sum = (list, of) => list.reduce((total, t) => total + of(t), 0n)
export const TRANSACTIONS = ['pledge.committed', 'pledge.decommitted', 'pledge.disbursed', 'pledge.received', 'pledge.refunded', 'pledge.spent']

// The currency: of the terms, or an unstated pledge's first transaction's while there is any.
export function currencyOf(subject, terms) {
  const first = standing(subject, ...TRANSACTIONS).find((t) => t.r.money)
  return terms.money?.currency ?? first?.currency
}
const value = (t) => t.value, fees = (t) => t.fees

// Do these two name one another, by either of them? Receipts name in `of`, disbursements in `matches`.
export const linked = (receipt, disbursement) => receipt.names.includes(disbursement) || disbursement.names.includes(receipt)

function money(subject, s) {
  const { terms } = s, all = standing(subject, ...TRANSACTIONS), paid = all.filter((t) => t.r.money)
  const counting = paid.filter((t) => !isDisputed(t)), of = (kind) => counting.filter((t) => t.r.is === kind)
  const goods = (...kinds) => all.filter((t) => t.r.in_kind && !isDisputed(t) && kinds.includes(t.r.is)).length
  const m = { transactions: paid.length, currency: currencyOf(subject, terms) }
  m.worth = terms.money ? 'money' : terms.unstated ? 'unstated' : 'in-kind'
  m.promised = terms.money ? minor(terms.money) : 0n
  m.firm = sum(of('pledge.committed'), value)
  m.decommitted = sum(of('pledge.decommitted'), value)
  m.disbursed = sum(of('pledge.disbursed'), value)
  m.received = sum(of('pledge.received'), value)
  m.fees = sum(of('pledge.received'), fees)
  m.refunded = sum(of('pledge.refunded'), value)
  m.spent = sum(of('pledge.spent'), value)
  // Of receipts and disbursements that name one another; goods count nothing.
  const receipts = all.filter((t) => t.r.is === 'pledge.received' && !isDisputed(t)), sent = all.filter((t) => t.r.is === 'pledge.disbursed' && !isDisputed(t))
  m.covered = sum(sent.filter((d) => d.r.money && receipts.some((r) => linked(r, d))), value)
  m.covering = sum(receipts.filter((r) => r.r.money && sent.some((d) => linked(r, d))), (r) => value(r) + fees(r))
  m.contested = sum(paid.filter((t) => isDisputed(t) && t.r.is !== 'pledge.spent'), value)
  m.funded = sum(terms.funded_by ?? [], (f) => minor(f.money))
  m.goodsCommitted = goods('pledge.committed') ; m.goodsSent = goods('pledge.disbursed', 'pledge.received')

  // What went on its way: a receipt may stand alone.
  const went = larger(m.disbursed, m.received + m.fees)
  const over = s.life !== undefined || s.declined, disputed = s.stating.some(isDisputed)
  const promised = over ? smaller(m.promised, went) : m.promised
  m.committed = larger(0n, m.firm - m.decommitted)
  if (over) m.committed = smaller(m.committed, went)
  m.disputed = m.contested + (disputed ? promised : 0n)
  m.pledged = disputed ? 0n : promised
  m.own_funds = terms.own_funds ? m.pledged : 0n
  m.outstanding = larger(0n, m.pledged - m.decommitted - went)
  m.year = (terms.on ?? terms.period?.start ?? subject.created.at).slice(0, 4)
  m.new = terms.own_funds || terms.from_fund ? 0n : larger(0n, m.pledged - m.funded)

  const signed = (role) => s.parties.some((p) => p.role === role && p.state === 'signed')
  m.attested = signed('donor') ? (signed('recipient') ? 'both' : 'donor') : signed('recipient') ? 'recipient' : 'third-party'
  m.oneSided = (m.attested === 'donor' || m.attested === 'recipient') && !terms.own_funds && ![terms.donor, terms.recipient].some((org) => NOBODY.includes(org))

  const goal = m.promised || larger(m.committed, went)
  const kept = went - m.refunded, net = m.firm - m.decommitted
  if (goal > 0n && m.received + m.fees - m.refunded >= goal) m.status = 'received'
  else if (goal > 0n && kept >= goal) m.status = 'disbursed'
  else if (kept > 0n || m.goodsSent > 0) m.status = 'part-disbursed'
  else if (m.committed > 0n || m.goodsCommitted > 0) m.status = 'committed'
  else m.status = 'announced'

  // What is scheduled, in the pledge's currency, is paid in order of its days.
  let left = went
  m.due = over ? [] : (terms.schedule ?? []).map((p, i) => ({ ...p, place: String(i + 1), day: lastOf(p.due) })).sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.place - b.place))
    .filter((p) => {
      if (m.currency && p.money.currency !== m.currency) return false
      const paid = smaller(left, minor(p.money))
      left -= paid
      return paid < minor(p.money)
    }).map((p) => [p.day, p.place])

  m.flags = []
  if (net < 0n || kept < 0n || m.spent > larger(0n, m.received - m.refunded) || (m.promised > 0n && larger(net, kept) > m.promised)) m.flags.push('exceeds')
  const told = m.disbursed - m.covered, got = m.received + m.fees - m.covering
  if (m.covered !== m.covering || (told > 0n && got > 0n && told !== got)) m.flags.push('discrepancy')
  return m
}
