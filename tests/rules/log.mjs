// The log as a whole: entry 0, statements known already, keys and signatures, order, its end.
import { COSIGN_KEY, makeKey, origin, signatureLine, textOf } from '../e2e/lib.mjs'
import { at, inFamily, keyOf, listed, pledge, story, usd } from './stories.mjs'

inFamily('log')

story('entry 0', (t) => {
  const by = [t.unicef]
  t.accept('entry.zero', t.ilo, t.charter(), { by })
  t.refuse('entry.zero', t.ilo, t.charter().slice(1), { by })
  t.refuse('entry.zero', t.ilo, [...t.charter(), listed('A-1')], { by, line: 7 })
  t.accept('quorum.missing', t.ilo, t.charter(), { by })
  t.refuse('quorum.missing', t.ilo, t.charter())
  t.pair('log.codes', t.ilo, t.charter(), t.charter({ codes: '0'.repeat(64) }), { by })
  t.say(t.ilo, t.charter(), { by })
  t.refuse('entry.zero', t.ilo, t.charter(), { by })
}, { bare: true })

story('a statement stands once', (t) => {
  const note = t.note(t.ilo, listed('A-1'))
  t.acceptNote('statement.known', note)
  t.say(t.ilo, listed('A-1'))
  t.refuseNote('statement.known', 0, note)
  // Also with another signature, and after its key was revoked.
  const two = keyOf(t.ilo.org, 1, 2)
  t.say(t.ilo, { is: 'key.added', org: t.ilo.org, ...t.stated(two), label: 'two' })
  t.refuseNote('statement.known', 0, note + signatureLine(two, textOf(note)))
  t.say(t.ilo, { is: 'key.revoked', org: t.ilo.org, key_id: t.ilo.id.toString('hex'), reason: 'lost' })
  t.refuseNote('statement.known', 0, note)
})

story('rules that this program lacks', (t) => {
  const by = [t.unicef]
  const next = { is: 'log.rules', rules: 2, codes: t.codes, title: 'Rules of 2027' }
  t.accept('log.rules', t.ilo, listed('A-1'))
  t.say(t.ilo, next, { by })
  t.refuse('log.rules', t.ilo, listed('A-1'), { line: 0 })
})

story('code lists that this program lacks', (t) => {
  t.accept('log.codes', t.ilo, listed('A-1'))
  t.say(t.ilo, { is: 'log.rules', rules: 1, codes: '0'.repeat(64), title: 'Codes of 2027' }, { by: [t.unicef] })
  t.refuse('log.codes', t.ilo, listed('A-1'), { line: 0 })
})

story('a log that was succeeded', (t) => {
  t.accept('log.succeeded', t.ilo, listed('A-1'))
  t.say(t.ilo, { is: 'log.succeeded', origin: 'avow.example.org/next', url: 'https://avow.example.org/' }, { by: [t.unicef] })
  t.refuse('log.succeeded', t.ilo, listed('A-1'), { line: 0 })
})

story('keys and signatures', (t) => {
  const [bank] = t.join('44000')
  const two = keyOf('44000', 1, 2), ends = keyOf('44000', 1, 3), one = listed('A-1')
  t.accept('key.unknown', bank, one)
  t.refuse('key.unknown', two, one, { line: 5 })
  t.refuse('key.unknown', bank, one, { by: [keyOf('FR-3')], line: 6 })
  const note = t.note(bank, one)
  const other = textOf(note).replace('A-1', 'A-2')
  t.acceptNote('signature.bad', note)
  t.refuseNote('signature.bad', 5, `${other}\n${signatureLine(bank, textOf(note))}`)
  t.say(bank, { is: 'key.added', org: bank.org, ...t.stated(two), label: 'two' })
  t.say(bank, { is: 'key.added', org: bank.org, ...t.stated(ends), label: 'three', until: t.size + 3 })
  t.accept('key.inactive', ends, one)
  t.accept('key.inactive', two, one)
  t.say(bank, { is: 'key.revoked', org: bank.org, key_id: two.id.toString('hex'), reason: 'rotated' })
  t.refuse('key.inactive', two, one, { line: 5 })
  t.accept('key.inactive', ends, one)
  t.say(bank, listed('A-9'))
  t.refuse('key.inactive', ends, one, { line: 5 })
})

story('order', (t) => {
  const [bank] = t.join('44000')
  const one = listed('A-1')
  t.say(bank, listed('A-2'), { seq: 7 })
  t.accept('seq.stale', bank, one, { seq: 8 })
  t.refuse('seq.stale', bank, one, { seq: 7, line: 2 })
  t.accept('at.earlier', bank, one, { at })
  t.refuse('at.earlier', bank, one, { at: '2026-11-23T09:59:59Z', line: 2 })
  t.accept('before.passed', bank, one, { before: t.size + 1 })
  t.refuse('before.passed', bank, one, { before: t.size, line: 2 })
})

story('keys are stated once, and one stays', (t) => {
  const by = [t.unicef], two = keyOf('XM-DAC-41302', 1, 2), other = keyOf(origin, 1, 2)
  const added = (key) => ({ is: 'key.added', org: t.ilo.org, ...t.stated(key), label: 'two' })
  t.pair('key.stated', t.ilo, added(two), added(t.ilo))
  // One raw key has one owner and one use.
  const cosigns = (key) => ({ is: 'cosigner.added', ...t.stated(key, t.ilo.org) })
  t.pair('key.stated', t.ilo, cosigns(keyOf('XM-DAC-41302/node', COSIGN_KEY)), cosigns(makeKey('XM-DAC-41302/node', COSIGN_KEY, t.ilo.seed)))
  const logKey = (key) => ({ is: 'log.key_added', ...t.stated(key, origin) })
  t.pair('key.stated', t.ilo, logKey(other), logKey(t.log), { by })
  const revoked = { is: 'key.revoked', org: t.ilo.org, key_id: t.ilo.id.toString('hex'), reason: 'retired' }
  const retired = { is: 'log.key_retired', key_id: t.log.id.toString('hex') }
  t.refuse('key.last', t.ilo, revoked)
  t.refuse('key.last', t.ilo, retired, { by })
  t.say(t.ilo, added(two))
  t.say(t.ilo, logKey(other), { by })
  t.accept('key.last', t.ilo, revoked)
  t.accept('key.last', t.ilo, retired, { by })
})

story('what a key may sign, and how many', (t) => {
  const [bank] = t.join('44000')
  const clerk = keyOf('44000', 1, 2)
  t.say(bank, pledge('44000:1'))
  t.say(bank, { is: 'key.added', org: bank.org, ...t.stated(clerk), label: 'clerk', kinds: ['pledge.disbursed', 'commitment'] })
  const sent = (tx) => ({ is: 'pledge.disbursed', id: '44000:1', tx, money: usd('5') })
  t.accept('key.kinds', clerk, sent('T1'))
  t.refuse('key.kinds', clerk, listed('A-1'))
  t.refuse('key.kinds', bank, [sent('T1'), listed('A-1')], { also: [clerk], line: 4 })
  t.accept('author.signatures', bank, sent('T1'))
  t.say(bank, { is: 'organization.signing', org: bank.org, rules: [{ kinds: ['pledge'], signatures: 2 }] })
  t.accept('author.signatures', bank, sent('T1'), { also: [clerk] })
  t.accept('author.signatures', bank, listed('A-1'))
  t.refuse('author.signatures', bank, sent('T1'))
})

story('stewards', (t) => {
  const [bank, france] = t.join('44000', 'FR-3')
  const added = (org, more = {}) => ({ is: 'steward.added', org, ...more }), removed = (org, more = {}) => ({ is: 'steward.removed', org, ...more })
  const both = { by: [t.unicef, bank] }
  t.pair('subject.exists', t.ilo, added(bank.org), added(t.unicef.org), both)
  t.accept('author.not-allowed', t.ilo, added(bank.org), both)
  t.refuse('author.not-allowed', t.ilo, added(bank.org), { by: [t.unicef] }) // it co-signs
  t.refuse('author.not-allowed', bank, added(bank.org), { by: [t.ilo, t.unicef] })
  t.accept('quorum.missing', t.ilo, added(bank.org), both)
  t.refuse('quorum.missing', t.ilo, added(bank.org), { by: [bank] }) // and does not count yet
  t.pair('field.value', t.ilo, added(bank.org, { quorum: 3 }), added(bank.org, { quorum: 4 }), both)
  t.pair('subject.unknown', t.ilo, removed(t.unicef.org), removed(bank.org), { by: [t.unicef] })
  const closed = { is: 'organization.closed', org: t.unicef.org }
  t.refuse('life.state', t.unicef, closed)
  t.say(t.ilo, added(bank.org), both)
  t.accept('quorum.missing', t.ilo, added(france.org), { by: [bank, france] }) // from the next record
  t.pair('field.value', t.ilo, removed(t.unicef.org, { quorum: 2 }), removed(t.unicef.org, { quorum: 3 }), { by: [bank] })
  t.say(t.ilo, removed(t.unicef.org), { by: [bank] })
  t.accept('life.state', t.unicef, closed)
  t.accept('steward.last', t.ilo, removed(bank.org), { by: [bank] })
  t.say(t.ilo, removed(bank.org), { by: [bank] }) // the quorum is lowered to one
  t.refuse('steward.last', t.ilo, removed(t.ilo.org))
})

story('who can recover a key', (t) => {
  const [bank, france, ug] = t.join('44000', 'FR-3', 'UG-FIN')
  const recovered = (org) => ({ is: 'key.recovered', org, ...t.stated(t.org(org, 9)), label: 'anew' })
  t.accept('quorum.missing', t.ilo, recovered(bank.org), { by: [t.unicef] })
  t.refuse('quorum.missing', t.ilo, recovered(bank.org))
  t.refuse('quorum.missing', t.ilo, recovered(bank.org), { by: [france] })
  t.accept('author.not-allowed', t.ilo, recovered(bank.org), { by: [t.unicef] })
  t.refuse('author.not-allowed', france, recovered(bank.org), { by: [t.ilo, t.unicef] })
  t.refuse('author.not-allowed', t.ilo, recovered(bank.org), { by: [t.unicef, bank] }) // never itself
  // A steward: all others, and a convener of its networks where that is one.
  t.say(t.ilo, { is: 'convener.added', network: 'spiac-b', org: france.org, role: 'convener' }, { by: [t.unicef] })
  t.accept('quorum.missing', t.ilo, recovered(t.unicef.org), { by: [france] })
  t.refuse('quorum.missing', t.ilo, recovered(t.unicef.org), { by: [bank] })
  t.say(t.ilo, [{ is: 'steward.added', org: bank.org, quorum: 2 }, { is: 'steward.added', org: ug.org, quorum: 2 }], { by: [t.unicef, bank, ug] })
  t.accept('quorum.missing', t.ilo, recovered(t.unicef.org), { by: [bank] })
  t.refuse('quorum.missing', t.ilo, recovered(t.unicef.org), { by: [france] }) // two stewards are left
  t.accept('quorum.missing', bank, recovered(france.org), { by: [ug] }) // the stewards' quorum alone
})
