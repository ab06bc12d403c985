// What the stories of this folder are told with. A story sets up a log by statements that are
// accepted, and then hands in others, which change nothing: `accept` and `refuse` name the rule
// that they are about, and differ in just that. Statements are signed for real and judged by the
// ledger (tests/model/judge.c). Keys follow from names and all times are one time, so that what
// the program says is always the same.
import { createHash } from 'node:crypto'
import { STATEMENT_KEY, makeKey, origin, statedKey, statement, statementId } from '../e2e/lib.mjs'

export const at = '2026-11-23T10:00:00Z'
export const usd = (amount) => ({ amount, currency: 'USD' })
export const money = (amount, currency) => ({ amount, currency })
export const keyOf = (name, type = STATEMENT_KEY, n = 0) => makeKey(name, type, createHash('sha256').update(`${name} ${type} ${n}`).digest())

const stories = []
let family = ''
export const inFamily = (name) => { family = name }
export const story = (name, tell, { bare = false } = {}) => stories.push({ name: `${family}: ${name}`, tell, bare })
export const told = () => stories

// --- records that many stories need -----------------------------------------------------------

export const listed = (org, more = {}) => ({ is: 'organization.listed', org, name: `Organization ${org}`, org_type: '10', ...more })
export const pledge = (id, more = {}) => ({ is: 'pledge.made', id, title: 'Cash transfers', donor: id.split(':')[0], recipient: 'XM-DAC-41122', basis: 'announced', money: usd('1000.00'), ...more })
export const deliverable = (id, more = {}) => ({ id, title: 'People covered', measure: 'unit', unit: 'people', target: '1000', ...more })
export const commitment = (id, more = {}) => ({ is: 'commitment.proposed', id, title: 'Joint programme', parties: [{ org: id.split(':')[0], role: 'lead' }, { org: 'XM-DAC-41122', role: 'implementing' }], deliverables: [deliverable('D1')], ...more })
export const partnership = (id, more = {}) => ({ is: 'partnership.proposed', id, title: 'Partnership', kind: 'mou', parties: [{ org: id.split(':')[0] }, { org: 'XM-DAC-41122' }], ...more })
export const declaration = (id, more = {}) => ({ is: 'declaration.proposed', id, title: 'A floor for all', text: 'We call for social protection floors.', networks: ['spiac-b'], parties: [{ org: id.split(':')[0] }, { org: 'XM-DAC-41122' }], ...more })

// --- one log ------------------------------------------------------------------------------------

export class Stage {
  // `judge(note, keep)` notes what to ask; `codes`: the digest of the program's code lists.
  constructor(name, codes, ask) {
    Object.assign(this, { name, codes, ask, size: 0 })
    this.ilo = keyOf('XM-DAC-41302')
    this.unicef = keyOf('XM-DAC-41122')
    this.log = keyOf(origin)
  }

  org(name, n = 0) { return keyOf(name, STATEMENT_KEY, n) }

  stated(key, org = key.org) { return statedKey(key, org) }

  registered(key, more = { network: 'spiac-b' }) {
    return { is: 'organization.registered', org: key.org, ...more, name: `Organization ${key.org}`, org_type: '40', keys: [{ ...statedKey(key, key.org), label: 'office' }] }
  }

  // The records of entry 0: ILO and UNICEF are stewards and convene spiac-b; either of them may admit.
  chartered(more = {}) {
    return { is: 'log.chartered', origin, ...statedKey(this.log, origin), rules: 1, codes: this.codes, stewards: [this.ilo.org, this.unicef.org], quorum: 2, title: 'Statements on social protection', ...more }
  }

  charter(more = {}) {
    return [this.chartered(more), this.registered(this.ilo, {}), this.registered(this.unicef, {}),
      { is: 'network.chartered', network: 'spiac-b', name: 'SPIAC-B', conveners: [{ org: this.ilo.org, role: 'chair' }, { org: this.unicef.org, role: 'co-chair' }], quorum: { admit: 1, speak: 2 } }]
  }

  // The note of a statement: records one or several, co-signed by `by`, signatures beside the
  // author's first one by `also` (other keys of it).
  note(author, records, { by = [], also = [], seq = author.seq + 1, ...more } = {}) {
    const header = by.length > 0 ? { with: by.map((k) => k.org), ...more } : more
    return statement(author, [].concat(records), { seq, at, ...header }, ...also, ...by)
  }

  // A statement that is accepted, and changes the log. Gives the references of its records.
  say(author, records, options = {}) {
    const note = this.note(author, records, options)
    author.seq = options.seq ?? author.seq + 1
    return this.take(note)
  }

  take(note) {
    const index = this.size++, id = statementId(note)
    this.ask({ note, keep: true, expected: 'accepted' })
    return { index, id, note, ref: (n = 1) => `${index}/${n}/${id}` }
  }

  accept(rule, author, records, options) { this.acceptNote(rule, this.note(author, records, options)) }

  refuse(rule, author, records, { line = 3, ...options } = {}) { this.refuseNote(rule, line, this.note(author, records, options)) }

  acceptNote(rule, note) { this.ask({ note, rule, expected: 'accepted' }) }

  refuseNote(rule, line, note) { this.ask({ note, rule, line, expected: 'refused' }) }

  // One statement and another that breaks the rule.
  pair(rule, author, good, bad, options = {}) {
    const { line, ...more } = options
    this.accept(rule, author, good, more)
    this.refuse(rule, author, bad, options)
  }

  register(...names) {
    const keys = names.map((name) => keyOf(name))
    this.say(this.ilo, keys.map((k) => this.registered(k)))
    return keys
  }

  join(...names) {
    const keys = this.register(...names)
    this.say(this.ilo, keys.map((k) => ({ is: 'membership.granted', network: 'spiac-b', org: k.org, role: 'member' })), { by: keys })
    return keys
  }
}
