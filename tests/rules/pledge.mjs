// Pledges: sides, transactions, money in other currencies, what is passed on.
import { commitment, inFamily, listed, money, partnership, pledge, story, usd } from './stories.mjs'

inFamily('pledges')
const id = 'XM-DAC-41302:PL'
const act = (what, tx, more = {}) => ({ is: `pledge.${what}`, id, tx, money: usd('5.00'), ...more })

story('who tells what', (t) => {
  const [bank] = t.join('44000')
  const { ref } = t.say(t.ilo, pledge(id))
  for (const [what, may, not] of [['disbursed', t.ilo, t.unicef], ['received', t.unicef, t.ilo], ['refunded', t.unicef, t.ilo], ['spent', t.unicef, t.ilo]]) {
    t.accept('author.not-allowed', may, act(what, 'T1'))
    t.refuse('author.not-allowed', not, act(what, 'T1'))
  }
  t.accept('author.not-a-party', t.unicef, act('committed', 'T1'))
  t.refuse('author.not-a-party', bank, act('committed', 'T1'))
  const accepted = { is: 'pledge.accepted', id, rev: ref() }
  t.accept('author.not-allowed', t.unicef, accepted)
  t.refuse('author.not-allowed', t.ilo, accepted)
  const withdrawn = { is: 'pledge.withdrawn', id, reason: 'No budget' }
  t.accept('author.not-allowed', t.ilo, withdrawn)
  t.refuse('author.not-allowed', t.unicef, withdrawn)
  t.accept('life.state', t.ilo, act('disbursed', 'T1'))
  t.say(t.ilo, withdrawn)
  t.refuse('life.state', t.ilo, act('disbursed', 'T1'))
  t.accept('life.state', t.unicef, act('received', 'T1'))
  t.accept('life.state', t.unicef, act('spent', 'S1'))
})

story('transactions', (t) => {
  t.say(t.ilo, pledge(id))
  t.say(t.ilo, act('disbursed', 'T1'))
  t.pair('tx.twice', t.ilo, act('disbursed', 'T2'), act('disbursed', 'T1'))
  t.accept('tx.twice', t.unicef, act('received', 'T1')) // its own names
  t.pair('tx.unknown', t.unicef, act('received', 'R1', { of: ['T1'] }), act('received', 'R1', { of: ['T1', 'T9'] }))
  t.refuse('tx.unknown', t.ilo, act('disbursed', 'T2', { matches: ['R1'] }))
})

story('one currency', (t) => {
  t.say(t.ilo, pledge(id))
  const counts = { amount: '5.50', currency: 'USD', rate: '1.1', rate_on: '2026-11-23', rate_source: 'ECB' }
  t.pair('money.mismatch', t.ilo, act('disbursed', 'T1', { money: money('5', 'EUR'), counts }), act('disbursed', 'T1', { money: money('5', 'EUR') }))
  t.pair('money.mismatch', t.unicef, act('received', 'T1', { fees: usd('0.10') }), act('received', 'T1', { fees: money('0.10', 'EUR') }))
})

story('passed on', (t) => {
  const [bank] = t.join('44000')
  t.say(bank, [pledge('44000:1', { recipient: t.ilo.org }), pledge('44000:2'), pledge('44000:3', { recipient: t.ilo.org, money: money('5', 'EUR') })])
  const of = (source) => pledge(id, { funded_by: [{ pledge: source, money: usd('400') }] })
  t.pair('pledge.funded-by', t.ilo, of('44000:1'), of('44000:2'))
  t.refuse('pledge.funded-by', t.ilo, of('44000:3'))
  t.pair('ref.unknown', t.ilo, of('44000:1'), of('44000:9'))
  t.say(bank, pledge('44000:4', { recipient: 'anonymous' }))
  t.refuse('pledge.funded-by', t.ilo, pledge(id, { donor: 'anonymous', funded_by: [{ pledge: '44000:4', money: usd('400') }] })) // nobody is nobody's like
})

story('what a pledge is for, and from', (t) => {
  t.say(t.ilo, [commitment('XM-DAC-41302:CO'), partnership('XM-DAC-41302:MOU'), partnership('XM-DAC-41302:W', { kind: 'fund-window' })])
  t.pair('subject.kind', t.ilo, pledge(id, { from_fund: 'XM-DAC-41302:W' }), pledge(id, { from_fund: 'XM-DAC-41302:MOU' }))
  t.pair('ref.unknown', t.ilo, pledge(id, { for: 'XM-DAC-41302:CO' }), pledge(id, { for: 'XM-DAC-41302:C2' }))
  t.say(t.ilo, listed('A-1'))
})

story('what is wanted', (t) => {
  const ask = (...ids) => ids.map((id) => ({ id, title: 'School meals', what: 'money' }))
  const { ref } = t.say(t.ilo, [commitment('XM-DAC-41302:CO', { wanted: ask('W1') }), partnership('XM-DAC-41302:MOU')])
  const of = (wanted, more = {}) => pledge(id, { for: 'XM-DAC-41302:CO', wanted, ...more })
  t.pair('wanted.unknown', t.ilo, of('W1'), of('W2'))
  t.refuse('wanted.unknown', t.ilo, of('W1', { for: 'XM-DAC-41302:MOU' }))
  t.refuse('wanted.unknown', t.ilo, of('W1', { for: undefined }))
  t.say(t.unicef, { is: 'commitment.accepted', id: 'XM-DAC-41302:CO', rev: ref() })
  // The newest terms, agreed or not.
  t.say(t.ilo, { is: 'commitment.amended', id: 'XM-DAC-41302:CO', rev: ref(), set: { wanted: ask('W2') }, why: 'amendment', reason: 'Met' })
  t.pair('wanted.unknown', t.ilo, of('W2'), of('W1'))
  const made = t.say(t.ilo, of('W2'))
  const amended = (set) => ({ is: 'pledge.amended', id, rev: made.ref(), set, why: 'amendment', reason: 'Other' })
  t.pair('wanted.unknown', t.ilo, amended({ for: null, wanted: null }), amended({ for: null }))
  t.refuse('wanted.unknown', t.ilo, amended({ wanted: 'W1' }))
})

story('the life of a pledge', (t) => {
  const { ref } = t.say(t.ilo, pledge(id))
  const said = (what, more = {}) => ({ is: `pledge.${what}`, id, ...more })
  const declined = said('declined', { rev: ref(), reason: 'Not for us' })
  const amended = (rev) => said('amended', { rev, set: { money: usd('2000') }, why: 'amendment', reason: 'More' })
  t.accept('life.state', t.unicef, declined)
  t.accept('rev.stale', t.ilo, amended(ref()))
  t.refuse('rev.stale', t.ilo, amended(ref(2)))
  t.say(t.unicef, said('accepted', { rev: ref() }))
  t.refuse('life.state', t.unicef, declined)
  t.say(t.ilo, [act('committed', 'C1'), act('disbursed', 'T1')])
  t.accept('tx.twice', t.ilo, act('decommitted', 'C2'))
  t.refuse('tx.twice', t.ilo, act('decommitted', 'C1'))
  t.accept('tx.unknown', t.unicef, act('refunded', 'B1', { of: ['T1'] }))
  t.refuse('tx.unknown', t.unicef, act('refunded', 'B1', { of: ['C1'] }))
  t.pair('money.mismatch', t.unicef, act('received', 'R1', { fees: usd('1') }), { is: 'pledge.received', id, tx: 'R1', in_kind: { description: 'Tents' }, fees: usd('1') })
})
