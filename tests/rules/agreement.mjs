// Partnerships, commitments, declarations: proposed, agreed, amended, ended.
import { commitment, declaration, deliverable, inFamily, listed, partnership, pledge, story } from './stories.mjs'

inFamily('agreements')

story('subjects', (t) => {
  const [bank] = t.join('44000')
  const proposed = t.say(t.ilo, [partnership('XM-DAC-41302:PA'), commitment('XM-DAC-41302:CO')])
  const accepted = (family, id, n) => ({ is: `${family}.accepted`, id, rev: proposed.ref(n) })
  t.pair('subject.exists', t.ilo, pledge('XM-DAC-41302:PL'), pledge('XM-DAC-41302:PA'))
  t.pair('subject.unknown', t.unicef, accepted('partnership', 'XM-DAC-41302:PA', 1), accepted('partnership', 'XM-DAC-41302:PB', 1))
  t.pair('subject.kind', t.unicef, accepted('commitment', 'XM-DAC-41302:CO', 2), accepted('partnership', 'XM-DAC-41302:CO', 2))
  t.accept('author.not-a-party', t.unicef, accepted('partnership', 'XM-DAC-41302:PA', 1))
  t.refuse('author.not-a-party', bank, accepted('partnership', 'XM-DAC-41302:PA', 1))
  t.pair('author.not-a-party', bank, partnership('44000:1'), partnership('44000:1', { parties: [{ org: t.ilo.org }, { org: t.unicef.org }] }))
  t.pair('ref.unknown', t.ilo, commitment('XM-DAC-41302:C2', { partnership: 'XM-DAC-41302:PA' }), commitment('XM-DAC-41302:C2', { partnership: 'XM-DAC-41302:PB' }))
  t.pair('subject.kind', t.ilo, commitment('XM-DAC-41302:C2', { partnership: 'XM-DAC-41302:PA' }), commitment('XM-DAC-41302:C2', { partnership: 'XM-DAC-41302:CO' }))
})

story('nobody accepts what they have not read', (t) => {
  const first = t.say(t.ilo, commitment('XM-DAC-41302:CO'))
  const accepted = (ref) => ({ is: 'commitment.accepted', id: 'XM-DAC-41302:CO', rev: ref })
  t.accept('rev.stale', t.unicef, accepted(first.ref()))
  const next = t.say(t.ilo, { is: 'commitment.amended', id: 'XM-DAC-41302:CO', rev: first.ref(), set: { title: 'Another' }, why: 'amendment', reason: 'Agreed in May' })
  t.refuse('rev.stale', t.unicef, accepted(first.ref()))
  t.accept('rev.stale', t.unicef, accepted(next.ref()))
})

story('life', (t) => {
  const id = 'XM-DAC-41302:CO'
  const { ref } = t.say(t.ilo, commitment(id))
  const act = (what, more = {}) => ({ is: `commitment.${what}`, id, ...more })
  t.accept('life.state', t.unicef, act('accepted', { rev: ref() }))
  t.refuse('life.state', t.ilo, act('completed'))
  t.say(t.unicef, act('accepted', { rev: ref() }))
  t.accept('life.state', t.ilo, act('completed'))
  t.refuse('life.state', t.unicef, act('declined', { rev: ref(), reason: 'Late' })) // agreed
  t.refuse('life.state', t.ilo, act('resumed'))
  t.say(t.ilo, act('suspended'))
  t.accept('life.state', t.ilo, act('resumed'))
  t.refuse('life.state', t.ilo, act('suspended'))
  t.accept('author.not-allowed', t.ilo, act('ended'))
  t.refuse('author.not-allowed', t.unicef, act('ended'))
  t.say(t.ilo, act('ended'))
  t.refuse('life.state', t.ilo, act('completed'))
})

story('joining and leaving', (t) => {
  const [bank] = t.join('44000')
  const open = 'XM-DAC-41302:OPEN', shut = 'XM-DAC-41302:SHUT'
  const { ref } = t.say(t.ilo, [partnership(open, { open: true }), partnership(shut)])
  t.say(t.unicef, [{ is: 'partnership.accepted', id: open, rev: ref(1) }, { is: 'partnership.accepted', id: shut, rev: ref(2) }])
  const acceded = (id) => ({ is: 'partnership.acceded', id, role: 'partner' })
  t.pair('author.not-allowed', bank, acceded(open), acceded(shut))
  t.accept('life.state', bank, acceded(open))
  t.refuse('life.state', t.unicef, acceded(open))
  const left = { is: 'partnership.left', id: open, reason: 'Moved on' }
  t.accept('author.not-allowed', t.unicef, left)
  t.refuse('author.not-allowed', t.ilo, left)
  const lead = { is: 'partnership.lead_changed', id: open, lead: t.unicef.org }
  t.accept('author.not-allowed', t.ilo, lead, { by: [t.unicef] })
  t.refuse('author.not-allowed', t.ilo, lead)
})

story('amendments', (t) => {
  const id = 'XM-DAC-41302:CO'
  t.say(t.ilo, listed('KE-GOV'))
  const { ref } = t.say(t.ilo, commitment(id, { deliverables: [deliverable('D1'), deliverable('D2')] }))
  const amended = (set, more = {}) => ({ is: 'commitment.amended', id, rev: ref(), set, why: 'amendment', reason: 'Agreed in May', ...more })
  t.accept('json.null', t.ilo, amended({ description: null }))
  t.refuse('json.null', t.ilo, amended({ title: 'T' }, { reason: null }))
  t.pair('field.unknown', t.ilo, amended({ title: 'T' }), amended({ id: 'XM-DAC-41302:C2' }))
  t.accept('author.not-allowed', t.ilo, amended({ title: 'T' }))
  t.refuse('author.not-allowed', t.unicef, amended({ title: 'T' }))
  t.accept('deliverable.reported', t.ilo, amended({ deliverables: [deliverable('D2')] }))
  const progress = (deliverable) => ({ is: 'commitment.progressed', id, deliverable, value: '5' })
  t.pair('deliverable.unknown', t.ilo, progress('D1'), progress('D3'))
  t.say(t.ilo, progress('D1'))
  t.accept('deliverable.reported', t.ilo, amended({ deliverables: [deliverable('D1', { dropped: true }), deliverable('D2')] }))
  t.refuse('deliverable.reported', t.ilo, amended({ deliverables: [deliverable('D2')] }))
  t.refuse('deliverable.reported', t.ilo, amended({ deliverables: [deliverable('D1', { unit: 'households' }), deliverable('D2')] }))
})

// One life for all three.
for (const [kind, propose] of Object.entries({ partnership, commitment, declaration })) {
  story(`the life of a ${kind}`, (t) => {
    const [bank] = t.join('44000')
    const id = 'XM-DAC-41302:X'
    const act = (what, more = {}) => ({ is: `${kind}.${what}`, id, ...more })
    const { ref } = t.say(t.ilo, propose(id, { open: true }))
    t.accept('life.state', t.unicef, act('declined', { rev: ref(), reason: 'Too late' }))
    for (const what of ['completed', 'ended', 'suspended']) t.refuse('life.state', t.ilo, act(what))
    t.say(t.unicef, act('accepted', { rev: ref() }))
    t.refuse('life.state', t.unicef, act('declined', { rev: ref(), reason: 'Too late' }))
    t.accept('author.not-a-party', t.unicef, act('left', { reason: 'Moved on' }))
    t.refuse('author.not-a-party', bank, act('left', { reason: 'Moved on' }))
    t.say(bank, act('acceded', { role: kind === 'commitment' ? 'funding' : 'partner' }))
    t.accept('author.not-a-party', bank, act('left', { reason: 'Moved on' }))
    t.accept('author.not-a-party', t.ilo, act('lead_changed', { lead: bank.org }), { by: [bank] })
    t.accept('rev.stale', t.ilo, act('amended', { rev: ref(), set: { title: 'T' }, why: 'correction', reason: 'Spelling' }))
    t.refuse('rev.stale', t.ilo, act('amended', { rev: ref(2), set: { title: 'T' }, why: 'correction', reason: 'Spelling' }))
    t.say(t.ilo, act('suspended'))
    t.refuse('life.state', t.ilo, act('suspended'))
    t.say(t.ilo, act('resumed'))
    t.refuse('life.state', t.ilo, act('resumed'))
    const ends = [act('completed'), act('ended'), act('withdrawn', { reason: 'No budget' })]
    for (const end of ends) t.accept('life.state', t.ilo, end)
    t.say(t.ilo, ends[1])
    for (const end of ends) t.refuse('life.state', t.ilo, end)
  })
}
