// Organizations, networks, memberships: who is known, and who may say so.
import { COSIGN_KEY } from '../e2e/lib.mjs'
import { inFamily, keyOf, listed, pledge, story } from './stories.mjs'

inFamily('directory')

story('organizations', (t) => {
  const [bank] = t.register('44000')
  const two = keyOf('FR-3')
  t.accept('org.unknown', t.ilo, pledge('XM-DAC-41302:1'))
  t.refuse('org.unknown', t.ilo, pledge('XM-DAC-41302:1', { recipient: 'KE-GOV' }))
  t.say(t.ilo, listed('KE-GOV'))
  t.accept('org.unknown', t.ilo, pledge('XM-DAC-41302:1', { recipient: 'KE-GOV' }))
  t.refuse('org.unknown', t.ilo, pledge('XM-DAC-41302:1', { recipient: 'ke-gov' }))
  t.pair('subject.exists', t.ilo, listed('A-1'), listed('KE-GOV'))
  t.refuse('subject.exists', t.ilo, listed('ke-Gov'))
  t.accept('subject.exists', t.ilo, t.registered(keyOf('KE-GOV'))) // of one that was only listed
  t.refuse('subject.exists', t.ilo, t.registered(bank))
  t.accept('author.not-allowed', t.ilo, t.registered(two))
  t.refuse('author.not-allowed', bank, t.registered(two))
  t.accept('author.not-a-member', t.ilo, listed('A-1'))
  t.refuse('author.not-a-member', bank, listed('A-1'))
  const update = (org) => ({ is: 'organization.updated', org, website: 'https://example.org/' })
  t.pair('author.not-allowed', bank, update(bank.org), update('KE-GOV'))
  t.pair('subject.unknown', t.ilo, update('KE-GOV'), update('UG-GOV'))
  const closed = (more) => ({ is: 'organization.closed', org: bank.org, ...more })
  t.pair('org.unknown', bank, closed({ successor: t.ilo.org }), closed({ successor: 'UG-GOV' }))
  t.accept('key.inactive', bank, update(bank.org))
  t.say(bank, closed({}))
  t.refuse('key.inactive', bank, update(bank.org), { line: 5 })
})

story('one name space', (t) => {
  const [bank] = t.join('44000')
  t.pair('subject.exists', t.ilo, listed('44000:PL:1'), listed('44000'))
  t.say(t.ilo, listed('44000:PL'))
  t.pair('subject.exists', bank, pledge('44000:P'), pledge('44000:PL'))
  t.refuse('subject.exists', bank, pledge('44000:pl'))
  t.say(bank, pledge('44000:CO'))
  t.pair('subject.exists', t.ilo, listed('44000:C'), listed('44000:co'))
  t.refuse('subject.exists', bank, pledge('44000:cO'))
  t.refuse('subject.exists', t.ilo, t.registered(keyOf('44000:CO')))
  // A fund is whichever is called so.
  t.pair('org.unknown', bank, pledge('44000:F', { from_fund: '44000:PL' }), pledge('44000:F', { from_fund: '44000:Pl' }))
  t.pair('ref.unknown', bank, pledge('44000:F', { from_fund: '44000:PL' }), pledge('44000:F', { from_fund: '44000:X' }))
  t.pair('subject.kind', bank, pledge('44000:F', { from_fund: '44000:PL' }), pledge('44000:F', { from_fund: '44000:CO' }))
})

story('those that a network vouches for', (t) => {
  const [bank] = t.join('44000')
  t.pair('author.not-allowed', bank, listed('A-1'), listed('XV.spiac-b.fund'))
  t.accept('author.not-allowed', t.ilo, listed('XV.spiac-b.fund'))
})

story('networks', (t) => {
  const [bank, france] = t.join('44000', 'FR-3')
  const chartered = (network, more = {}) => ({ is: 'network.chartered', network, name: 'USP2030', conveners: [{ org: bank.org, role: 'chair' }], quorum: { admit: 1, speak: 1 }, ...more })
  t.pair('subject.exists', t.ilo, chartered('usp2030'), chartered('spiac-b'))
  t.accept('author.not-allowed', t.ilo, chartered('usp2030'))
  t.refuse('author.not-allowed', bank, chartered('usp2030'))
  t.pair('network.unknown', t.ilo, pledge('XM-DAC-41302:1', { networks: ['spiac-b'] }), pledge('XM-DAC-41302:1', { networks: ['usp2030'] }))
  t.refuse('network.unknown', t.ilo, chartered('usp2030', { parent: 'global' }))
  t.accept('author.not-a-member', bank, pledge('44000:1', { networks: ['spiac-b'] }))
  t.say(t.ilo, chartered('usp2030'))
  t.refuse('author.not-a-member', france, pledge('FR-3:1', { networks: ['usp2030'] }))
  const updated = (more) => ({ is: 'network.updated', network: 'spiac-b', ...more })
  t.accept('author.not-allowed', t.ilo, updated({ name: 'SPIAC' }))
  t.refuse('author.not-allowed', bank, updated({ name: 'SPIAC' }))
  t.pair('subject.unknown', t.ilo, updated({ name: 'SPIAC' }), { ...updated({ name: 'SPIAC' }), network: 'global' })
  const two = updated({ quorum: { admit: 2, speak: 2 } })
  t.accept('quorum.missing', t.ilo, updated({ name: 'SPIAC' }))
  t.say(t.ilo, two)
  t.refuse('quorum.missing', t.ilo, updated({ name: 'SPIAC' }))
  t.accept('quorum.missing', t.ilo, updated({ name: 'SPIAC' }), { by: [t.unicef] })
})

story('members', (t) => {
  const [bank, france] = t.register('44000', 'FR-3')
  const granted = (org) => ({ is: 'membership.granted', network: 'spiac-b', org, role: 'member' })
  const accepted = { is: 'membership.accepted', network: 'spiac-b', org: bank.org }
  t.accept('author.not-allowed', t.ilo, granted(bank.org))
  t.refuse('author.not-allowed', bank, granted(france.org))
  t.refuse('subject.unknown', bank, accepted)
  t.say(t.ilo, granted(bank.org))
  t.accept('subject.unknown', bank, accepted)
  t.pair('subject.exists', t.ilo, granted(france.org), granted(bank.org))
  t.refuse('author.not-allowed', france, accepted)
  t.accept('life.state', bank, accepted)
  t.say(bank, accepted)
  t.refuse('life.state', bank, accepted)
})

story('conveners', (t) => {
  const [bank, france] = t.join('44000', 'FR-3')
  t.say(t.ilo, { is: 'network.chartered', network: 'usp2030', name: 'USP2030', conveners: [{ org: bank.org, role: 'chair' }], quorum: { admit: 1, speak: 1 } })
  t.say(bank, { is: 'membership.accepted', network: 'usp2030', org: bank.org })
  const added = (org, network = 'spiac-b') => ({ is: 'convener.added', network, org, role: 'co-chair' })
  const removed = (org, network = 'spiac-b') => ({ is: 'convener.removed', network, org, role: 'co-chair' })
  t.accept('quorum.missing', t.ilo, added(france.org), { by: [t.unicef] })
  t.refuse('quorum.missing', t.ilo, added(france.org))
  t.accept('convener.last', t.ilo, removed(t.unicef.org), { by: [t.unicef] })
  t.refuse('convener.last', t.ilo, removed(bank.org, 'usp2030'), { by: [bank] })
  t.accept('life.state', t.ilo, added(france.org), { by: [t.unicef] })
  t.refuse('life.state', t.ilo, added(france.org, 'usp2030'), { by: [bank] })
  t.accept('life.state', t.ilo, { is: 'membership.ended', network: 'spiac-b', org: france.org, reason: 'Moved on' })
  t.refuse('life.state', t.ilo, { is: 'membership.ended', network: 'spiac-b', org: t.unicef.org, reason: 'Moved on' })
})

story('recovery', (t) => {
  const [bank] = t.join('44000')
  const fresh = keyOf('44000', 1, 2)
  const recovered = { is: 'key.recovered', org: bank.org, ...t.stated(fresh), label: 'new' }
  t.accept('quorum.missing', t.ilo, recovered, { by: [t.unicef] })
  t.refuse('quorum.missing', t.ilo, recovered)
  t.accept('author.not-allowed', t.ilo, recovered, { by: [t.unicef] })
  t.refuse('author.not-allowed', bank, recovered)
})

story('cosigners', (t) => {
  const node = keyOf('XM-DAC-41302/node', COSIGN_KEY)
  const added = { is: 'cosigner.added', ...t.stated(node, t.ilo.org) }
  const retired = { is: 'cosigner.retired', key_id: node.id.toString('hex') }
  t.accept('key.stated', t.ilo, added)
  t.refuse('subject.unknown', t.ilo, retired)
  t.say(t.ilo, added)
  t.refuse('key.stated', t.ilo, added)
  t.accept('subject.unknown', t.ilo, retired)
  t.accept('life.state', t.ilo, retired)
  t.say(t.ilo, retired)
  t.refuse('life.state', t.ilo, retired)
})

story('four cosigners an organization', (t) => {
  const node = (n) => keyOf(`XM-DAC-41302/node-${n}`, COSIGN_KEY)
  const added = (n, more) => ({ is: 'cosigner.added', ...t.stated(node(n), t.ilo.org), ...more })
  const retired = (n) => ({ is: 'cosigner.retired', key_id: node(n).id.toString('hex') })
  const long = (n) => `https://node.example.org/${'a'.repeat(n - 25)}`
  t.pair('url.form', t.ilo, added(1, { url: long(256) }), added(1, { url: long(257) }))
  t.refuse('cosigner.count', t.ilo, [1, 2, 3, 4, 5].map((n) => added(n)), { line: 7 })
  t.say(t.ilo, [1, 2, 3].map((n) => added(n)))
  t.pair('cosigner.count', t.ilo, added(4), [added(4), added(5)], { line: 4 })
  t.say(t.ilo, added(4))
  t.refuse('cosigner.count', t.ilo, added(5))
  // What counts is what is active at the next entry.
  t.accept('cosigner.count', t.ilo, [retired(1), added(5)])
  t.accept('cosigner.count', t.ilo, [added(5), retired(1)])
  t.refuse('cosigner.count', t.ilo, [added(5), retired(1), added(6)], { line: 5 })
  t.say(t.ilo, [retired(1), added(5)])
  t.refuse('cosigner.count', t.ilo, added(6))
  t.accept('cosigner.count', t.unicef, { is: 'cosigner.added', ...t.stated(keyOf('XM-DAC-41122/node', COSIGN_KEY), t.unicef.org) })
})
