// On any record: confirmed, disputed, settled, voided.
import { inFamily, listed, pledge, story, usd } from './stories.mjs'

inFamily('any record')

story('references', (t) => {
  const [bank] = t.join('44000')
  t.say(t.ilo, listed('KE-GOV'))
  const made = t.say(t.ilo, [pledge('XM-DAC-41302:1'), pledge('XM-DAC-41302:2', { recipient: 'KE-GOV' })])
  const sent = t.say(t.ilo, { is: 'pledge.disbursed', id: 'XM-DAC-41302:1', tx: 'T1', money: usd('5') })
  const confirmed = (ref) => ({ is: 'record.confirmed', ref })
  t.pair('ref.unknown', t.unicef, confirmed(sent.ref()), confirmed(`${sent.index}/1/${made.id}`))
  t.refuse('ref.unknown', t.unicef, confirmed(sent.ref(2)))
  t.refuse('ref.unknown', t.unicef, confirmed(`99/1/${sent.id}`))
  t.accept('author.not-a-party', t.unicef, confirmed(sent.ref()))
  t.refuse('author.not-a-party', bank, confirmed(sent.ref()))
  t.accept('author.not-allowed', t.unicef, confirmed(made.ref(1)))
  t.refuse('author.not-allowed', t.ilo, confirmed(made.ref(1)))
  // Texts and codes name nobody, whatever they spell.
  const [usdOrg, texts] = t.join('USD', 'T1')
  t.refuse('author.not-a-party', usdOrg, confirmed(sent.ref()))
  t.refuse('author.not-a-party', texts, confirmed(sent.ref()))
  const disputed = (ref, more = {}) => ({ is: 'record.disputed', ref, reason: 'Nothing has arrived', ...more })
  t.accept('author.not-allowed', t.unicef, disputed(made.ref(2), { on_behalf: 'KE-GOV' }))
  t.refuse('author.not-allowed', t.unicef, disputed(made.ref(1), { on_behalf: '44000' }))
  t.refuse('author.not-allowed', bank, disputed(made.ref(2), { on_behalf: 'KE-GOV' }))
  const settled = { is: 'record.settled', ref: sent.ref(), reason: 'It has arrived' }
  t.refuse('life.state', t.unicef, settled)
  t.say(t.unicef, disputed(sent.ref()))
  t.accept('life.state', t.unicef, settled)
  const voided = (ref) => ({ is: 'record.voided', ref, reason: 'Told by mistake' })
  t.accept('author.not-allowed', t.ilo, voided(sent.ref()))
  t.refuse('author.not-allowed', t.unicef, voided(sent.ref()))
  t.pair('subject.kind', t.ilo, voided(sent.ref()), voided(made.ref(1)))
  t.accept('life.state', t.ilo, voided(sent.ref()))
  t.say(t.ilo, voided(sent.ref()))
  t.refuse('life.state', t.ilo, voided(sent.ref()))
})
