// Random histories: what organizations might state, mostly sensible, since it looks at the model before it
// speaks, and a good share of it wrong. The same seed tells the same story.
import { makeKey, keyProof, sha256, COSIGN_KEY, STATEMENT_KEY } from '../e2e/lib.mjs'
import { COUNTRIES, MINOR, form, ROLES, THEMES, lower } from './forms.mjs'
import { isVoid, TRANSACTIONS } from './subject.mjs'
import { BAD, GOOD } from './ledger.mjs'

export const ORIGIN = 'avow.example.org/model'
const START = Date.parse('2026-01-01T00:00:00Z') / 1000
const ORGS = ['XM-DAC-41302', 'XM-DAC-41122', 'FR-3', 'KE-GOV', '44000', 'UG-FIN', 'DE-1', 'KE-NCB-OP.218/051', '360G-Fund:org-7', 'ZM-MoF', 'XM-DAC-41114', 'GB-1', 'PS-9']
const LISTED = ['AA-1', 'BB-2', 'CC-3', 'DD-4', 'EE-5', 'FR-3:P-1', 'GB:CHC:1', 'XV.spiac-b.local', 'XV.usp2030.local', 'XV.none.local']
const NETWORKS = ['spiac-b', 'usp2030', 'task-team', 'n-3']
const CURRENCIES = Object.keys(MINOR)

// Keys follow from names, and are made once for all stories.
const made = new Map(), byVkey = new Map(), proofs = new Map()
export function keyOf(name, n = 0, type = STATEMENT_KEY) {
  const id = `${name} ${type} ${n}`
  if (!made.has(id)) {
    const key = makeKey(name, type, sha256(`model ${id}`))
    made.set(id, key)
    byVkey.set(key.vkey, key)
  }
  return made.get(id)
}
const proofOf = (key, holder, log = ORIGIN) => {
  const id = `${key.vkey} ${holder} ${log}`
  if (!proofs.has(id)) proofs.set(id, keyProof(key, holder, log))
  return proofs.get(id)
}
const stated = (key, holder) => ({ key: key.vkey, proof: proofOf(key, holder) })
// Signatures of Ed25519 are always the same, so one who has the key need not verify.
export const proves = (vkey, proof, holder, log) => byVkey.has(vkey) && proofOf(byVkey.get(vkey), holder, log) === proof

function random(seed) { // mulberry32
  let a = seed >>> 0
  return () => {
    a = (a + 0x6D2B79F5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const timeText = (s) => new Date(s * 1000).toISOString().replace('.000', '')
export function noteOf(st) {
  const text = ['avow/statement/v1', JSON.stringify(st.header), ...st.records.map((r) => JSON.stringify(r))].join('\n') + '\n'
  const lines = st.sigs.map((s) => `— ${s.org} ${Buffer.concat([Buffer.from(s.key, 'hex'), s.good ? GOOD : BAD]).toString('base64')}\n`)
  return { text, note: `${text}\n${lines.join('')}` }
}

export class Story {
  constructor(seed, model) {
    this.random = random(seed)
    this.model = model
    this.now = START
    this.counter = 0
    this.stale = [] // references that were the newest once
    this.keyNumbers = new Map()
    // Each story has a temper: how much goes wrong, how much is said at once.
    this.wildness = this.pick([0.01, 0.03, 0.03, 0.08])
    this.talk = this.pick([1, 2, 4, 12])
  }

  // --- chance ----------------------------------------------------------------------------------------

  chance(p) { return this.random() < p }
  wrong(p = 1) { return this.random() < p * this.wildness }
  int(n) { return Math.floor(this.random() * n) }
  pick(list) { return list[this.int(list.length)] }
  some(list, p = 0.5) { return list.filter(() => this.chance(p)) }
  of(right, any) { return right.length > 0 && !this.wrong() ? this.pick(right) : this.pick(any) }
  shuffle(list) { const a = [...list]; for (let i = a.length - 1; i > 0; i--) { const j = this.int(i + 1); [a[i], a[j]] = [a[j], a[i]] } return a }

  // --- the world -------------------------------------------------------------------------------------

  get log() { return this.model.log }
  get networks() { return [...this.model.directory.networks.values()] }
  get registered() { return [...this.model.directory.orgs.values()].filter((o) => o.status === 'registered').map((o) => o.org) }
  get known() { return [...this.model.directory.orgs.values()].map((o) => o.org) }
  get keyless() { return this.known.filter((o) => this.model.keyless(o)) }
  members(network) { return [...this.model.directory.members.values()].filter((m) => m.network === network && m.status === 'member').map((m) => m.org) }
  // Organizations to be named: now and then one that nobody knows.
  org() { return this.wrong(0.3) ? 'NOBODY-1' : this.pick(this.known) }
  newKey(org, type = STATEMENT_KEY) {
    const name = type === COSIGN_KEY ? `${org}/${this.pick(['hq', 'node-1'])}` : org
    const n = this.keyNumbers.get(name) ?? 0
    if (!this.wrong(2)) this.keyNumbers.set(name, n + 1) // else it will be stated twice
    return keyOf(name, n, type)
  }
  subjects(...kinds) { return [...this.model.subjects.values()].filter((s) => kinds.includes(s.kind)) }
  subject(...kinds) {
    const all = this.subjects(...kinds)
    if (this.wrong(0.5)) return this.pick([...this.model.subjects.values(), { id: 'FR-3:none', kind: kinds[0], records: [] }])
    return all.length === 0 ? undefined : this.chance(0.7) ? all[Math.max(0, all.length - 1 - this.int(8))] : this.pick(all)
  }
  state(subject) { return { money: {}, ...(subject.records.length > 0 ? this.model.state(subject) : this.nothing()) } }
  nothing() { return { parties: [], terms: { deliverables: [] }, rev: { ref: this.ref() }, lead: 'FR-3' } }
  // Where organizations may have colons, an id may be anybody's.
  id(author) { return this.wrong() && this.chance(0.3) ? lower(this.pick([...this.model.subjects.keys(), 'FR-3:P-1'])).replace(/^[^:]*/, author) : this.wrong() ? this.pick([...this.model.subjects.keys(), 'FR-3:x']) : `${author}:${this.pick('PCDQ')}-${++this.counter}` }
  ref() {
    const { index, n, ref } = this.pick(this.pick(this.model.statements).told)
    return this.wrong() ? this.pick([`${index}/${n + 9}/${ref.split('/')[2]}`, `${index + 999}/1/${ref.split('/')[2]}`, `${index}/${n}/${'0'.repeat(64)}`]) : ref
  }
  rev(s) {
    const ref = s.rev.ref
    if (!this.stale.includes(ref)) this.stale.push(ref)
    return this.wrong(2) ? this.pick(this.stale) : ref
  }

  // --- values ----------------------------------------------------------------------------------------

  date() {
    const y = 2024 + this.int(4), m = String(1 + this.int(12)).padStart(2, '0')
    return this.pick([`${y}`, `${y}-${m}`, `${y}-${m}-${String(1 + this.int(28)).padStart(2, '0')}`])
  }
  period() {
    const [a, b] = [this.int(4), this.int(4)].sort()
    return this.pick([{ start: `${2024 + a}-02`, end: `${2024 + b}-02-28` }, { end: this.date() }, { start: this.date() }, { start: `${2024 + a}`, end: `${2024 + b}` }])
  }
  currency() { return this.chance(0.6) ? 'USD' : this.pick(CURRENCIES) }
  money(currency = this.currency()) {
    const units = this.chance(0.03) ? 9000000000000000n : BigInt(1 + this.int(this.pick([9, 1000, 100000])))
    return { amount: this.amount(units, currency), currency }
  }
  amount(units, currency) {
    const digits = MINOR[currency], text = String(units).padStart(digits + 1, '0')
    const whole = text.slice(0, text.length - digits), part = text.slice(text.length - digits)
    return part === '' ? whole : /^0*$/.test(part) && this.chance(0.5) ? whole : `${whole}.${part}`
  }
  text() { return this.chance(0.2) ? { en: 'A text', fr: 'Un texte' } : this.pick(['Cash transfers', 'Grüße', 'One\nline']) }
  title() { return this.chance(0.2) ? { en: 'A title', fr: 'Un titre' } : this.pick(['Cash transfers', 'Zweitens', 'Third']) }
  evidence() { return [this.pick([{ quote: 'Said so' }, { url: 'https://example.org/a' }, { sha256: 'ab'.repeat(32), title: 'T', category: 'A01' }])] }
  common() {
    return {
      ...(this.chance(0.05) && { evidence: this.evidence() }), ...(this.chance(0.03) && { refs: [{ scheme: 'IATI', id: 'A-1' }] }),
      ...(this.chance(0.05) && { note: this.text() }),
    }
  }
  classified(author) {
    const own = this.model.networksOf(author)
    const networks = this.wrong(0.5) ? this.some([...NETWORKS, 'nobody'], 0.3) : this.some(own, 0.5)
    return {
      ...(networks.length > 0 && { networks }),
      ...(this.chance(0.6) && { countries: this.some(COUNTRIES, 0.3) }), ...(this.chance(0.3) && { themes: this.some(THEMES, 0.1) }),
      ...(this.chance(0.1) && { countries: ['UG', 'KE'], country_split: [{ code: 'KE', percent: '33.5' }, { code: 'UG', percent: '66.5' }] }),
      ...(this.chance(0.1) && { sectors: ['16010', '160'], sdgs: ['1.3'], places: ['KE-30'] }), ...(this.chance(0.05) && { regions: this.pick([['298'], ['298', '88']]) }),
      ...(this.chance(0.05) && { sectors: ['160', '72010'], sector_split: [{ code: '72010', percent: '40' }, { code: this.wrong(5) ? '720' : '160', percent: this.wrong(3) ? '61' : '60' }] }),
      ...(this.chance(0.05) && { countries: ['KE'], regions: ['298'], country_split: [{ code: 'KE', percent: '10' }], region_split: [{ code: this.wrong(3) ? '88' : '298', percent: '90' }] }),
      ...(this.chance(0.1) && { clusters: ['EDU'], humanitarian: this.chance(0.5), policy_markers: [{ code: '1', significance: '2' }] }),
      ...(this.chance(0.1) && { tags: [{ vocabulary: 'tag:99', code: 'x', title: this.title() }, { vocabulary: 'sector:10', code: 'x', percent: '50' }].slice(this.int(2)) }), ...this.common(),
    }
  }

  // --- statements ------------------------------------------------------------------------------------

  // A key with which `org` may sign now, most of the time.
  keys(org, count = 1) {
    const all = this.model.keysOf(org).filter((k) => k.type === 1)
    const live = all.filter((k) => k.since <= this.model.size && !(k.until <= this.model.size) && (!k.kinds || this.wrong(3)))
    const from = live.length > 0 && !this.wrong(0.3) ? live : this.wrong() || all.length === 0 ? [{ id: keyOf(org, 99).id.toString('hex') }] : all
    return this.shuffle(from).slice(0, count).map((k) => k.id)
  }
  demanded(org, records) {
    const rules = (this.model.org(org)?.signing ?? []).filter((rule) => records.some((r) => rule.kinds.some((k) => r.is === k || r.is.startsWith(`${k}.`))))
    return Math.max(this.chance(0.02) ? 2 : 1, ...rules.map((rule) => rule.signatures - (this.wrong(3) ? 1 : 0)))
  }
  statement(author, records, cosigners = []) {
    const names = [...new Set(cosigners)].filter((o) => o !== author).slice(0, 10)
    const own = this.keys(author, this.demanded(author, records))
    const key = this.model.key(author, own[0])
    this.now += this.int(3) === 0 ? this.int(86400) : 1
    const at = this.wrong(0.5) ? this.now - 86400 * 30 : this.now
    const header = {
      log: ORIGIN, org: author, key: own[0], seq: (key?.seq ?? 0) + (this.wrong(0.5) ? -this.int(2) || 1 : this.chance(0.05) ? 1 + this.int(1000) : 1),
      at: timeText(at), lang: this.pick(['en', 'fr']), ...(names.length > 0 && { with: names }),
      ...(this.chance(0.03) && { before: this.model.size + (this.wrong(5) ? -this.int(2) : 1 + this.int(3)) }),
    }
    if (header.seq < 1) header.seq = 1
    if (this.wrong(0.2)) header.log = 'avow.example.org/other'
    const sigs = [...own.map((key) => ({ org: author, key })), ...names.flatMap((org) => this.keys(org, this.demanded(org, records)).map((key) => ({ org, key })))]
    for (const s of sigs) s.good = !this.wrong(0.2)
    return this.whole({ header, records, sigs })
  }
  whole(st) {
    Object.assign(st, noteOf(st))
    st.id = sha256(st.text).toString('hex')
    return st
  }

  charter() {
    const stewards = ORGS.slice(0, 1 + this.int(3)), founders = ORGS.slice(0, stewards.length + this.int(3))
    const network = (id, conveners) => ({
      is: 'network.chartered', network: id, name: this.title(), conveners: conveners.map((org, i) => ({ org, role: i === 0 ? 'chair' : 'co-chair' })),
      quorum: { admit: 1 + this.int(conveners.length), speak: 1 + this.int(conveners.length) }, ...(this.chance(0.3) && { purpose: this.text(), founded: this.date(), composition: this.text() }),
    })
    const log = keyOf(ORIGIN)
    this.keyNumbers.set(ORIGIN, 1)
    const records = [
      { is: 'log.chartered', origin: ORIGIN, ...stated(log, ORIGIN), rules: this.model.rules, codes: this.model.codes, stewards, quorum: 1 + this.int(stewards.length), title: 'Statements' },
      ...founders.map((org) => ({ is: 'organization.registered', org, name: org, org_type: '40', keys: [{ ...stated(keyOf(org), org), label: 'first' }] })),
      network('spiac-b', this.shuffle(founders).slice(0, 1 + this.int(3))), ...(this.chance(0.5) ? [network('usp2030', this.shuffle(founders).slice(0, 1 + this.int(2)))] : []),
    ]
    for (const org of founders) this.keyNumbers.set(org, 1)
    const names = this.shuffle(founders.filter((o) => o !== stewards[0]))
    const header = { log: ORIGIN, org: stewards[0], key: keyOf(stewards[0]).id.toString('hex'), seq: 1, at: timeText(this.now), lang: 'en', ...(names.length > 0 && { with: names }) }
    return { header, records, sigs: [stewards[0], ...names].map((org) => ({ org, key: keyOf(org).id.toString('hex'), good: true })) }
  }
  // The charter, and before it some that are none.
  beginning() {
    const st = this.charter(), wrong = []
    const copy = () => structuredClone(st)
    if (this.chance(0.5)) { const s = copy(); s.records.shift(); wrong.push(s) }
    if (this.chance(0.3)) { const s = copy(); s.records[0].codes = '0'.repeat(64); wrong.push(s) }
    if (this.chance(0.3)) { const s = copy(); s.records[0].rules = 99; wrong.push(s) }
    if (this.chance(0.3) && st.sigs.length > 1) { const s = copy(); delete s.header.with; s.sigs.length = 1; wrong.push(s) }
    if (this.chance(0.3)) { const s = copy(); s.sigs[0].good = false; wrong.push(s) }
    if (this.chance(0.3)) { const s = copy(); s.records.splice(1, 1); wrong.push(s) }
    if (this.chance(0.3)) { const s = copy(); s.records.push({ is: 'key.added', org: st.header.org, ...stated(keyOf(st.header.org, 7), st.header.org), label: 'x' }); wrong.push(s) }
    if (this.chance(0.3)) { const s = copy(); s.records.push(structuredClone(s.records[1])); wrong.push(s) }
    return [...wrong, st].map((s) => this.whole(s))
  }

  // How a log ends: other rules or codes than this program's, or another log. What follows is refused.
  ending() {
    if (this.model.size === 0) return []
    const act = this.pick([{ is: 'log.rules', rules: 99, codes: this.log.codes, title: 'Next' }, { is: 'log.rules', rules: this.log.rules, codes: '0'.repeat(64), title: 'Next' },
      { is: 'log.succeeded', origin: 'avow.example.org/next', url: 'https://example.org/' }])
    const proper = this.statement(this.log.stewards[0], [act], this.log.stewards.slice(1))
    return this.chance(0.5) ? [this.statement(this.pick(this.registered), [act]), proper] : [proper]
  }

  // One statement, or undefined where nothing comes to mind.
  next() {
    if (this.model.size === 0) return undefined
    if (this.chance(0.01)) return this.again()
    const all = ACTS[this.pick(WEIGHTED)]
    const act = all.call(this)
    if (!act) return undefined
    const [author, first, cosigners = []] = act
    if (!author) return undefined
    const records = [first].map((r) => structuredClone(r))
    // More of the same author's, in one statement.
    const more = this.chance(0.3) ? this.int(this.talk * (this.chance(0.1) ? 4 : 1)) : 0
    for (let tries = 0; records.length <= more && tries < more * 4; tries++) {
      const next = ACTS[this.pick(PLAIN)].call(this, author)
      if (next && next[0] === author && !records.some((r) => r.id && r.id === next[1].id && r.tx === next[1].tx)) { records.push(structuredClone(next[1])); cosigners.push(...(next[2] ?? [])) }
    }
    if (this.wrong(3)) this.spoil(this.pick(records))
    if (this.wrong()) cosigners.push(this.pick(this.registered))
    const st = this.statement(author, records, cosigners)
    if (this.wrong(1.5)) return this.garble(st)
    return st
  }
  // The same text once more, perhaps with another signature.
  again() {
    const { st } = this.pick(this.model.statements)
    const sigs = st.sigs.map((s) => ({ ...s, good: this.chance(0.8) }))
    return { ...st, sigs, note: noteOf({ ...st, sigs }).note }
  }

  // A fault in a record on its own.
  spoil(r) {
    const names = Object.keys(r).filter((n) => n !== 'is'), name = this.pick(names)
    const put = (name, ...values) => { r[name] = this.pick(values) }
    const m = r.money ?? r.fees ?? r.set?.money
    this.pick([
      () => put('is', 'pledge.promised', 'treaty.signed'), () => { r.titel = 'T' }, () => { delete r[name] }, () => put(name, 5, true), () => { r.note = 'x'.repeat(4001) },
      () => { if (r.id) put('id', 'FR-3', 'public:1', 'NOBODY-1:7', 'FR-3:a b') }, () => { if (r.org) put('org', 'a b', 'PUBLIC', 'XV.x') },
      () => { if (m) m.amount = this.pick(['0', '-1', '1.', '01', '1e3', '0.00']) }, () => { if (m) m.currency = this.pick(['XXX', 'XAU', 'usd', 'ABC']) },
      () => { if (m) m.amount = '1.12345' }, () => { if (m) m.amount = '9000000000000001' }, () => { if (r.period) r.period = { start: '2027', end: '2026-12-31' } },
      () => { if (r.on) put('on', '2026-13', '2026-02-30', '26-01-01', '2026-1-1') }, () => { if (r.period) r.period = { end: '2025-02-29' } },
      () => { if (r.countries) r.countries = ['QQ'] }, () => { if (r.countries) r.countries = ['KE', 'KE'] }, () => { if (r.networks) r.networks = ['n'] },
      () => { if (r.themes) r.themes = ['weather'] }, () => { if (r.countries) r.country_split = [{ code: 'KE', percent: this.pick(['99.9', '100.01', '-100', 'x']) }] },
      () => { r.evidence = [{ title: 'T' }] }, () => { r.evidence = [{ url: 'http://example.org/' }] }, () => { r.refs = [{ scheme: 'A' }] },
      () => { if (r.parties) r.parties = [...r.parties, r.parties[0]] }, () => { if (r.parties) r.parties = [] }, () => { if (r.basis) r.basis = 'hearsay' },
      () => { if (r.deliverables) r.deliverables[0].target = 'lots' }, () => { if (r.deliverables) r.deliverables[0].step = 4 }, () => { if (r.deliverables) r.deliverables.push(r.deliverables[0]) },
      () => { if (r.proof) r.proof = proofOf(keyOf('FR-3', 5), 'KE-GOV') }, () => { if (r.key) r.key = keyOf('other', 1).vkey }, () => { if (r.key_id) r.key_id = 'xyz' },
      () => { if (r.donor) { r.recipient = 'FR-3'; r.donor = 'fr-3' } }, () => { if (r.money) { delete r.money; delete r.counts } }, () => { if (r.money) r.in_kind = { description: 'Rice' } },
      () => { if (r.rev) r.rev = this.pick(['1/2', `01/1/${'0'.repeat(64)}`]) }, () => { if (r.ref) r.ref = 'x' }, () => { if (r.set) r.set = {} }, () => { if (r.set) r.set.title = null },
      () => { if (r.set) r.set.titel = 'x' }, () => { if (r.title) r.title = this.pick(['', 'x'.repeat(301), 'two\nlines', {}, { en: '' }]) },
      () => { if (r.title) r.title = this.pick(['\u200b', ' \u00a0', 'a\u00adb', 'x\ufe0f', '\u2800', { en: 'A', fr: 'a\u200cb' }]) }, () => { if (r.name) r.name = 'a\u{e0041}' },
      () => { r.countries = ['KE']; r.country_split = [{ code: 'UG', percent: '100' }] }, () => { if (r.tags) r.tags = this.pick([[r.tags[0], r.tags[0]], [{ vocabulary: 'tag:7', code: 'x' }], [{ vocabulary: 'any', code: 'x' }]]) },
      () => { if (r.aid_type) r.aid_type = this.pick([[{ code: 'Z01' }], [{ code: '1', vocabulary: '3' }], [{ code: '1' }], [{ code: 'A01', vocabulary: '' }]]) }, () => { if (r.donor) r.own_funds = true; if (r.donor) r.recipient = 'anonymous' },
      () => { if (r.org) r.org = 'FR:' }, () => { if (r.network) r.network = 'A b' }, () => { if (r.quorum) r.quorum = { admit: 0, speak: 1 } }, () => { if (r.kinds) r.kinds = ['treaty'] }, () => { if (r.usd) r.usd.currency = 'EUR' },
    ])()
  }

  // A fault in the text, which the model does not read: what it is refused for is told.
  garble(st) {
    if (st.header.log !== ORIGIN || st.records.some((r) => form(r, { org: st.header.org, log: ORIGIN, proves: (...a) => proves(...a, ORIGIN) }))) return st
    const last = st.text.trimEnd().split('\n').at(-1)
    const change = (rule, text) => ({ ...st, note: st.note.replace(st.text, text), garbled: rule })
    const line = (rule, text) => change(rule, st.text.replace(last, text))
    return this.pick([
      () => line('json.syntax', last.slice(0, -1)), () => line('json.duplicate', `${last.slice(0, -1)},"is":"x"}`), () => line('json.number', `${last.slice(0, -1)},"x":1.5}`),
      () => line('json.depth', `${last.slice(0, -1)},"x":[[[[[[[[1]]]]]]]]}`), () => st.records.at(-1).note ? st : line('json.null', `${last.slice(0, -1)},"note":null}`),
      () => line('json.character', `${last.slice(0, -1)},"x":"\\u202e"}`), () => line('line.padded', ` ${last}`), () => line('line.padded', `${last}\n`),
      () => change('header.version', st.text.replace('/v1', '/v2')), () => change('header.field', st.text.replace('"lang"', '"lung"')),
      () => line('line.size', `${last.slice(0, -1)},"x":"${'x'.repeat(49152)}"}`), () => ({ ...st, note: st.note + ' '.repeat(60001), garbled: 'note.size' }),
      () => ({ ...st, note: st.note.replace('\n\n', '\n'), garbled: 'note.shape' }), () => ({ ...st, note: Buffer.concat([Buffer.from(st.note), Buffer.from([0xff, 0x0a])]), garbled: 'note.utf8' }),
      () => ({ ...st, note: st.note + st.note.trimEnd().split('\n').at(-1) + '\n', garbled: 'note.signatures' }),
      () => change('note.records', st.text.slice(0, st.text.indexOf('\n', st.text.indexOf('\n') + 1) + 1)),
      () => change('header.with', st.header.with ? st.text.replace(/,"with":\[[^\]]*\]/, '') : st.text.replace('"lang"', '"with":["NOBODY-1"],"lang"')),
      () => change('header.key', st.text.replace(/"key":"[0-9a-f]{8}"/, '"key":"00000000"')),
    ])()
  }
}

// --- what they state: [author, record, who co-signs] ---------------------------------------------------

const opened = (s) => s && !s.over
const ACTS = {
  // the log
  logRules() { return [this.of(this.log.stewards, this.registered), { is: 'log.rules', rules: this.log.rules, codes: this.log.codes, title: this.title() }, this.stewards()] },
  logKey() { return [this.of(this.log.stewards, this.registered), { is: 'log.key_added', ...stated(this.newKey(ORIGIN), ORIGIN) }, this.stewards()] },
  logKeyRetired() { return [this.of(this.log.stewards, this.registered), { is: 'log.key_retired', key_id: this.wrong() ? '01234567' : this.pick(this.log.keys).id }, this.stewards()] },
  steward() {
    const gone = this.chance(0.4), org = gone ? this.of(this.log.stewards, this.known) : this.of(this.registered.filter((o) => !this.log.stewards.includes(o)), this.known)
    return [this.of(this.log.stewards, this.registered), { is: gone ? 'steward.removed' : 'steward.added', org, ...(this.chance(0.4) && { quorum: 1 + this.int(this.log.stewards.length + (gone ? -1 : 1) + (this.wrong(5) ? 2 : 0) || 1) }) },
      [...this.stewards(), ...(gone || this.model.keyless(org) || this.wrong(5) ? [] : [org])]]
  },
  domain() {
    const by = this.pick(this.registered), own = (this.model.org(by).domains ?? []).map((d) => d.domain), ends = own.length > 0 && this.chance(0.4)
    return [by, { is: 'organization.domain', org: this.wrong(3) ? this.org() : by, domain: ends || this.wrong(3) ? this.of(own, ['a.org', 'nobody.org']) : this.pick(['a.org', 'b.int', 'xn--4ca.example']), ...((ends || this.wrong(3) || this.chance(0.05)) && { ended: ends || this.wrong(10) }) }]
  },
  domainSeen() {
    const claims = [...this.model.directory.orgs.values()].flatMap((o) => (o.domains ?? []).map((d) => [o.org, d.domain])), [org, domain] = this.of(claims, [['FR-3', 'none.org']])
    const on = timeText(this.now - 86400 * (this.wrong(5) ? -9 : this.int(4))).slice(0, 10)
    return [this.of(this.registered.filter((o) => o !== org && this.model.networksOf(o).length > 0), this.registered), { is: 'domain.seen', org, domain, method: this.pick(['dns', 'https']), on, found: this.pick(['yes', 'no']) }]
  },
  cosigner() { const by = this.pick(this.registered); return [by, { is: 'cosigner.added', ...stated(this.newKey(by, COSIGN_KEY), by), ...(this.chance(0.3) && { url: 'https://node.example.org/' }) }] },
  cosignerRetired() {
    const key = this.pick([...this.model.directory.keys.values()].filter((k) => k.type === 4))
    return key && [this.of([key.org], this.registered), { is: 'cosigner.retired', key_id: key.id }]
  },

  // organizations and keys
  listed(by = this.lister()) {
    const org = this.wrong(3) ? this.pick([...this.known, ...this.known.map(lower)]) : this.pick([...LISTED, ...ORGS])
    return [by, { is: 'organization.listed', org, name: this.title(), org_type: this.pick(['10', '70']), ...(this.chance(0.3) && { country: 'KE', aliases: ['K'] }) }]
  },
  registration() {
    const network = this.pick(this.networks)
    const fresh = [...ORGS, ...LISTED].filter((o) => this.model.org(o)?.status !== 'registered' && this.model.org(o)?.status !== 'closed')
    const org = this.of(fresh, [...ORGS, ...this.known])
    const keys = this.chance(0.3) ? [this.newKey(org), this.newKey(org)] : [this.newKey(org)]
    return [this.convener(network), {
      is: 'organization.registered', org, ...(!this.wrong() && { network: this.wrong(0.5) ? 'nobody' : network.network }), name: this.title(), org_type: '10', ...(this.chance(0.2) && { website: 'https://example.org' }),
      keys: keys.map((k, i) => ({ ...stated(k, org), label: `k${i}` })),
    }, this.quorum(network)]
  },
  orgUpdated(by) {
    const org = this.pick(this.known), { status, by: lister } = this.model.org(org)
    return [by ?? this.of([status === 'listed' ? lister : org], this.registered), { is: 'organization.updated', org: by && this.chance(0.7) ? by : org, ...this.pick([{ name: this.title() }, { org_type: '21' }, { country: 'FR', aliases: ['A', 'B'] }, { website: 'https://example.org/x' }]) }]
  },
  orgClosed() {
    const org = this.chance(0.5) ? this.pick(this.keyless.length ? this.keyless : this.known) : this.pick(this.known), { status, by } = this.model.org(org)
    if (this.registered.length < 5 && status === 'registered') return undefined
    return [this.of([status === 'listed' ? by : org], this.registered), { is: 'organization.closed', org, ...(this.chance(0.5) && { successor: this.org() }) }]
  },
  signing() {
    const by = this.pick(this.registered)
    return [by, { is: 'organization.signing', org: this.wrong() ? this.org() : by, rules: this.pick([[{ kinds: ['pledge.disbursed'], signatures: 2 }], [{ kinds: ['pledge'], signatures: 1 }], [{ kinds: ['pledge', 'organization'], signatures: 2 }, { kinds: ['commitment.accepted'], signatures: 2 }]]) }]
  },
  keyAdded() {
    const by = this.pick(this.registered), org = this.wrong() ? this.org() : by
    return [by, {
      is: 'key.added', org, ...stated(this.newKey(org), org), label: 'more', ...(this.chance(0.2) && { kinds: this.pick([['pledge'], ['commitment.progressed', 'pledge.disbursed'], []]) }),
      ...(this.chance(0.1) && { until: this.model.size + this.int(30) }),
    }]
  },
  keyRevoked() {
    const org = this.pick(this.registered), keys = this.model.keysOf(org).filter((k) => k.type === 1 || this.wrong()), dead = this.wrong(2)
    const key = this.pick(keys.filter((k) => dead || !k.revoked))
    return key && [this.of([org], this.registered), { is: 'key.revoked', org, key_id: this.wrong() ? '0badcafe' : key.id, reason: this.pick(['rotated', 'lost', 'compromised']), ...(this.chance(0.3) && { since: this.int(this.model.size + 1) }) }]
  },
  keyRecovered() {
    const org = this.pick(this.known), o = this.model.org(org)
    const network = (o.network && this.model.network(o.network)) ?? this.pick(this.networks)
    const signers = this.shuffle([...new Set([...this.model.conveners(network), ...(this.chance(0.5) ? this.log.stewards : [])])].filter((x) => x !== org || this.wrong(3)))
    return signers.length > 0 && [signers[0], { is: 'key.recovered', org, ...stated(this.newKey(org), org), label: 'anew' }, signers.slice(1, this.wrong(5) ? 1 : 3)]
  },

  // networks
  network() {
    const free = NETWORKS.filter((n) => !this.model.network(n)), parent = this.chance(0.4) ? this.pick(this.networks) : undefined
    const conveners = this.shuffle(this.known).slice(0, 1 + this.int(3)).map((org) => ({ org, role: this.pick(['chair', 'convener', 'secretariat']) }))
    if (this.wrong()) conveners.push({ org: 'NOBODY-1', role: 'chair' })
    return [this.of(parent && this.chance(0.6) ? this.model.conveners(parent) : this.log.stewards, this.registered), {
      is: 'network.chartered', network: this.of(free, NETWORKS), name: this.title(), conveners, quorum: { admit: 1 + this.int(this.wrong(3) ? 4 : conveners.length), speak: 1 + this.int(conveners.length) },
      ...(parent && { parent: this.wrong() ? 'nobody' : parent.network }), ...(this.chance(0.1) && { member_networks: [this.pick(this.networks).network] }),
    }, this.some(conveners.map((c) => c.org).filter((o) => !this.model.keyless(o)), 0.7)]
  },
  networkUpdated() {
    const network = this.pick(this.networks), members = this.members(network.network)
    return [this.convener(network), {
      is: 'network.updated', network: this.wrong(0.5) ? 'nobody' : network.network,
      ...this.pick([{ name: this.title() }, { purpose: this.text(), founded: this.date() }, { quorum: { admit: 1 + this.int(3), speak: 1 + this.int(2) } }, { composition: this.text() },
        { conveners: this.shuffle(members.length ? [...members, ...(this.chance(0.3) ? [this.org()] : [])] : ['FR-3']).slice(0, 1 + this.int(3)).map((org) => ({ org, role: this.pick(['chair', 'convener']) })) },
        { parent: this.pick(this.networks).network }, { member_networks: this.some(this.networks.map((n) => n.network)) }, { conveners: network.conveners.map(({ org }) => ({ org, role: 'secretariat' })) }]),
    }, [...this.quorum(network), ...this.some(this.log.stewards, 0.5)]]
  },
  granted() {
    const network = this.pick(this.networks), org = this.org()
    return [this.convener(network), { is: 'membership.granted', network: this.wrong(0.5) ? 'nobody' : network.network, org, role: this.pick(['member', 'observer']) },
      [...this.quorum(network), ...(this.chance(0.5) && !this.model.keyless(org) ? [org] : [])]]
  },
  memberAccepted() {
    const m = this.pick([...this.model.directory.members.values()].filter((x) => !this.model.keyless(x.org) && (x.status === 'granted' || this.wrong())))
    return m && [this.of([m.org], this.registered), { is: 'membership.accepted', network: m.network, org: m.org, ...(this.chance(0.2) && { role: m.role }) }]
  },
  memberEnded() {
    const m = this.pick([...this.model.directory.members.values()]), network = this.model.network(m.network)
    const self = this.chance(0.5) && !this.model.keyless(m.org)
    return [self ? m.org : this.convener(network), { is: 'membership.ended', network: m.network, org: this.wrong() ? this.org() : m.org, reason: 'R' }, self ? [] : this.quorum(network)]
  },
  convenerAdded() {
    const network = this.pick(this.networks), org = this.of(this.members(network.network), this.known)
    return [this.convener(network), { is: 'convener.added', network: network.network, org, role: 'convener' }, this.two(network)]
  },
  convenerRemoved() {
    const network = this.pick(this.networks), org = this.of(network.conveners.map((c) => c.org), this.known)
    return [this.convener(network), { is: 'convener.removed', network: network.network, org, role: this.chance(0.8) ? (network.conveners.find((c) => c.org === org)?.role ?? 'chair') : 'chair' }, this.two(network)]
  },

  // agreements
  partnership(by = this.pick(this.registered)) {
    const parties = this.parties(by, () => (this.chance(0.3) ? { role: this.text() } : {}))
    return [by, {
      is: 'partnership.proposed', id: this.id(by), title: this.title(), kind: this.pick(['mou', 'fund-window', 'fund-window', 'project']), parties, ...this.classified(by), ...this.partnershipTerms(),
    }, this.ceremony(parties)]
  },
  commitment(by = this.pick(this.registered)) {
    const parties = this.parties(by, (org) => ({ role: org === by ? 'lead' : this.pick(ROLES.slice(1)), ...(this.chance(0.1) && { allocated: this.money() }) }))
    return [by, { is: 'commitment.proposed', id: this.id(by), title: this.title(), parties, deliverables: this.deliverables(), ...this.classified(by), ...this.commitmentTerms() }, this.ceremony(parties)]
  },
  declaration(by = this.lister()) {
    const networks = this.some(this.model.networksOf(by), 0.7)
    if (networks.length === 0 && !this.wrong()) return undefined
    const parties = this.parties(by, () => ({}))
    return [by, { is: 'declaration.proposed', id: this.id(by), title: this.title(), text: this.text(), networks: networks.length ? networks : ['spiac-b'], parties, ...(this.chance(0.3) && { open: true }), ...this.common() }, [...this.ceremony(parties), ...(this.chance(0.3) ? this.quorum(this.pick(this.networks)) : [])]]
  },
  accepted(by) { return this.answer(by, 'accepted') },
  declined(by) { return this.answer(by, 'declined') },
  amended(by) {
    const x = this.subject('partnership', 'commitment', 'declaration', 'pledge', 'pledge')
    if (!x) return undefined
    const s = this.state(x), correction = this.chance(0.3), pledge = x.kind === 'pledge'
    const author = by ?? (pledge ? this.of(this.able(s.parties.map((p) => p.org)), this.registered) : this.of([s.lead], this.registered))
    const set = correction && this.chance(0.8) ? this.pick([{ title: this.title() }, { description: this.text() }, { description: null }, { evidence: this.evidence() }]) : this.newTerms(x, s, author)
    if (x.kind === 'declaration') { if ('description' in set) { delete set.description; set.title = this.title() } if (set.evidence && this.chance(0.3)) set.text = null }
    return [author, { is: `${x.kind}.amended`, id: x.id, rev: this.rev(s), set, why: correction ? 'correction' : 'amendment', reason: this.text() }, this.chance(0.3) ? this.ceremony(s.parties) : []]
  },
  acceded(by = this.pick(this.registered)) {
    const x = this.subject('partnership', 'commitment', 'declaration')
    if (!x || (!this.state(x).terms.open && !this.wrong(5))) return undefined
    return [by, { is: `${x.kind}.acceded`, id: x.id, ...{ role: x.kind === 'commitment' ? this.pick(ROLES.slice(1)) : this.text() } }]
  },
  left(by) {
    const x = this.subject('partnership', 'commitment', 'declaration')
    return x && [by ?? this.of(this.able(this.state(x).parties.filter((p) => p.org !== this.state(x).lead).map((p) => p.org)), this.registered), { is: `${x.kind}.left`, id: x.id, reason: 'R' }]
  },
  leadChanged() {
    const x = this.subject('partnership', 'commitment', 'declaration')
    if (!x) return undefined
    const s = this.state(x), lead = this.of(s.parties.map((p) => p.org).filter((o) => o !== s.lead), this.known)
    return [this.of([s.lead], this.registered), { is: `${x.kind}.lead_changed`, id: x.id, lead }, this.model.keyless(lead) || this.wrong(3) ? [] : [lead]]
  },
  life() {
    const x = this.subject('partnership', 'commitment', 'declaration')
    if (!x) return undefined
    const s = this.state(x), act = this.pick(s.life?.is === 'suspended' ? ['resumed', 'resumed', 'ended', 'suspended'] : ['suspended', 'suspended', 'suspended', 'resumed', 'ended', 'completed', 'withdrawn'])
    return [this.of([s.lead], this.registered), { is: `${x.kind}.${act}`, id: x.id, ...((act === 'withdrawn' || this.chance(0.3)) && { reason: this.text() }) }]
  },
  progressed(by) {
    const x = this.subject('commitment')
    if (!x) return undefined
    const s = this.state(x), d = this.of(s.terms.deliverables ?? [], [{ id: 'D1', measure: 'unit' }, { id: 'D9' }])
    const measured = ['unit', 'percentage'].includes(d.measure)
    return [by ?? this.of(this.able(s.parties.map((p) => p.org)), this.registered), {
      is: 'commitment.progressed', id: x.id, deliverable: d.id, ...(this.chance(0.7) && { period: this.period() }), ...(this.chance(0.7) && { value: measured && !this.wrong() ? String(this.int(5000)) : 'much' }),
      ...(this.chance(0.3) && { state: this.pick(['planned', 'started', 'achieved']), qualifier: 'about' }), ...(this.chance(0.1) && { with: [this.org()], funded_by: [this.org()] }), ...(this.chance(0.2) && { text: this.text() }), ...this.common(),
    }]
  },

  // pledges
  pledge(by = this.pick(this.registered)) {
    const own = this.chance(0.05), roles = this.chance(0.8) ? [by, this.org()] : [this.org(), this.org()]
    let [donor, recipient] = own ? [by, by] : this.chance(0.5) ? roles : [...roles].reverse()
    if (!own && this.chance(0.05)) donor = this.pick(['public', 'anonymous'])
    if ((!own || this.wrong(5)) && this.chance(0.05) && (donor === by || this.wrong(5))) recipient = 'anonymous'
    if (donor === recipient && !own && !this.wrong()) return undefined
    const money = this.money(), worth = this.chance(0.8) ? { money } : this.chance(0.6) ? { unstated: true } : { in_kind: { description: 'Rice', quantity: '40', unit: 't', ...(this.chance(0.5) && { value: this.money() }) } }
    const from = this.subjects('pledge').filter((p) => this.state(p).terms.recipient === donor && (this.state(p).money.currency === money.currency || this.wrong(3)))
    const funded = from.length > 0 && this.chance(0.4) ? this.some(from, 0.4).slice(0, 3) : this.wrong() ? this.subjects('pledge').slice(0, 1) : []
    return [by, {
      is: 'pledge.made', id: this.id(by), title: this.title(), donor, recipient, basis: this.pick(['reported', 'announced', 'agreement', 'payment']), ...worth, ...this.classified(by), ...this.pledgeTerms(),
      ...(own && { own_funds: true }), ...(funded.length > 0 && { funded_by: funded.map((p) => ({ pledge: this.wrong() ? 'FR-3:none' : p.id, money: this.money(this.wrong() ? undefined : money.currency) })) }),
    }, this.chance(0.3) ? this.able([donor, recipient]) : []]
  },
  transaction(by) {
    const x = this.subject('pledge')
    if (!x) return undefined
    const s = this.state(x), { donor, recipient } = s.terms
    const act = this.pick(s.life ? ['received', 'refunded', 'disbursed', 'spent'] : ['committed', 'committed', 'decommitted', 'disbursed', 'disbursed', 'disbursed', 'received', 'received', 'refunded', 'spent'])
    const side = act === 'disbursed' ? [donor] : ['received', 'refunded', 'spent'].includes(act) ? [recipient] : [donor, recipient]
    const author = by ?? this.of(this.able(side), this.registered), told = x.records.filter((t) => TRANSACTIONS.includes(t.r.is))
    const theirs = told.filter((t) => t.r.is === (act === 'disbursed' ? 'pledge.received' : 'pledge.disbursed') && (!isVoid(t) || this.wrong(3))).map((t) => t.r.tx)
    const named = this.wrong() ? ['T-none'] : this.some(theirs, 0.4)
    const currency = this.wrong() ? undefined : s.money.currency, other = this.chance(0.15) && currency
    const money = this.chance(0.2) && s.terms.money && !other ? s.terms.money : this.money(other ? undefined : currency)
    const goods = s.money.worth === 'in-kind' ? this.chance(0.8) : this.chance(0.03)
    return [author, {
      is: `pledge.${act}`, id: x.id, tx: this.wrong() && told.length ? this.pick(told).r.tx : `T${++this.counter}`, ...(goods ? { in_kind: { description: 'Rice' } } : { money }), ...(this.chance(0.3) && { on: this.date() }),
      ...(((other && !this.wrong(3)) || this.chance(0.03)) && { counts: { ...this.money(currency), rate: '1.1', rate_on: '2026-01-01', rate_source: 'ECB' } }),
      ...(named.length > 0 && this.chance(0.7) && (act === 'disbursed' ? { matches: named } : act === 'received' || act === 'refunded' ? { of: named } : {})),
      ...(act === 'received' && this.chance(0.2) && { fees: this.money(this.wrong(3) ? undefined : currency) }), ...this.common(),
    }]
  },
  pledgeWithdrawn() {
    const x = this.subject('pledge')
    if (!x) return undefined
    return [this.of(this.able([x.author ?? 'FR-3', this.state(x).terms.donor ?? 'FR-3']), this.registered), { is: 'pledge.withdrawn', id: x.id, reason: 'R' }]
  },

  // on any record
  confirmed(by) { const [t, named] = this.target(); return [by ?? this.of(named, this.registered), { is: 'record.confirmed', ref: t }] },
  disputed(by) { return this.dispute(by, 'disputed') },
  settled(by) { return this.dispute(by, 'settled') },
  voided() {
    const x = this.subject('pledge', 'commitment')
    const t = x && this.pick(x.records.filter((t) => (t.r.is === 'commitment.progressed' || TRANSACTIONS.includes(t.r.is) || this.wrong()) && (!isVoid(t) || this.wrong(3))))
    return t && [this.of([t.org], this.registered), { is: 'record.voided', ref: this.wrong() ? this.ref() : t.ref, reason: 'R' }]
  },
}

Object.assign(Story.prototype, {
  stewards() { return this.shuffle(this.log.stewards).slice(0, this.wrong(5) ? 1 : this.log.stewards.length) },
  convener(network) { return this.of(this.model.conveners(network), this.registered) },
  quorum(network) { const all = this.shuffle(this.model.conveners(network)); return all.slice(0, this.wrong(4) ? 0 : all.length) },
  two(network) { return this.wrong(4) ? [] : this.shuffle([...this.model.conveners(network), ...this.log.stewards]).slice(0, 3) },
  lister() { return this.of(this.registered.filter((o) => this.model.networksOf(o).length > 0), this.registered) },
  able(orgs) { return orgs.filter((o) => o && !this.model.keyless(o)) },
  ceremony(parties) { return this.chance(0.4) ? this.able(parties.map((p) => p.org)) : this.some(this.able(parties.map((p) => p.org)), 0.3) },
  parties(by, more) {
    const others = this.shuffle(this.known.filter((o) => o !== by)).slice(0, this.int(4))
    if (this.wrong(0.5)) others.push('NOBODY-1')
    return [...(this.wrong() ? [] : [by]), ...others, ...(others.length === 0 ? [by] : [])].filter((o, i, all) => all.indexOf(o) === i).map((org) => ({
      org, ...more(org), ...((this.model.keyless(org) ? this.chance(0.6) : this.chance(0.03)) && { signed_elsewhere: { on: '2025-06', evidence: this.evidence() } }),
    }))
  },
  deliverables() {
    return Array.from({ length: 1 + this.int(3) }, (_, i) => {
      const measure = this.pick(['unit', 'percentage', 'nominal', 'ordinal', 'qualitative']), counted = measure === 'unit' || measure === 'percentage'
      return {
        id: `D${i + 1}`, title: this.title(), measure, ...(this.chance(0.5) && { target: counted ? '100' : 'all of it', baseline: counted ? '-1.5' : 'none' }), ...(counted && this.chance(0.5) && { unit: this.pick(['people', 'homes']) }),
        ...(this.chance(0.3) && { due: this.date(), country: 'KE', step: 1 + this.int(3), responsible: [this.org()], milestones: [{ period: this.period() }] }), ...(this.chance(0.05) && { dropped: true }),
      }
    })
  },
  reference(...kinds) { const x = this.pick(this.subjects(...kinds)); return this.wrong(0.5) ? this.pick(['FR-3:none', ...this.model.subjects.keys()]) : x?.id },
  wanted() { return { wanted: this.some(['W1', 'W2', 'W3'], 0.6).map((id) => ({ id, title: this.title(), what: this.pick(['money', 'goods', 'expertise']), ...(this.chance(0.3) && { money: this.money(), countries: ['KE'] }) })) } },
  partnershipTerms() {
    const parent = this.chance(0.15) && this.reference('partnership')
    return { ...(this.chance(0.2) && this.wanted()),  ...(parent && { parent }), ...(this.chance(0.4) && { open: true }), ...(this.chance(0.2) && { administrative_agent: this.org(), budget: this.money(), signed_on: this.date() }), ...(this.chance(0.2) && { period: this.period(), description: this.text() }) }
  },
  commitmentTerms() {
    const partnership = this.chance(0.2) && this.reference('partnership')
    return { ...(this.chance(0.3) && this.wanted()), ...(partnership && { partnership }), ...(this.chance(0.4) && { open: true }), ...(this.chance(0.2) && { budget: this.money(), budget_lines: [{ id: 'B1', title: 'B', money: this.money() }] }), ...(this.chance(0.2) && { period: this.period(), description: this.text() }) }
  },
  wantedOf(id) {
    const x = this.model.subject(id), s = x && this.state(x), asked = ((s?.pending ?? s)?.terms.wanted ?? []).map((w) => w.id)
    return (asked.length > 0 && this.chance(0.7)) || this.wrong() ? { wanted: this.of(asked, ['W1', 'W9']) } : {}
  },
  pledgeTerms() {
    const for_ = this.chance(0.2) && this.reference('partnership', 'commitment'), fund = this.chance(0.1) && (this.chance(0.5) ? this.org() : this.pick(this.subjects('partnership').filter((p) => this.state(p).terms.kind === 'fund-window' || this.wrong(3)))?.id)
    return {
      ...(for_ && { for: for_ }), ...((for_ || this.wrong(0.5)) && this.wantedOf(for_)), ...(fund && { from_fund: fund }), ...(this.chance(0.3) && { period: this.period() }), ...(this.chance(0.3) && { on: this.date() }), ...(this.chance(0.2) && { schedule: [{ due: this.date(), money: this.money() }] }),
      ...(this.chance(0.1) && { conditions: this.text(), finance_type: '110', modality: 'bilateral', earmarking: '1', tied: '5', cash: this.chance(0.5), aid_type: [{ code: 'A01' }, { code: '1', vocabulary: '4' }, { code: '1', vocabulary: '2' }].slice(this.int(3)), usd: { amount: '10.5', currency: 'USD', rate: '2' } }),
    }
  },
  newTerms(x, s, author) {
    const parties = () => this.parties(s.lead ?? author, (org) => (x.kind === 'commitment' ? { role: this.pick(ROLES) } : {}))
    const classified = this.classified(author), some = Object.fromEntries(this.some(Object.entries(classified), 0.5))
    const own = {
      partnership: () => this.pick([{ parties: parties() }, this.partnershipTerms(), { kind: 'fund-window' }, { open: this.chance(0.7) }, { parent: null }, { administrative_agent: null, open: null }]),
      commitment: () => this.pick([{ parties: parties() }, { deliverables: this.deliverables() }, this.commitmentTerms(), { partnership: null }, { deliverables: (s.terms.deliverables ?? []).map((d) => ({ ...d, dropped: true })) }, { open: true }]),
      declaration: () => this.pick([{ parties: parties() }, { text: this.text() }, { networks: this.some(this.model.networksOf(author), 0.6) }, { open: true }]),
      pledge: () => this.pick([
        { money: this.money(s.money?.currency), ...(!s.terms.money && { unstated: null, in_kind: null }) }, { money: this.money(), unstated: null, in_kind: null }, { unstated: true, money: null, in_kind: null }, { in_kind: { description: 'Tents' }, money: null, unstated: null },
        this.pledgeTerms(), this.pledgeTerms(), { from_fund: null, for: null }, { wanted: null }, { recipient: 'anonymous' }, { basis: 'payment' }, { donor: this.org() }, { recipient: this.org() }, { own_funds: true }, { own_funds: null }, { schedule: null, period: null }, { money: null },
      ]),
    }[x.kind]()
    const set = x.kind === 'declaration' ? own : { ...(this.chance(0.3) ? some : {}), ...own }
    return Object.keys(set).length > 0 ? set : { title: this.title() }
  },
  answer(by, act) {
    const x = this.subject('partnership', 'commitment', 'declaration', 'pledge')
    if (!x) return undefined
    const s = this.state(x), waiting = (s.pending ?? s).parties.filter((p) => p.state !== 'signed' || this.chance(0.1)).map((p) => p.org)
    if (!s.pending && s.agreed && !this.wrong(3)) return undefined
    return [by ?? this.of(this.able(waiting), this.registered), {
      is: `${x.kind}.${act}`, id: x.id, rev: this.rev(s), ...(act === 'declined' ? { reason: this.text() } : this.chance(0.2) && { capacity: 'Director', signed_on: this.date() }), ...this.common(),
    }]
  },
  // A reference, and whom that record names.
  target() {
    const x = this.chance(0.8) && this.subject('pledge', 'commitment', 'partnership')
    const t = x?.records?.length ? this.pick(x.records) : this.pick(this.pick(this.model.statements).told)
    const parties = t.subject ? this.state(t.subject).parties.map((p) => p.org) : [t.r.org]
    return [this.wrong() ? this.ref() : t.ref, this.able(parties).filter((o) => o !== t.org), parties.filter((o) => o && this.model.keyless(o)), t]
  },
  dispute(by, act) {
    const [ref, named, keyless, t] = this.target()
    const open = t.said.filter((m) => m.r.is === 'record.disputed')
    if (act === 'settled' && open.length > 0 && !this.wrong()) {
      const d = this.pick(open)
      return [d.r.on_behalf ? this.pick(this.networks.flatMap((n) => this.model.conveners(n))) : by ?? d.org, { is: 'record.settled', ref: t.ref, reason: 'R', ...(d.r.on_behalf && { on_behalf: d.r.on_behalf }) }]
    }
    if (act === 'settled' && !this.wrong(2)) return undefined
    const behalf = keyless.length > 0 && this.chance(0.5) ? this.pick(keyless) : this.wrong() ? this.org() : undefined
    return [behalf ? this.of(this.networks.flatMap((n) => this.model.conveners(n)), this.registered) : by ?? this.of(named, this.registered), { is: `record.${act}`, ref, reason: 'R', ...(behalf && { on_behalf: behalf }) }]
  },
})

const WEIGHTS = {
  logRules: 0.2, logKey: 0.2, steward: 0.6, domain: 0.7, domainSeen: 0.9, logKeyRetired: 0.3, cosigner: 0.5, cosignerRetired: 0.4, listed: 2, registration: 2.5, orgUpdated: 0.7, orgClosed: 0.3, signing: 0.3, keyAdded: 1, keyRevoked: 0.6, keyRecovered: 0.6,
  network: 0.6, networkUpdated: 0.7, granted: 2.5, memberAccepted: 2, memberEnded: 0.5, convenerAdded: 0.6, convenerRemoved: 0.5,
  partnership: 2, commitment: 3, declaration: 1, accepted: 9, declined: 2, amended: 7, acceded: 1.5, left: 1, leadChanged: 1, life: 2, progressed: 6, pledge: 7, transaction: 15, pledgeWithdrawn: 0.6,
  confirmed: 2, disputed: 3, settled: 2.5, voided: 1.5,
}
const WEIGHTED = Object.entries(WEIGHTS).flatMap(([name, w]) => Array(Math.round(w * 10)).fill(name))
// What goes with anything: acts that take their author.
const PLAIN = ['listed', 'orgUpdated', 'partnership', 'commitment', 'accepted', 'amended', 'progressed', 'progressed', 'pledge', 'pledge', 'transaction', 'transaction', 'transaction', 'confirmed', 'disputed']
