// The vocabulary, once more: what each statement does, by docs/vocabulary.md and docs/rules.md, in plain
// objects. It keeps what was said and derives the rest (subject.mjs); it is meant to be read beside the
// vocabulary, not to be fast. A refusal is thrown: {rule, line}.
import { form, formed, lower, minor, NOBODY, quantity, subjectForm, subjectOrg, vouched, wholeTerms } from './forms.mjs'
import { corrects, currencyOf, derive, disputes, isVoid, TRANSACTIONS } from './subject.mjs'

const number = (index, n) => index * 256 + n - 1
const refuse = (rule) => { throw { rule } }
const demand = (so, rule) => { if (!so) refuse(rule) }
// Keys, kinds: "pledge" stands for all of its kinds.
const covers = (kinds, kind) => kinds.some((k) => k === kind || kind.startsWith(`${k}.`))
// The organizations that a record names: what stands in fields of that type, whatever texts or codes say.
const NAMING = ['org', 'donor', 'recipient', 'from_fund', 'administrative_agent', 'lead', 'successor', 'on_behalf', 'stewards', 'with', 'funded_by', 'responsible']
const named = (v) => Object.entries(v ?? {}).flatMap(([name, value]) => {
  if (['parties', 'conveners', 'deliverables'].includes(name)) return value === null ? [] : value.flatMap(named)
  if (name === 'set') return named(value)
  return NAMING.includes(name) ? [value].flat().filter((x) => typeof x === 'string') : []
})

// Several times faster than structuredClone, of what the directory is made of.
function copy(v) {
  if (v instanceof Map) return new Map([...v].map(([key, value]) => [key, copy(value)]))
  if (Array.isArray(v)) return v.map(copy)
  if (v === null || typeof v !== 'object') return v
  const own = {}
  for (const name in v) own[name] = copy(v[name])
  return own
}

export class Model {
  constructor({ rules, codes }, proves) {
    Object.assign(this, { rules, codes, proves, log: null, size: 0 })
    this.statements = [] // id, told[]
    this.known = new Map()
    this.directory = { orgs: new Map(), keys: new Map(), pubs: new Map(), networks: new Map(), members: new Map() }
    this.subjects = new Map()
  }

  // --- statements ------------------------------------------------------------------------------------

  // st: {id, header, records[], sigs: [{org, key, good}]}
  take(st) {
    const before = { log: this.log, directory: this.directory }
    this.touched = []
    try {
      const known = this.judgeEnvelope(st)
      if (known !== undefined) return { known }
      if (st.records.some((r) => /^(log|cosigner|network|organization|key|membership|convener|steward|domain)\./.test(r.is))) {
        this.directory = copy(this.directory)
        this.log = copy(this.log)
      }
      this.judgeRecords(st)
    } catch (e) {
      if (!e.rule) throw e
      Object.assign(this, before)
      for (const undo of this.touched.reverse()) undo()
      return { refused: e.rule, line: e.line ?? 0 }
    }
    const told = this.touched.told
    const key = this.key(st.header.org, st.header.key)
    Object.assign(key, { seq: st.header.seq, at: st.header.at, head: this.size, count: (key.count ?? 0) + 1 })
    this.known.set(st.id, this.size)
    this.statements.push({ id: st.id, told, st })
    return { accepted: this.size++ }
  }

  key(org, id) { return this.directory.keys.get(`${org}+${id}`) }

  // What comes before the records, in the order of docs/formats.md 2.
  judgeEnvelope(st) {
    const { header: h, records, sigs } = st
    const at = (line, so, rule) => { if (!so) throw { rule, line } }
    at(2, this.size === 0 || h.log === this.log.origin, 'header.log')
    records.forEach((r, i) => {
      const rule = form(r, { org: h.org, log: h.log, proves: (...args) => this.proves(...args, h.log) })
      at(i + 3, rule === undefined, rule)
    })
    const charters = records.findIndex((r) => r.is === 'log.chartered')
    if (this.size === 0) at(3, charters === 0, 'entry.zero')
    if (this.known.has(st.id)) return this.known.get(st.id)
    const again = records.findIndex((r, i) => r.is === 'log.chartered' && (this.size > 0 || i > 0))
    at(again + 3, again < 0, 'entry.zero')
    if (this.size > 0) {
      at(0, this.log.rules === this.rules, 'log.rules')
      at(0, this.log.codes === this.codes, 'log.codes')
      at(0, !this.log.succeeded, 'log.succeeded')
    }
    const line = (i) => records.length + 4 + i
    // Of entry 0: the keys that it states.
    const founding = this.size > 0 ? [] : records.filter((r) => r.is === 'organization.registered').flatMap((r) => r.keys.map((k) => k.key.split('+').slice(0, 2).join('+')))
    const find = (s) => this.size > 0 ? this.key(s.org, s.key) : founding.includes(`${s.org}+${s.key}`) ? { since: 0 } : undefined
    sigs.forEach((s, i) => at(line(i), find(s) && find(s).type !== 4, 'key.unknown'))
    sigs.forEach((s, i) => at(line(i), s.good, 'signature.bad'))
    sigs.forEach((s, i) => at(line(i), find(s).since <= this.size && !(find(s).until <= this.size), 'key.inactive'))
    const own = find(sigs[0])
    at(2, !(h.seq <= own.seq), 'seq.stale')
    at(2, !(h.at < own.at), 'at.earlier')
    at(2, !(h.before <= this.size), 'before.passed')
  }

  judgeRecords(st) {
    this.touched.told = []
    this.signers = [st.header.org, ...(st.header.with ?? [])]
    this.author = st.header.org
    this.sigs = st.sigs
    st.records.forEach((r, i) => {
      const t = {
        r, index: this.size, n: i + 1, number: number(this.size, i + 1), ref: `${this.size}/${i + 1}/${st.id}`,
        org: this.author, at: st.header.at, signers: this.signers, said: [],
      }
      try { this.judge(t) } catch (e) { if (e.rule) e.line = i + 3; throw e }
      this.touched.told.push(t)
    })
    // Of the statement as a whole: cosigners that are active at the next entry.
    const added = st.records.findLastIndex((r) => r.is === 'cosigner.added')
    const active = this.keysOf(this.author).filter((k) => k.type === 4 && this.lives(k))
    if (added >= 0 && active.length > 4) throw { rule: 'cosigner.count', line: added + 3 }
  }

  judge(t) {
    const [family, act] = t.r.is.split('.')
    if (this.size === 0) demand(t.n === 1 || ['organization.registered', 'network.chartered'].includes(t.r.is), 'entry.zero')
    if (family === 'record') return this.mark(t, act)
    if (['partnership', 'commitment', 'declaration', 'pledge'].includes(family)) return this.judgeSubject(t, family, act)
    this[`${family}_${act}`](t, t.r)
    // Organizations and networks have a history, too.
    const about = ['network', 'membership', 'convener'].includes(family) ? this.network(t.r.network) : family === 'log' ? undefined : this.org(t.r.org ?? this.author)
    if (about) about.last = t.number
  }

  // What keys may sign, after the subject was found: a delegate's kinds, and four eyes.
  may(t) {
    if (this.size === 0) return
    for (const s of this.sigs) {
      const { kinds } = this.key(s.org, s.key)
      demand(!kinds?.length || covers(kinds, t.r.is), 'key.kinds')
    }
    for (const org of this.signers) {
      const rules = (this.org(org)?.signing ?? []).filter((rule) => covers(rule.kinds, t.r.is))
      const most = Math.max(1, ...rules.map((rule) => rule.signatures))
      demand(this.sigs.filter((s) => s.org === org).length >= most, 'author.signatures')
    }
  }

  // --- words -----------------------------------------------------------------------------------------

  // By exactly this spelling.
  org(id) { const o = this.directory.orgs.get(lower(id)); return o?.org === id ? o : undefined }
  keyless(id) { return this.org(id)?.status !== 'registered' }
  network(id) { return this.directory.networks.get(id) }
  member(network, org) { return this.directory.members.get(`${network} ${lower(org)}`) }
  isMember(network, org) { return this.member(network, org)?.status === 'member' }
  networksOf(org) { return [...this.directory.networks.keys()].filter((n) => this.isMember(n, org)) }
  convenes(network, org) { return network.conveners.some((c) => c.org === org) && this.isMember(network.network, org) }
  conveners(network) { return network.conveners.map((c) => c.org).filter((org) => this.convenes(network, org)) }
  signingConveners(network) { return this.conveners(network).filter((org) => this.signers.includes(org)) }
  signingStewards() { return this.log.stewards.filter((org) => this.signers.includes(org)) }
  demandOrg(id) { demand(this.org(id), 'org.unknown') }
  demandNetwork(id) { demand(this.network(id), 'network.unknown') }

  // So many conveners, but never more than it has.
  quorum(network, what) {
    demand(this.signingConveners(network).length >= Math.min(network.quorum[what], network.conveners.length), 'quorum.missing')
  }
  admits(network) { demand(this.convenes(network, this.author), 'author.not-allowed'); this.quorum(network, 'admit') }
  // Two conveners, or one with a steward, or the stewards' quorum, two at least; where one is all of these, that one.
  byTwo(network) {
    const conveners = this.signingConveners(network), stewards = this.signingStewards()
    const fine = (conveners.length > 0 && new Set([...conveners, ...stewards]).size >= 2) || stewards.length >= Math.max(2, this.log.quorum) || this.alone(network)
    demand(fine, 'quorum.missing')
  }
  alone(network) {
    const conveners = this.conveners(network)
    return conveners.length === 1 && this.log.stewards.length === 1 && conveners[0] === this.log.stewards[0]
  }
  byStewards() {
    demand(this.log.stewards.includes(this.author), 'author.not-allowed')
    demand(this.signingStewards().length >= Math.min(this.log.quorum, this.log.stewards.length), 'quorum.missing')
  }

  // A public key is stated once, an id once a name.
  stateKey(stated, more) {
    const [, name, id, base64] = /^([^+]*)\+([^+]*)\+(.*)$/.exec(stated.key)
    const bytes = Buffer.from(base64, 'base64'), pub = bytes.subarray(1).toString('hex')
    demand(!this.directory.pubs.has(pub) && !this.directory.keys.has(`${name}+${id}`), 'key.stated')
    this.directory.pubs.set(pub, `${name}+${id}`)
    const key = { name, id, key: stated.key, pub, type: bytes[0], since: this.size === 0 ? 0 : this.size + 1, ...more }
    if (name !== this.log.origin) this.directory.keys.set(`${name}+${id}`, key)
    return key
  }
  keysOf(org) { return [...this.directory.keys.values()].filter((k) => k.org === org) }
  // Usable at the next entry.
  lives(key) { return key.since <= this.size + 1 && !(key.until <= this.size + 1) }
  end(key, t, reason, since) {
    key.until = Math.min(key.until ?? Infinity, this.size + 1)
    key.revoked = { reason, record: t.number, ...(since !== undefined && { since }) }
  }

  // --- the log ---------------------------------------------------------------------------------------

  log_chartered(t, r) {
    demand(r.stewards.includes(this.author) && r.quorum <= r.stewards.length, r.stewards.includes(this.author) ? 'field.value' : 'author.not-allowed')
    demand(r.stewards.every((org) => this.signers.includes(org)), 'quorum.missing')
    demand(r.rules === this.rules, 'log.rules')
    demand(r.codes === this.codes, 'log.codes')
    this.log = { origin: r.origin, rules: r.rules, codes: r.codes, title: r.title, stewards: r.stewards, quorum: r.quorum, keys: [], record: t.number }
    this.stateLogKey(r)
  }
  stateLogKey(r) {
    const { name, ...key } = this.stateKey(r)
    this.log.keys.push(key)
  }
  log_rules(t, r) { this.may(t); this.byStewards(); Object.assign(this.log, { rules: r.rules, codes: r.codes, changed: t.number }) }
  log_key_added(t, r) { this.may(t); this.byStewards(); this.stateLogKey(r) }
  log_key_retired(t, r) {
    const key = this.log.keys.find((k) => k.id === r.key_id)
    this.may(t); this.byStewards()
    demand(key, 'subject.unknown')
    demand(this.lives(key), 'life.state')
    demand(this.log.keys.some((k) => k !== key && this.lives(k)), 'key.last')
    key.until = this.size + 1
  }
  log_succeeded(t, r) { this.may(t); this.byStewards(); demand(!this.log.succeeded, 'life.state'); this.log.succeeded = { origin: r.origin, url: r.url, record: t.number } }

  steward_added(t, r) {
    demand(!this.log.stewards.includes(r.org), 'subject.exists')
    this.may(t); this.byStewards()
    demand(this.signers.includes(r.org), 'author.not-allowed')
    this.stewards(r, [...this.log.stewards, r.org])
  }
  steward_removed(t, r) {
    demand(this.log.stewards.includes(r.org), 'subject.unknown')
    this.may(t); this.byStewards()
    demand(this.log.stewards.length > 1, 'steward.last')
    this.stewards(r, this.log.stewards.filter((org) => org !== r.org))
  }
  // Without `quorum` the old one stays, lowered to their number; a stated higher one is refused.
  stewards(r, list) {
    demand(!(r.quorum > list.length), 'field.value')
    Object.assign(this.log, { stewards: list, quorum: r.quorum ?? Math.min(this.log.quorum, list.length) })
  }

  // --- domains ---------------------------------------------------------------------------------------

  organization_domain(t, r) {
    const org = this.org(r.org)
    demand(org, 'subject.unknown')
    const claimed = (org.domains ?? []).some((d) => d.domain === r.domain)
    demand(claimed === (r.ended === true), r.ended ? 'subject.unknown' : 'subject.exists')
    this.may(t)
    demand(r.org === this.author, 'author.not-allowed')
    org.changed = t.number
    org.domains = [...(org.domains ?? []).filter((d) => d.domain !== r.domain), ...(r.ended ? [] : [{ domain: r.domain, record: t.number, seen: [] }])]
    if (org.domains.length === 0) delete org.domains
  }
  domain_seen(t, r) {
    const claim = this.org(r.org)?.domains?.find((d) => d.domain === r.domain)
    demand(claim, 'subject.unknown')
    this.may(t)
    demand(r.org !== this.author, 'author.not-allowed')
    demand(this.networksOf(this.author).length > 0, 'author.not-a-member')
    demand(r.on <= t.at.slice(0, 10), 'field.value')
    const sighting = { org: this.author, method: r.method, on: r.on, found: r.found, record: t.number }
    const i = claim.seen.findIndex((s) => s.org === this.author && s.method === r.method)
    if (i < 0) claim.seen.push(sighting)
    else if (claim.seen[i].on <= r.on) claim.seen[i] = sighting
  }

  // --- cosigners and keys ----------------------------------------------------------------------------

  cosigner_added(t, r) {
    this.may(t)
    const key = this.stateKey(r, { org: this.author, ...(r.url && { url: r.url }), created: t.number })
    this.org(this.author).cosigners.push(`${key.name}+${key.id}`)
  }
  cosigner_retired(t, r) {
    const key = this.keysOf(this.author).find((k) => k.type === 4 && k.id === r.key_id)
    demand(key, 'subject.unknown')
    this.may(t)
    demand(this.lives(key), 'life.state')
    this.end(key, t, 'retired')
  }
  key_added(t, r) {
    demand(this.org(r.org), 'subject.unknown')
    this.may(t)
    demand(r.org === this.author, 'author.not-allowed')
    this.stateOrgKey(this.org(r.org), t, r, { ...(r.kinds && { kinds: r.kinds }), ...(r.until !== undefined && { until: r.until }) })
  }
  stateOrgKey(org, t, stated, more) {
    const key = this.stateKey(stated, { org: org.org, label: stated.label, ...more, created: t.number })
    org.keys.push(key.id)
  }
  key_revoked(t, r) {
    const key = this.key(r.org, r.key_id)
    demand(key, 'subject.unknown')
    this.may(t)
    demand(r.org === this.author, 'author.not-allowed')
    demand(!key.revoked, 'life.state')
    demand(this.keysOf(r.org).some((k) => k !== key && k.type === 1 && this.lives(k)), 'key.last')
    this.end(key, t, r.reason, r.since)
  }
  key_recovered(t, r) {
    const org = this.org(r.org)
    demand(org, 'subject.unknown')
    this.may(t)
    demand(!this.signers.includes(r.org), 'author.not-allowed')
    // Who convenes the network that registered it, or (entry 0, and of a steward) its networks.
    const steward = this.log.stewards.includes(r.org), others = this.log.stewards.filter((s) => s !== r.org)
    const networks = (org.network && !steward ? [org.network] : this.networksOf(r.org)).map((n) => this.network(n))
    const vouch = (who) => networks.some((n) => this.convenes(n, who))
    demand(this.log.stewards.includes(this.author) || vouch(this.author), 'author.not-allowed')
    const stewards = this.signingStewards(), conveners = this.signers.filter(vouch), needed = Math.max(2, this.log.quorum)
    const all = new Set([...stewards, ...conveners])
    if (steward) demand(stewards.length >= Math.min(needed, others.length) && all.size >= 2, 'quorum.missing')
    else demand((conveners.length > 0 && all.size >= 2) || stewards.length >= needed, 'quorum.missing')
    demand(org.keys.length > 0, 'life.state')
    for (const key of this.keysOf(r.org)) if (!key.revoked) this.end(key, t, 'recovered')
    this.stateOrgKey(org, t, r)
    Object.assign(org, { status: 'registered', changed: t.number })
    delete org.signing
    delete org.successor
  }

  // --- organizations ---------------------------------------------------------------------------------

  vouches(org) {
    if (!vouched(org)) return
    const network = this.network(vouched(org))
    demand(network, 'network.unknown')
    demand(this.convenes(network, this.author), 'author.not-allowed')
  }
  organization_listed(t, r) {
    this.demandFree(r.org)
    this.may(t)
    demand(this.networksOf(this.author).length > 0, 'author.not-a-member')
    this.vouches(r.org)
    this.directory.orgs.set(lower(r.org), { ...this.profile(r), org: r.org, status: 'listed', by: this.author, keys: [], cosigners: [], created: t.number, changed: t.number })
  }
  profile(r) {
    return Object.fromEntries(['name', 'org_type', 'country', 'aliases', 'website'].filter((name) => r[name] !== undefined).map((name) => [name, r[name]]))
  }
  organization_registered(t, r) {
    const old = this.directory.orgs.get(lower(r.org))
    if (!(old?.org === r.org && old.status === 'listed')) this.demandFree(r.org)
    this.may(t)
    if (this.size > 0) {
      demand(r.network, 'field.missing')
      this.demandNetwork(r.network)
      this.admits(this.network(r.network))
      this.vouches(r.org)
    } else {
      demand(r.network === undefined, 'field.unknown')
    }
    const org = { ...(old && this.profile(old)), ...this.profile(r), org: r.org, status: 'registered', by: this.author, ...(r.network && { network: r.network }), keys: [], cosigners: [], created: old?.created ?? t.number, changed: t.number }
    this.directory.orgs.set(lower(r.org), org)
    for (const k of r.keys) this.stateOrgKey(org, t, k)
  }
  ownOrg(t, r) {
    const org = this.org(r.org)
    demand(org, 'subject.unknown')
    this.may(t)
    demand(this.author === (this.keyless(r.org) ? org.by : r.org), 'author.not-allowed')
    return org
  }
  organization_updated(t, r) {
    Object.assign(this.ownOrg(t, r), this.profile(r), { changed: t.number })
  }
  organization_closed(t, r) {
    const org = this.ownOrg(t, r)
    demand(org.status !== 'closed', 'life.state')
    demand(!this.log.stewards.includes(r.org), 'life.state')
    if (r.successor) this.demandOrg(r.successor)
    for (const key of this.keysOf(r.org)) if (!(key.until <= this.size + 1)) key.until = this.size + 1
    Object.assign(org, { status: 'closed', ...(r.successor && { successor: r.successor }), changed: t.number })
  }
  organization_signing(t, r) {
    const org = this.org(r.org)
    demand(org, 'subject.unknown')
    this.may(t)
    demand(r.org === this.author, 'author.not-allowed')
    Object.assign(org, { signing: r.rules, changed: t.number })
  }

  // --- networks, members, conveners ------------------------------------------------------------------

  grant(t, network, org, role) {
    const signs = this.signers.includes(org)
    this.directory.members.set(`${network} ${lower(org)}`, { network, org, role, status: signs ? 'member' : 'granted', granted: t.number, ...(signs && { accepted: t.number }) })
  }
  // Who convenes was known before, and is a member once it signs.
  convene(t, network, conveners) {
    for (const { org } of conveners) if (!['granted', 'member'].includes(this.member(network, org)?.status)) this.grant(t, network, org, 'member')
    else if (this.member(network, org).status === 'granted' && this.signers.includes(org)) Object.assign(this.member(network, org), { status: 'member', accepted: t.number })
  }
  networkRefs(r) {
    if (r.parent) this.demandNetwork(r.parent)
    for (const n of r.member_networks ?? []) this.demandNetwork(n)
    for (const c of r.conveners ?? []) this.demandOrg(c.org)
  }
  network_chartered(t, r) {
    demand(!this.network(r.network), 'subject.exists')
    this.may(t)
    if (r.parent) this.demandNetwork(r.parent)
    if (r.parent) this.admits(this.network(r.parent))
    else demand(this.log.stewards.includes(this.author), 'author.not-allowed')
    this.networkRefs(r)
    const { is, evidence, refs, note, ...rest } = r
    this.directory.networks.set(r.network, { ...structuredClone(rest), created: t.number, changed: t.number })
    this.convene(t, r.network, r.conveners)
  }
  network_updated(t, r) {
    const network = this.network(r.network)
    demand(network, 'subject.unknown')
    this.may(t)
    this.admits(network)
    const changes = r.conveners && JSON.stringify(r.conveners.map((c) => c.org).sort()) !== JSON.stringify(network.conveners.map((c) => c.org).sort())
    if (changes) this.byTwo(network)
    if (r.parent && r.parent !== network.parent) {
      this.demandNetwork(r.parent)
      this.quorum(this.network(r.parent), 'admit')
    }
    this.networkRefs(r)
    const { is, evidence, refs, note, ...rest } = r
    if (r.conveners) this.convene(t, r.network, r.conveners)
    Object.assign(network, structuredClone(rest), { changed: t.number })
    demand(this.conveners(network).length > 0, 'convener.last')
  }
  membership_granted(t, r) {
    this.demandNetwork(r.network)
    demand(!['granted', 'member'].includes(this.member(r.network, r.org)?.status), 'subject.exists')
    this.may(t)
    this.admits(this.network(r.network))
    this.demandOrg(r.org)
    this.grant(t, r.network, r.org, r.role)
  }
  membership(r) {
    const m = this.member(r.network, r.org)
    demand(m?.org === r.org && m.status !== 'ended', 'subject.unknown')
    return m
  }
  membership_accepted(t, r) {
    const m = this.membership(r)
    this.may(t)
    demand(r.org === this.author, 'author.not-allowed')
    demand(m.status === 'granted', 'life.state')
    Object.assign(m, { status: 'member', accepted: t.number })
  }
  membership_ended(t, r) {
    const m = this.membership(r), network = this.network(r.network)
    this.may(t)
    if (r.org !== this.author) this.admits(network)
    demand(!network.conveners.some((c) => c.org === r.org), 'life.state')
    Object.assign(m, { status: 'ended', ended: t.number })
  }
  convener_added(t, r) {
    this.demandNetwork(r.network)
    this.demandOrg(r.org)
    const network = this.network(r.network)
    demand(!network.conveners.some((c) => c.org === r.org), 'subject.exists')
    this.may(t)
    demand(this.convenes(network, this.author) || this.log.stewards.includes(this.author), 'author.not-allowed')
    this.byTwo(network)
    demand(!this.alone(network) || this.signers.includes(r.org), 'quorum.missing')
    demand(this.isMember(r.network, r.org), 'life.state')
    network.conveners.push({ org: r.org, role: r.role })
    network.changed = t.number
  }
  convener_removed(t, r) {
    this.demandNetwork(r.network)
    const network = this.network(r.network)
    demand(network.conveners.some((c) => c.org === r.org), 'subject.unknown')
    this.may(t)
    demand(this.convenes(network, this.author) || this.log.stewards.includes(this.author), 'author.not-allowed')
    this.byTwo(network)
    demand(this.conveners(network).some((org) => org !== r.org), 'convener.last')
    network.conveners = network.conveners.filter((c) => c.org !== r.org)
    network.changed = t.number
  }

  // --- agreements ------------------------------------------------------------------------------------

  subject(id) { return this.subjects.get(id) }
  // Organizations and subjects share one name space, without regard to case.
  demandFree(id) {
    demand(!this.directory.orgs.has(lower(id)) && ![...this.subjects.keys()].some((other) => lower(other) === lower(id)), 'subject.exists')
  }
  state(subject) { return subject.memo ??= derive(subject) }
  append(subject, t) {
    if (subject.kind === 'declaration') {
      t.networks = Object.fromEntries([...this.directory.networks.values()].map((n) => [n.network, { conveners: this.conveners(n), speak: Math.min(n.quorum.speak, n.conveners.length) }]))
    }
    subject.records.push(t)
    subject.memo = undefined
    t.subject = subject
    this.touched.push(() => { subject.records.pop(); subject.memo = undefined })
  }
  // Who is named in terms, or was a party until now, and could not sign them.
  snapshot(t, terms, parties = []) {
    const named = terms.parties?.map((p) => p.org) ?? [terms.donor, terms.recipient]
    t.keyless = [...named, ...parties.map((p) => p.org)].filter((org) => this.keyless(org))
    return t
  }

  judgeSubject(t, kind, act) {
    if (act === 'proposed' || act === 'made') {
      this.demandFree(t.r.id)
      this.may(t)
      if (act === 'proposed') demand(t.r.parties.some((p) => p.org === this.author), 'author.not-a-party')
      this.demandMembership(t.r)
      this.references(kind, t.r)
      if (kind === 'pledge') { this.demandWanted(t.r); this.demandFunding(t.r) }
      const subject = { id: t.r.id, kind, author: this.author, created: t, records: [], isOrg: (id) => this.org(id) !== undefined }
      this.subjects.set(t.r.id, subject)
      this.touched.push(() => this.subjects.delete(t.r.id))
      return this.append(subject, this.snapshot(t, t.r))
    }
    const subject = this.subject(t.r.id)
    demand(subject, 'subject.unknown')
    demand(subject.kind === kind, 'subject.kind')
    this.may(t)
    const s = this.state(subject)
    if (TRANSACTIONS.includes(t.r.is)) this.transaction(t, subject, s)
    else if (kind === 'pledge') this[`pledge_${act}`](t, s, subject)
    else this[`agreement_${act}`](t, s, subject)
    this.append(subject, t)
    this.demandHolding(subject, s)
  }
  // What is judged when an amendment is stated is judged again when it comes to hold.
  demandHolding(subject, before) {
    const s = this.state(subject)
    if (s.pending || s.stated === before.stated || !before.pending) return
    if (subject.kind !== 'pledge') demand(s.parties.some((p) => p.org === s.lead), 'author.not-a-party')
    this.demandTerms(subject, s.terms, before)
  }
  demandTerms(subject, terms, s) {
    if (subject.kind === 'commitment') {
      for (const id of Object.keys(s.progress)) {
        const now = terms.deliverables.find((d) => d.id === id), old = s.terms.deliverables.find((d) => d.id === id)
        demand(now && now.measure === old.measure && now.unit === old.unit, 'deliverable.reported')
      }
    }
    if (subject.kind === 'pledge') {
      demand(s.money.transactions === 0 || !terms.money || terms.money.currency === s.money.currency, 'money.mismatch')
      this.demandFunding(terms)
    }
  }

  demandMembership(terms) {
    for (const n of terms.networks ?? []) { this.demandNetwork(n); demand(this.isMember(n, this.author), 'author.not-a-member') }
  }
  references(kind, terms) {
    for (const p of terms.parties ?? []) this.demandOrg(p.org)
    if (kind === 'pledge') {
      for (const side of [terms.donor, terms.recipient]) if (side && !NOBODY.includes(side)) this.demandOrg(side)
      if (terms.for) this.demandSubject(terms.for, 'commitment', 'partnership')
      // Whichever has the id; what looks like no subject can only be an organization.
      const known = terms.from_fund && this.directory.orgs.has(lower(terms.from_fund))
      if (!known && terms.from_fund?.includes(':') && subjectForm(terms.from_fund)) {
        const fund = this.demandSubject(terms.from_fund, 'partnership')
        demand(this.state(fund).terms.kind === 'fund-window', 'subject.kind')
      } else if (terms.from_fund) this.demandOrg(terms.from_fund)
      for (const f of terms.funded_by ?? []) this.demandSubject(f.pledge, 'pledge')
    }
    if (terms.parent) this.demandSubject(terms.parent, 'partnership')
    if (terms.partnership) this.demandSubject(terms.partnership, 'partnership')
    if (terms.administrative_agent) this.demandOrg(terms.administrative_agent)
    for (const d of terms.deliverables ?? []) for (const org of d.responsible ?? []) this.demandOrg(org)
  }
  // What is wanted is asked for by the newest terms of what the pledge is for.
  demandWanted(terms) {
    if (terms.wanted === undefined) return
    const s = terms.for && this.state(this.subject(terms.for))
    demand(((s?.pending ?? s)?.terms.wanted ?? []).some((w) => w.id === terms.wanted), 'wanted.unknown')
  }
  demandSubject(id, ...kinds) {
    const subject = this.subject(id)
    demand(subject, 'ref.unknown')
    demand(kinds.includes(subject.kind), 'subject.kind')
    return subject
  }
  // The other pledge's recipient is this one's donor, same currency.
  demandFunding(terms) {
    for (const f of terms.funded_by ?? []) {
      const other = this.state(this.subject(f.pledge))
      demand(!NOBODY.includes(terms.donor) && other.terms.recipient === terms.donor && f.money.currency === terms.money?.currency && other.money.currency === f.money.currency, 'pledge.funded-by')
    }
  }

  demandParty(s) { demand(s.parties.some((p) => p.org === this.author && p.state !== 'left'), 'author.not-a-party') }
  demandLead(s) { this.demandParty(s); demand(s.lead === this.author, 'author.not-allowed') }
  demandRev(t, s) { demand(t.r.rev === s.rev.ref, 'rev.stale') }
  demandGoing(s) { demand(!s.over, 'life.state') }

  demandAnswer(t, s) {
    demand((s.pending ?? s).parties.some((p) => p.org === this.author && p.state !== 'left'), 'author.not-a-party')
    this.demandRev(t, s)
    this.demandGoing(s)
    demand(s.pending || !s.agreed, 'life.state')
  }
  agreement_accepted(t, s) { this.demandAnswer(t, s) }
  agreement_declined(t, s) { this.demandAnswer(t, s) }

  amended(t, s, subject) {
    const correction = corrects(t.r)
    const newest = s.pending ?? s
    const terms = Object.fromEntries(Object.entries({ ...newest.terms, ...t.r.set }).filter(([, v]) => v !== null))
    this.demandMembership(t.r.set)
    this.demandRev(t, s)
    if (!correction) this.demandGoing(s)
    if (t.r.set.parties) demand(terms.parties.some((p) => p.org === s.lead), 'author.not-a-party')
    const broken = formed((v, at) => wholeTerms(subject.kind, v, at), terms, { org: subjectOrg(subject.id) })
    demand(!broken, broken)
    this.references(subject.kind, t.r.set)
    if (subject.kind === 'pledge' && (t.r.set.for !== undefined || t.r.set.wanted !== undefined)) this.demandWanted(terms)
    if (!correction) this.demandTerms(subject, terms, s)
    this.snapshot(t, terms, s.parties)
  }
  agreement_amended(t, s, subject) { this.demandLead(s); this.amended(t, s, subject) }

  agreement_acceded(t, s) {
    demand(s.terms.open, 'author.not-allowed')
    demand(!s.parties.some((p) => p.org === this.author && p.state !== 'left'), 'life.state')
    this.demandGoing(s)
    demand(!s.declined, 'life.state')
  }
  agreement_left(t, s) {
    this.demandParty(s)
    demand(s.lead !== this.author, 'author.not-allowed')
    this.demandGoing(s)
    demand(s.agreed || s.parties.some((p) => p.org === this.author && p.state === 'signed'), 'life.state')
  }
  agreement_lead_changed(t, s) {
    this.demandLead(s)
    demand(t.r.lead === s.lead || this.signers.includes(t.r.lead), 'author.not-allowed')
    demand(s.parties.some((p) => p.org === t.r.lead && p.state !== 'left'), 'author.not-a-party')
    this.demandGoing(s)
    demand(t.r.lead !== s.lead, 'life.state')
  }
  // Not what is only proposed or declined.
  demandStanding(s) { this.demandGoing(s); demand(!['proposed', 'declined'].includes(s.status), 'life.state') }
  agreement_suspended(t, s) { this.demandLead(s); this.demandStanding(s); demand(!s.life, 'life.state') }
  agreement_resumed(t, s) { this.demandLead(s); demand(s.life?.is === 'suspended', 'life.state') }
  agreement_ended(t, s) { this.demandLead(s); this.demandStanding(s) }
  agreement_completed(t, s) { this.demandLead(s); this.demandStanding(s) }
  agreement_withdrawn(t, s) { this.demandLead(s); this.demandGoing(s) }

  agreement_progressed(t, s) {
    this.demandParty(s)
    demand(!s.declined && s.life?.is !== 'withdrawn', 'life.state')
    const d = s.terms.deliverables.find((d) => d.id === t.r.deliverable)
    demand(d, 'deliverable.unknown')
    for (const org of [...(t.r.with ?? []), ...(t.r.funded_by ?? [])]) this.demandOrg(org)
    if (t.r.value !== undefined && ['unit', 'percentage'].includes(d.measure)) demand(formed(quantity, t.r.value) === undefined, formed(quantity, t.r.value))
  }

  // --- pledges ---------------------------------------------------------------------------------------

  side(s) {
    const p = (s.pending ?? s).parties.find((p) => p.org === this.author)
    demand(p, 'author.not-a-party')
    return p
  }
  pledge_accepted(t, s) {
    const p = this.side(s)
    demand(p.state !== 'signed' || (s.agreed && !s.pending), 'author.not-allowed')
    this.demandAnswer(t, s)
  }
  pledge_declined(t, s) {
    this.side(s)
    demand((s.pending?.by ?? s.maker) !== this.author, 'author.not-allowed')
    this.demandAnswer(t, s)
  }
  pledge_amended(t, s, subject) {
    demand(s.parties.some((p) => p.org === this.author), 'author.not-a-party')
    this.amended(t, s, subject)
  }
  // Its maker, until the other side has accepted; then the donor.
  pledge_withdrawn(t, s, subject) {
    const signed = s.parties.some((p) => p.state === 'signed' && p.org !== subject.author)
    const who = signed ? s.terms.donor : subject.author
    demand(this.author === subject.author || s.parties.some((p) => p.org === this.author), 'author.not-a-party')
    demand(this.author === who, 'author.not-allowed')
    this.demandGoing(s)
  }
  transaction(t, subject, s) {
    const { r } = t, { donor, recipient } = s.terms
    demand([donor, recipient].includes(this.author), 'author.not-a-party')
    if (r.is === 'pledge.disbursed') demand(this.author === donor, 'author.not-allowed')
    if (['pledge.received', 'pledge.refunded', 'pledge.spent'].includes(r.is)) demand(this.author === recipient, 'author.not-allowed')
    demand(s.life ? ['pledge.received', 'pledge.refunded', 'pledge.spent'].includes(r.is) : !s.declined, 'life.state')
    const told = subject.records.filter((x) => TRANSACTIONS.includes(x.r.is))
    demand(!told.some((x) => x.org === this.author && x.r.tx === r.tx), 'tx.twice')
    const [names, kind, by] = r.is === 'pledge.disbursed' ? [r.matches, 'pledge.received', recipient] : [r.of, 'pledge.disbursed', donor]
    t.names = (names ?? []).map((tx) => {
      const other = told.find((x) => x.r.is === kind && x.org === by && x.r.tx === tx)
      demand(other, 'tx.unknown')
      return other
    })
    if (!r.money) { if (r.fees) refuse('money.mismatch'); return }
    t.currency = currencyOf(subject, s.terms) ?? r.money.currency
    demand(r.money.currency === t.currency || r.counts?.currency === t.currency, 'money.mismatch')
    demand(!r.fees || r.fees.currency === t.currency, 'money.mismatch')
    t.value = minor(r.money.currency === t.currency ? r.money : r.counts)
    t.fees = r.fees ? minor(r.fees) : 0n
  }

  // --- on any record ---------------------------------------------------------------------------------

  mark(t, act) {
    const [index, n, id] = t.r.ref.split('/')
    const target = this.statements[index]?.id === id ? this.statements[index].told[n - 1] : undefined
    demand(target, 'ref.unknown')
    this.may(t)
    this[`record_${act}`](t, target)
    target.said.push(t)
    this.touched.push(() => { target.said.pop(); if (target.subject) target.subject.memo = undefined })
    if (target.subject) this.append(target.subject, t)
  }
  // Whoever stands in a record, and the parties of what it is about; not its author.
  demandNamed(target, org) {
    demand(target.org !== org, 'author.not-allowed')
    const s = target.subject && this.state(target.subject)
    const parties = s ? [...s.parties, ...(s.pending?.parties ?? [])].map((p) => p.org) : []
    demand([...named(target.r), ...parties].includes(org), 'author.not-a-party')
  }
  disputing(t, target) {
    const org = t.r.on_behalf ?? this.author
    if (t.r.on_behalf) {
      demand([...this.directory.networks.values()].some((n) => this.convenes(n, this.author)), 'author.not-allowed')
      this.demandOrg(org)
      demand(this.keyless(org), 'author.not-allowed')
    }
    this.demandNamed(target, org)
    return org
  }
  record_confirmed(t, target) { this.demandNamed(target, this.author) }
  record_disputed(t, target) { this.disputing(t, target) }
  record_settled(t, target) {
    const org = this.disputing(t, target)
    demand(disputes(target).some((d) => d.org === org && !d.settled), 'life.state')
  }
  record_voided(t, target) {
    demand(target.r.is === 'commitment.progressed' || TRANSACTIONS.includes(target.r.is), 'subject.kind')
    demand(target.org === this.author, 'author.not-allowed')
    demand(!isVoid(target), 'life.state')
  }
}
