// What can be said of a record alone: the fields of each kind and their forms, written from
// docs/vocabulary.md. `form(record, author, log)` gives the rule that a record breaks, or nothing.
import { createHash } from 'node:crypto'

const refuse = (rule) => { throw rule }
const isText = (v) => typeof v === 'string'
const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)
const matches = (pattern, rule) => (v) => { if (!isText(v)) refuse('field.type'); if (!pattern.test(v)) refuse(rule) }
const oneOf = (...values) => (v) => { if (!isText(v)) refuse('field.type'); if (!values.includes(v)) refuse('field.value') }
const coded = (...values) => (v) => { if (!isText(v)) refuse('field.type'); if (!values.includes(v)) refuse('code.unknown') }

// Currencies and codes that the tests use, with the minor units of ISO 4217.
export const MINOR = { USD: 2, EUR: 2, KES: 2, JPY: 0, KRW: 0, KWD: 3, BHD: 3, CLF: 4, UYW: 4 }
export const COUNTRIES = ['KE', 'UG', 'FR', 'PS', 'ZM', 'XK', 'DE']
export const THEMES = ['children', 'climate-and-disasters', 'domestic-workers', 'health', 'maternity-and-paternity', 'migrants',
  'older-persons', 'disability', 'refugees', 'informal-and-rural', 'unemployment', 'policy', 'legal', 'costing-and-financing',
  'delivery', 'culture', 'statistics', 'training']

export const lower = (org) => org.replace(/[A-Z]/g, (c) => c.toLowerCase())
export const subjectOrg = (id) => id.slice(0, id.lastIndexOf(':'))
export const subjectForm = (id) => formed(subject, id) === undefined
export const vouched = (org) => /^XV\.([a-z0-9-]{2,32})\./.exec(org)?.[1]

const orgId = (v) => {
  matches(/^[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}(?<!:)$/, 'id.form')(v)
  if (['public', 'anonymous'].includes(lower(v)) || (/^xv\./i.test(v) && !/^XV\.[a-z0-9-]{2,32}\../.test(v))) refuse('id.form')
}
export const NOBODY = ['public', 'anonymous']
const recipient = (v) => { if (v !== 'anonymous') orgId(v) }
const donor = (v) => { if (v !== 'public' && v !== 'anonymous') orgId(v) }
const network = matches(/^[a-z0-9-]{2,32}$/, 'id.form')
const local = matches(/^[A-Za-z0-9._-]{1,64}$/, 'id.form')
const subject = (v) => {
  if (!isText(v)) refuse('field.type')
  if (!v.includes(':')) refuse('id.form')
  orgId(subjectOrg(v)); local(v.slice(subjectOrg(v).length + 1))
}
const fund = (v) => {
  if (!isText(v)) refuse('field.type')
  try { orgId(v) } catch { subject(v) }
}
const own = Object.assign((v, at) => { subject(v); if (subjectOrg(v) !== at.org) refuse('id.author') })
const reference = matches(/^(0|[1-9]\d{0,18})\/([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-6])\/[0-9a-f]{64}$/, 'id.form')
// What cannot be seen, by the list of the vocabulary; and what shows nothing but room.
const UNSEEN = /[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u2060-\u206F\u3164\uFE00-\uFE0D\uFEFF\uFFA0\uFFF0-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/u
const ROOM = /[\n\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u2800\u3000]/u
const SHAPED = /[\u0600-\u1CFF\uA800-\uABFF\u{11000}-\u{11FFF}]/u, JOINED = /[\u2190-\u2BFF\uFE0F\u{1F000}-\u{1FAFF}]/u
const CHOSEN = /[#*0-9\u00A9\u00AE\u203C-\u3299\u{1F000}-\u{1FAFF}]/u
const visible = (text) => {
  const all = [...text]
  const fine = all.every((c, i) => {
    const before = all[i - 1] ?? ''
    if (c === '\u200C') return SHAPED.test(before)
    if (c === '\u200D') return SHAPED.test(before) || JOINED.test(before)
    if (c === '\uFE0E' || c === '\uFE0F') return CHOSEN.test(before)
    return !UNSEEN.test(c)
  })
  return fine && all.some((c) => !/[\u200C\u200D\uFE0E\uFE0F]/.test(c) && !ROOM.test(c))
}
const texts = (max, newline, seen = max <= 300) => (v) => {
  const all = isObject(v) ? Object.values(v) : [v]
  if (!all.every(isText)) refuse('field.type')
  if (isObject(v) && all.length === 0) refuse('field.missing')
  for (const t of all) {
    if ([...t].length < 1 || [...t].length > max) refuse('text.length')
    if (!newline && t.includes('\n')) refuse('json.character')
    if (seen && !visible(t)) refuse('text.invisible')
  }
}
const title = texts(300, false), text = texts(4000, true), role = texts(4000, true, true)
const label = (v) => { if (!isText(v)) refuse('field.type'); title(v) }
const day = (v) => {
  matches(/^\d{4}(-\d\d(-\d\d)?)?$/, 'date.form')(v)
  if (v < '0001' || (v.length > 4 && !(v.slice(5, 7) >= '01' && v.slice(5, 7) <= '12'))) refuse('date.form')
  if (v.length === 10 && (v.slice(8) < '01' || Number(v.slice(8)) > lastDay(v))) refuse('date.form')
}
export const lastDay = (v) => new Date(Date.UTC(Number(v.slice(0, 4)), Number(v.slice(5, 7)), 0)).getUTCDate()
// A coarse date is its first or its last day.
export const firstOf = (v) => v.length === 4 ? `${v}-01-01` : v.length === 7 ? `${v}-01` : v
export const lastOf = (v) => v.length === 4 ? `${v}-12-31` : v.length === 7 ? `${v}-${lastDay(v)}` : v
const period = (v) => { object({ start: day, end: day })(v); if (v.start && v.end && lastOf(v.end) < firstOf(v.start)) refuse('period.order') }
const quantity = (v) => {
  matches(/^[+-]?(0|[1-9]\d*)(\.\d+)?$/, 'quantity.form')(v)
  if (v.replace(/\D/g, '').length > 18) refuse('quantity.form')
}

// Minor units, as a BigInt.
export const minor = ({ amount, currency }) => {
  const [whole, part = ''] = amount.split('.')
  return BigInt(whole + part.padEnd(MINOR[currency], '0'))
}
const amount = (v, at) => {
  if (!isText(v.amount) || !isText(v.currency)) refuse('field.type')
  if (!(v.currency in MINOR)) refuse('money.currency')
  if (!/^(0|[1-9]\d*)(\.\d+)?$/.test(v.amount) || /^[0.]*$/.test(v.amount)) refuse('money.form')
  if ((v.amount.split('.')[1] ?? '').length > MINOR[v.currency]) refuse('money.minor-units')
  if (minor(v) > 9000000000000000n) refuse('money.limit')
}
const whatever = () => {}
const money = (v, at) => { object({ 'amount!': whatever, 'currency!': whatever })(v, at); amount(v) }
const counts = (v, at) => {
  object({ 'amount!': whatever, 'currency!': whatever, rate: quantity, rate_on: day, rate_source: title })(v, at); amount(v)
}
const usd = (v, at) => { counts(v, at); if (v.currency !== 'USD') refuse('field.value') }
const boolean = (v) => { if (typeof v !== 'boolean') refuse('field.type') }
const yes = (v) => { boolean(v); if (!v) refuse('field.value') }
const number = (min, max = 2 ** 53 - 1) => (v) => { if (!Number.isInteger(v)) refuse('field.type'); if (v < min || v > max) refuse('field.value') }
const url = matches(/^https:\/\/[A-Za-z0-9\-._~[\]!$&'()*+,;=%][A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/, 'url.form')
const sha256 = matches(/^[0-9a-f]{64}$/, 'field.value')
const country = (v) => { if (!isText(v)) refuse('field.type'); if (!COUNTRIES.includes(v)) refuse('code.unknown') }
const keyId = matches(/^[0-9a-f]{8}$/, 'id.form')

// Field tables: a name with ! must be there. Amendments may not set what ends in ^.
export const object = (fields, more) => (v, at) => {
  if (!isObject(v)) refuse('field.type')
  for (const [name, value] of Object.entries(v)) {
    const type = fields[name] ?? fields[`${name}!`]
    if (!type) refuse('field.unknown')
    type(value, at)
  }
  for (const name of Object.keys(fields)) if (name.endsWith('!') && !(name.slice(0, -1) in v)) refuse('field.missing')
  more?.(v, at)
}
// Each item once (by `same`); at least `min`.
const list = (type, { min = 0, same } = {}) => (v, at) => {
  if (!Array.isArray(v)) refuse('field.type')
  if (v.length < min) refuse('field.missing')
  v.forEach((item) => type(item, at))
  if (same && new Set(v.map(same)).size < v.length) refuse('list.twice')
}
const set = (type, min) => list(type, { min, same: (v) => v })
const orgs = list(orgId, { same: lower })
const percent = (v) => { quantity(v); if (/^[+-]/.test(v)) refuse('quantity.form') }
const split = (code) => list(object({ 'code!': code, 'percent!': percent }), { same: (s) => s.code })
// Of whole terms: shares add up to 100, those of countries and regions together; and name what their list names.
const splits = (v) => {
  const { countries = [], regions = [], sectors = [], country_split: c = [], region_split: r = [], sector_split: s = [] } = v
  // in 10^-18, so exactly
  const exact = (p) => { const [w, f = ''] = p.split('.'); return BigInt(w + f.padEnd(18, '0')) }
  const whole = (shares) => shares.length === 0 || shares.reduce((sum, x) => sum + exact(x.percent), 0n) === 100n * 10n ** 18n
  if (!whole([...c, ...r]) || !whole(s)) refuse('split.sum')
  const alike = (shares, codes) => shares.length === codes.length && shares.every((x) => codes.includes(x.code))
  if (c.length + r.length > 0 && !(alike(c, countries) && alike(r, regions))) refuse('split.codes')
  if (s.length > 0 && !alike(s, sectors)) refuse('split.codes')
}
const sector = coded('16010', '16011', '12110', '72010', '160', '720')
const vocabulary = (v) => {
  if (!isText(v)) refuse('field.type')
  if (/^(tag|sector):/.test(v)) { if (!['tag:1', 'tag:99', 'sector:10', 'sector:99'].includes(v)) refuse('code.unknown') } else if (v.startsWith('https:')) url(v); else refuse('field.value')
}
const pair = (v) => `${v.code} ${v.vocabulary ?? ''}`
const AID_TYPES = { 1: ['A01', 'C01'], 2: ['1', '4'], 4: ['1', '2'] }
const aidType = object({ 'code!': (v) => { if (!isText(v)) refuse('field.type') }, vocabulary: (v) => { if (!isText(v)) refuse('field.type') } },
  (v) => { if (!AID_TYPES[v.vocabulary ?? '1']?.includes(v.code)) refuse('code.unknown') })
const evidence = object({ sha256, url, title, locator: title, quote: text, category: coded('A01', 'A05', 'B01') },
  (v) => { if (!v.sha256 && !v.url && !v.quote) refuse('evidence.empty') })
const elsewhere = object({ 'on!': day, 'evidence!': list(evidence, { min: 1 }) })
const goods = object({ 'description!': text, quantity, unit: title, value: money })

// A stated key: its id is the one computed, its name the holder's, and its proof verifies.
const statedKey = (type, holder) => (v, at) => {
  if (!isText(v.key) || !isText(v.proof)) refuse('field.type')
  const m = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(v.key)
  if (!m) refuse('key.form')
  const bytes = Buffer.from(m[3], 'base64')
  const id = createHash('sha256').update(`${m[1]}\n`).update(bytes).digest('hex').slice(0, 8)
  const name = holder(v, at)
  if (bytes[0] !== type || id !== m[2] || !(type === 4 ? m[1].startsWith(`${name}/`) && /^[A-Za-z0-9._-]{1,64}$/.test(m[1].slice(name.length + 1)) : m[1] === name)) refuse('key.form')
  if (!at.proves(v.key, v.proof, name)) refuse('key.proof')
}

const any = { evidence: list(evidence), refs: list(object({ 'scheme!': label, 'id!': label })), note: text }
const region = matches(/^\d{1,5}$/, 'code.unknown')
const classified = {
  networks: set(network), countries: set(country), country_split: split(country), regions: set(region), region_split: split(region),
  places: set((v) => { matches(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, 'code.unknown')(v); country(v.slice(0, 2)) }),
  sectors: set(sector), sector_split: split(sector), sdgs: set(coded('1', '1.3', '5.4', '10')), themes: set(coded(...THEMES)),
  clusters: set(coded('EDU', 'PRO-GBV', 'MPC')), tags: list(object({ 'vocabulary!': vocabulary, 'code!': label, title, percent }), { same: pair }),
  policy_markers: list(object({ 'code!': coded('1', '9'), 'significance!': coded('0', '1', '2') }), { same: (m) => m.code }), humanitarian: boolean, ...any,
}
const budgetLines = list(object({ 'id!': local, 'title!': title, 'money!': money, period }), { same: (b) => b.id })
const parties = (fields) => list(object({ 'org!': orgId, ...fields, signed_elsewhere: elsewhere }), { min: 1, same: (p) => lower(p.org) })
export const ROLES = ['lead', 'participating', 'administrative-agent', 'implementing', 'funding', 'national-authority', 'beneficiary']
const measured = (v, at, d) => (['unit', 'percentage'].includes(d) ? quantity : text)(v, at)
const deliverable = object({
  'id!': local, 'title!': title, indicator: text, 'measure!': oneOf('unit', 'percentage', 'nominal', 'ordinal', 'qualitative'),
  baseline: text, target: text, unit: title, descending: boolean, due: day, country, step: number(1, 3),
  milestones: list(object({ 'period!': period, target: text })), responsible: orgs, dropped: boolean,
}, (v, at) => {
  for (const q of [v.baseline, v.target, ...(v.milestones ?? []).map((m) => m.target)]) if (q !== undefined) measured(q, at, v.measure)
})

const wanted = list(object({ 'id!': local, 'title!': title, 'what!': oneOf('money', 'goods', 'expertise'), money, countries: set(country) }), { same: (w) => w.id })

export const terms = {
  partnership: {
    'title!': title, 'kind!': oneOf('mou', 'fund-window', 'project', 'training', 'task-force', 'research', 'other'), description: text,
    'parties!': parties({ role }), signed_on: day, period, open: boolean, parent: subject, budget: money, budget_lines: budgetLines,
    administrative_agent: orgId, wanted, ...classified,
  },
  commitment: {
    'title!': title, description: text, 'parties!': parties({ 'role!': oneOf(...ROLES), allocated: money }), period, partnership: subject,
    budget: money, budget_lines: budgetLines, open: boolean, wanted, 'deliverables!': list(deliverable, { min: 1, same: (d) => d.id }), ...classified,
  },
  declaration: {
    'title!': title, text, 'networks!': set(network, 1), 'parties!': parties({ role }), open: boolean, ...any,
  },
  pledge: {
    'title!': title, description: text, 'donor!': donor, 'recipient!': recipient, 'basis!': oneOf('reported', 'announced', 'agreement', 'payment'),
    money, unstated: yes, in_kind: goods, for: subject, wanted: local, from_fund: fund,
    'funded_by^': list(object({ 'pledge!': subject, 'money!': money }), { same: (f) => f.pledge }), own_funds: boolean, on: day, period,
    schedule: list(object({ 'due!': day, 'money!': money })), conditions: text, finance_type: matches(/^\d{1,5}$/, 'code.unknown'),
    modality: oneOf('bilateral', 'multilateral', 'pooled', 'south-south', 'triangular', 'crowd'), usd, earmarking: coded('1', '2', '3', '4'), aid_type: list(aidType, { same: pair }),
    tied: coded('3', '4', '5'), cash: boolean, ...classified,
  },
}
// What terms as a whole must be, besides their fields.
const whole = {
  declaration: (v) => { if (!v.text && !v.evidence?.length) refuse('field.missing') },
  partnership: splits,
  commitment: splits,
  pledge: (v) => {
    if (['money', 'unstated', 'in_kind'].filter((name) => name in v).length !== 1) refuse('pledge.worth')
    const nobody = [v.donor, v.recipient].filter((org) => NOBODY.includes(org)).length
    if (nobody === 2 || (nobody > 0 && v.own_funds) || (v.donor === v.recipient && !v.own_funds)) refuse('pledge.self')
    splits(v)
  },
}
export const wholeTerms = (kind, v, at) => {
  const fields = Object.fromEntries(Object.entries(terms[kind]).map(([name, type]) => [name.replace('^', ''), type]))
  object({ 'is!': whatever, 'id!': whatever, ...fields }, whole[kind])(v, at)
}

const record = (fields, more) => object({ 'is!': whatever, ...any, ...fields }, more)
const about = { 'id!': subject }
const reasons = { ...about, 'reason!': text }
const agreementKinds = (kind) => ({
  [`${kind}.${kind === 'pledge' ? 'made' : 'proposed'}`]: (v, at) => {
    object({ 'is!': whatever, 'id!': own, ...Object.fromEntries(Object.entries(terms[kind]).map(([n, t]) => [n.replace('^', ''), t])) }, whole[kind])(v, at)
  },
  [`${kind}.accepted`]: record({ ...about, 'rev!': reference, capacity: title, signed_on: day }),
  [`${kind}.declined`]: record({ ...reasons, 'rev!': reference }),
  [`${kind}.amended`]: record({
    ...reasons, 'rev!': reference, 'why!': oneOf('amendment', 'correction'),
    'set!': (v, at) => {
      if (!isObject(v)) refuse('field.type')
      if (Object.keys(v).length === 0) refuse('field.missing')
      for (const [name, value] of Object.entries(v)) {
        const must = terms[kind][`${name}!`], type = must ?? terms[kind][name]
        if (!type) refuse('field.unknown')
        if (value === null && must) refuse('field.missing')
        if (value !== null) type(value, at)
      }
    },
  }),
  [`${kind}.withdrawn`]: record(reasons),
})
const lifeKinds = (kind) => ({
  [`${kind}.acceded`]: record({ ...about, 'role!': kind === 'commitment' ? oneOf(...ROLES.slice(1)) : role }),
  [`${kind}.left`]: record(reasons),
  [`${kind}.lead_changed`]: record({ ...about, 'lead!': orgId }),
  ...Object.fromEntries(['suspended', 'resumed', 'ended', 'completed'].map((is) => [`${kind}.${is}`, record({ ...about, reason: text })])),
})
const transaction = { ...about, 'tx!': local, money, in_kind: goods, on: day, counts }
const worth = (v) => { if (!v.money === !v.in_kind) refuse('pledge.worth') }
const orgTypes = coded('10', '15', '21', '40', '60', '70')
const convenerRole = oneOf('chair', 'co-chair', 'convener', 'secretariat')
const memberRole = oneOf('member', 'observer')
const orgFields = { 'org!': orgId, 'name!': title, 'org_type!': orgTypes, country, aliases: list(title) }
const key = { 'key!': whatever, 'proof!': whatever }
const kindName = (v) => { matches(/^[a-z]+(\.[a-z_]+)?$/, 'kind.unknown')(v); if (!(v in kinds) && !Object.keys(kinds).some((k) => k.startsWith(`${v}.`))) refuse('kind.unknown') }
const networkFields = {
  'network!': network, 'name!': title, purpose: text, founded: day,
  'conveners!': list(object({ 'org!': orgId, 'role!': convenerRole }), { min: 1, same: (c) => lower(c.org) }),
  'quorum!': object({ 'admit!': number(1), 'speak!': number(1) }), composition: text, parent: network, member_networks: set(network),
}
const quorumOf = (v) => { if (Math.max(v.quorum.admit, v.quorum.speak) > v.conveners.length) refuse('field.value') }
const optional = (fields, ...keep) => Object.fromEntries(Object.entries(fields).map(([n, t]) => [keep.includes(n) ? n : n.replace('!', ''), t]))
const something = (...fixed) => (v) => { if (Object.keys(v).every((n) => ['is', 'evidence', 'refs', 'note', ...fixed].includes(n))) refuse('field.missing') }
const origin = matches(/^(?!avow\/)[!-*,-~]{1,128}$/, 'id.form')

const fullDay = (v) => { day(v); if (v.length < 10) refuse('date.form') }
const domain = (v) => {
  if (!isText(v)) refuse('field.type')
  const labels = v.split('.')
  if (v.length > 253 || labels.length < 2 || !labels.every((l) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(l))) refuse('id.form')
}

export const kinds = {
  'log.chartered': record({
    'origin!': origin, ...key, 'rules!': number(1), 'codes!': sha256, 'stewards!': list(orgId, { min: 1, same: lower }), 'quorum!': number(1), 'title!': title,
  }, statedKey(1, (v, at) => at.log)),
  'log.rules': record({ 'rules!': number(1), 'codes!': sha256, 'title!': title }),
  'log.key_added': record(key, statedKey(1, (v, at) => at.log)),
  'log.key_retired': record({ 'key_id!': keyId }),
  'log.succeeded': record({ 'origin!': origin, 'url!': url }),
  'cosigner.added': record({ ...key, url }, (v, at) => { if (v.url?.length > 256) refuse('url.form'); statedKey(4, () => at.org)(v, at) }),
  'steward.added': record({ 'org!': orgId, quorum: number(1) }),
  'steward.removed': record({ 'org!': orgId, quorum: number(1) }),
  'organization.domain': record({ 'org!': orgId, 'domain!': domain, ended: boolean }),
  'domain.seen': record({ 'org!': orgId, 'domain!': domain, 'method!': oneOf('dns', 'https'), 'on!': fullDay, 'found!': oneOf('yes', 'no') }),
  'cosigner.retired': record({ 'key_id!': keyId }),
  'network.chartered': record(networkFields, quorumOf),
  'network.updated': record(optional(networkFields, 'network!'), (v) => { something('network')(v); if (v.quorum && v.conveners) quorumOf(v) }),
  'organization.listed': record(orgFields),
  'organization.registered': record({ ...orgFields, network, website: url, 'keys!': list(object({ ...key, 'label!': local }), { min: 1, same: (k) => k.key }) },
    (v, at) => v.keys.forEach((k) => statedKey(1, () => v.org)(k, at))),
  'organization.updated': record({ ...optional(orgFields, 'org!'), website: url }, something('org')),
  'organization.closed': record({ 'org!': orgId, successor: orgId }, (v) => { if (v.successor === v.org) refuse('field.value') }),
  'organization.signing': record({ 'org!': orgId, 'rules!': list(object({ 'kinds!': set(kindName, 1), 'signatures!': number(1, 16) }), { min: 1 }) }),
  'key.added': record({ 'org!': orgId, ...key, 'label!': local, kinds: set(kindName), until: number(0) }, statedKey(1, (v) => v.org)),
  'key.revoked': record({ 'org!': orgId, 'key_id!': keyId, 'reason!': oneOf('rotated', 'retired', 'staff-left', 'lost', 'compromised'), since: number(0) }),
  'key.recovered': record({ 'org!': orgId, ...key, 'label!': local }, statedKey(1, (v) => v.org)),
  'membership.granted': record({ 'network!': network, 'org!': orgId, 'role!': memberRole, reason: text }),
  'membership.accepted': record({ 'network!': network, 'org!': orgId, role: memberRole }),
  'membership.ended': record({ 'network!': network, 'org!': orgId, 'reason!': text }),
  'convener.added': record({ 'network!': network, 'org!': orgId, 'role!': convenerRole, reason: text }),
  'convener.removed': record({ 'network!': network, 'org!': orgId, 'role!': convenerRole, reason: text }),
  ...agreementKinds('partnership'), ...lifeKinds('partnership'),
  ...agreementKinds('commitment'), ...lifeKinds('commitment'),
  'commitment.progressed': record({
    ...about, 'deliverable!': local, period, value: text, qualifier: oneOf('about', 'at-least', 'forecast'),
    state: oneOf('planned', 'started', 'advanced', 'adopted', 'achieved'), text, with: orgs, funded_by: orgs,
  }),
  ...agreementKinds('declaration'), ...lifeKinds('declaration'),
  ...agreementKinds('pledge'),
  'pledge.committed': record(transaction, worth),
  'pledge.decommitted': record(transaction, worth),
  'pledge.disbursed': record({ ...transaction, matches: set(local) }, worth),
  'pledge.received': record({ ...transaction, of: set(local), fees: money }, worth),
  'pledge.refunded': record({ ...transaction, of: set(local) }, worth),
  'pledge.spent': record({ ...transaction, text }, worth),
  'record.confirmed': record({ 'ref!': reference }),
  'record.disputed': record({ 'ref!': reference, 'reason!': text, on_behalf: orgId }),
  'record.settled': record({ 'ref!': reference, 'reason!': text, on_behalf: orgId }),
  'record.voided': record({ 'ref!': reference, 'reason!': text }),
}

// at: {org, log, proves(vkey, proof, holder)}
export function form(record, at) {
  try {
    if (!isText(record.is) || !(record.is in kinds)) refuse(record.is === undefined ? 'field.missing' : 'kind.unknown')
    kinds[record.is](record, at)
  } catch (rule) {
    if (typeof rule === 'string') return rule
    throw rule
  }
}
// The same of a part of one: does it have the form?
export const formed = (type, v, at) => { try { type(v, at) } catch (rule) { if (typeof rule === 'string') return rule; throw rule } }
export { quantity }
