// What a record can say, whatever the log says.
import { COSIGN_KEY, keyProof, origin } from '../e2e/lib.mjs'
import { commitment, declaration, deliverable, inFamily, keyOf, listed, money, partnership, pledge, story, usd } from './stories.mjs'

inFamily('fields')
const id = 'XM-DAC-41302:1'

story('kinds and fields', (t) => {
  t.pair('kind.unknown', t.ilo, listed('A-1'), listed('A-1', { is: 'organization.list' }))
  t.refuse('kind.unknown', t.ilo, { is: 'organization.signing', org: t.ilo.org, rules: [{ kinds: ['pledges'], signatures: 2 }] })
  t.pair('field.unknown', t.ilo, pledge(id, { usd: { amount: '1', currency: 'USD' } }), pledge(id, { eur: { amount: '1', currency: 'EUR' } }))
  t.refuse('field.unknown', t.ilo, commitment(id, { deliverables: [deliverable('D1', { dew: '2030' })] }))
  t.pair('field.missing', t.ilo, pledge(id), pledge(id, { title: undefined }))
  t.refuse('field.missing', t.ilo, commitment(id, { deliverables: [] }))
  t.refuse('field.missing', t.ilo, declaration(id, { text: undefined }))
  t.pair('field.type', t.ilo, pledge(id, { countries: ['KE'] }), pledge(id, { countries: 'KE' }))
  t.refuse('field.type', t.ilo, pledge(id, { money: '1000.00' }))
  t.refuse('field.type', t.ilo, partnership(id, { open: 'yes' }))
  t.pair('field.value', t.ilo, pledge(id, { modality: 'pooled' }), pledge(id, { modality: 'polled' }))
  t.refuse('field.value', t.ilo, commitment(id, { deliverables: [deliverable('D1', { step: 4 })] }))
  t.refuse('field.value', t.ilo, pledge(id, { money: undefined, unstated: false }))
})

story('texts', (t) => {
  t.pair('text.length', t.ilo, pledge(id, { title: 'é'.repeat(300) }), pledge(id, { title: 'é'.repeat(301) }))
  t.pair('text.length', t.ilo, pledge(id, { description: { en: 'x'.repeat(4000) } }), pledge(id, { description: { en: 'x'.repeat(4001) } }))
  t.refuse('text.length', t.ilo, pledge(id, { title: '' }))
})

story('what can be seen', (t) => {
  t.pair('text.invisible', t.ilo, pledge(id, { title: 'Cash transfers' }), pledge(id, { title: 'Cash\u200b transfers' }))
  for (const good of ['❤️', '1️⃣', '👩‍💻', 'می‌خواهم', 'क्‍ष', '\u00a0x', '日　本']) t.accept('text.invisible', t.ilo, pledge(id, { title: good }))
  for (const bad of [' \u00a0', '\u2800', 'a\u00adb', 'a\u200cb', '\u200da', 'a\ufe0f', '\ufe0f', 'a\u180b', 'x\u{e0041}', 'ᅠ', 'a\u2060'])
    t.refuse('text.invisible', t.ilo, pledge(id, { title: bad }))
  t.refuse('text.invisible', t.ilo, listed('A-1', { name: { en: 'Ministry', fr: 'Minist\u00adère' } }))
  t.refuse('text.invisible', t.ilo, pledge(id, { refs: [{ scheme: 'IATI', id: '\u3164' }] }))
  const role = (role) => partnership(id, { parties: [{ org: t.ilo.org, role }, { org: t.unicef.org }] })
  t.pair('text.invisible', t.ilo, role('One line\nand another'), role(' \n'))
  t.pair('text.length', t.ilo, role('x'.repeat(4000)), role('\u200b'.repeat(4001))) // length first
  t.accept('text.invisible', t.ilo, pledge(id, { description: 'Long texts may hold soft\u00adhyphens' }))
})

story('identifiers', (t) => {
  t.pair('id.form', t.ilo, pledge('XM-DAC-41302:PL_1.a-b'), pledge('XM-DAC-41302:PL 1'))
  t.refuse('id.form', t.ilo, pledge(id, { recipient: 'the crowd' }))
  t.refuse('id.form', t.ilo, pledge(id, { networks: ['SPIAC-B'] }))
  t.refuse('id.form', t.ilo, listed('public'))
  t.pair('id.form', t.ilo, listed('360G-Fund:org-1'), listed('360G-Fund:'))
  t.pair('id.form', t.ilo, listed('A'.repeat(62) + ':b'), listed('A'.repeat(63) + ':b'))
  t.refuse('id.form', t.ilo, { is: 'record.voided', ref: '17/1', reason: 'R' })
  t.pair('id.author', t.ilo, pledge(id), pledge('XM-DAC-41122:1', { donor: t.ilo.org }))
})

story('dates', (t) => {
  for (const on of ['2026', '2026-02', '2028-02-29']) t.accept('date.form', t.ilo, pledge(id, { on }))
  for (const on of ['2027-02-29', '2026-13', '26-01-01', '2026-1', 'May 2026']) t.refuse('date.form', t.ilo, pledge(id, { on }))
  const period = (start, end) => pledge(id, { period: { start, end } })
  t.pair('period.order', t.ilo, period('2027-01-01', '2027'), period('2027-03-01', '2027-02'))
})

story('money and quantities', (t) => {
  const of = (amount, currency = 'USD') => pledge(id, { money: money(amount, currency) })
  for (const bad of ['0.00', '-5', '+5', '1,000', '05', '5.', '.5', '1e3', ' 5']) t.pair('money.form', t.ilo, of('5'), of(bad))
  t.pair('money.currency', t.ilo, of('5', 'KES'), of('5', 'KEX'))
  for (const bad of ['XXX', 'XTS', 'XAU', 'XBA', 'usd']) t.refuse('money.currency', t.ilo, of('5', bad))
  for (const [good, bad, currency] of [['5.25', '5.255', 'USD'], ['5', '5.0', 'JPY'], ['5.255', '5.2555', 'KWD'], ['5.2555', '5.25555', 'UYW'], ['5.25', '5.255', 'XDR']])
    t.pair('money.minor-units', t.ilo, of(good, currency), of(bad, currency))
  for (const [good, bad, currency] of [['90000000000000.00', '90000000000000.01', 'USD'], ['9000000000000000', '9000000000000001', 'JPY'], ['9000000000000.000', '9000000000000.001', 'KWD'], ['900000000000', '900000000000.0001', 'UYW']])
    t.pair('money.limit', t.ilo, of(good, currency), of(bad, currency))
  t.refuse('money.limit', t.ilo, of('99999999999999999999999999999999999999999999999999'))
  const target = (target) => commitment(id, { deliverables: [deliverable('D1', { target })] })
  for (const good of ['1000000', '-1.5', '+2', '12345678.1234567890']) t.accept('quantity.form', t.ilo, target(good))
  for (const bad of ['many', '1,000', '5.', '1e6', '05', '1234567890123456789']) t.refuse('quantity.form', t.ilo, target(bad))
})

story('codes, splits and lists', (t) => {
  const of = (more) => pledge(id, more)
  t.pair('code.unknown', t.ilo, of({ countries: ['KE', 'XK'] }), of({ countries: ['KE', 'UK'] }))
  t.pair('code.unknown', t.ilo, of({ sectors: ['16010'] }), of({ sectors: ['16999'] }))
  t.pair('code.unknown', t.ilo, of({ themes: ['health'] }), of({ themes: ['wealth'] }))
  const split = (...percents) => of({ countries: ['KE', 'UG', 'TZ'], country_split: ['KE', 'UG', 'TZ'].map((code, i) => ({ code, percent: percents[i] })) })
  t.pair('split.sum', t.ilo, split('33.33', '33.33', '33.34'), split('33.33', '33.33', '33.33'))
  t.pair('split.sum', t.ilo, split('99.9999999', '0.00000009', '0.00000001'), split('99.9999999', '0.00000009', '0.00000002'))
  const shares = (more) => Object.fromEntries(Object.entries(more).map(([list, all]) => [list, all.map(([code, percent]) => ({ code, percent }))]))
  t.pair('split.codes', t.ilo, of({ sectors: ['16010', '160'], ...shares({ sector_split: [['160', '40'], ['16010', '60']] }) }), of({ sectors: ['16010'], ...shares({ sector_split: [['160', '40'], ['16010', '60']] }) }))
  t.refuse('split.codes', t.ilo, of({ sectors: ['16010', '160'], ...shares({ sector_split: [['160', '100']] }) }))
  t.refuse('split.codes', t.ilo, of(shares({ country_split: [['KE', '100']] })))
  const both = { countries: ['KE'], regions: ['298'] }
  t.pair('split.codes', t.ilo, of({ ...both, ...shares({ country_split: [['KE', '30']], region_split: [['298', '70']] }) }), of({ ...both, ...shares({ country_split: [['KE', '100']] }) }))
  t.pair('split.sum', t.ilo, of({ ...both, ...shares({ country_split: [['KE', '30']], region_split: [['298', '70']] }) }), of({ ...both, ...shares({ country_split: [['KE', '100']], region_split: [['298', '100']] }) }))
  const tag = (vocabulary, code = 'x') => ({ vocabulary, code, percent: '60' })
  t.accept('split.sum', t.ilo, of({ tags: [tag('tag:99'), tag('sector:99')] })) // in no sum
  t.pair('code.unknown', t.ilo, of({ tags: [tag('tag:1')] }), of({ tags: [tag('tag:9')] }))
  t.pair('field.value', t.ilo, of({ tags: [tag('https://example.org/list')] }), of({ tags: [tag('own')] }))
  t.pair('list.twice', t.ilo, of({ tags: [tag('tag:99'), tag('sector:99')] }), of({ tags: [tag('tag:99'), tag('tag:99')] }))
  t.pair('code.unknown', t.ilo, of({ clusters: ['PRO-GBV'], policy_markers: [{ code: '1', significance: '2' }] }), of({ clusters: ['GBV'] }))
  t.pair('code.unknown', t.ilo, of({ aid_type: [{ code: '1', vocabulary: '4' }] }), of({ aid_type: [{ code: '1' }] }))
  t.pair('code.unknown', t.ilo, of({ earmarking: '1', tied: '3', cash: true }), of({ tied: '1' }))
  t.pair('list.twice', t.ilo, of({ countries: ['KE', 'UG'] }), of({ countries: ['KE', 'KE'] }))
  t.refuse('list.twice', t.ilo, commitment(id, { deliverables: [deliverable('D1'), deliverable('D1', { title: 'Another' })] }))
})

story('evidence', (t) => {
  const of = (item) => pledge(id, { evidence: [item] })
  t.pair('url.form', t.ilo, of({ url: 'https://www.ilo.org/report.pdf' }), of({ url: 'http://www.ilo.org/report.pdf' }))
  t.refuse('url.form', t.ilo, of({ url: 'https://' }))
  t.pair('evidence.empty', t.ilo, of({ quote: 'USD 1,000 were pledged', locator: 'p. 14' }), of({ title: 'Annual report', locator: 'p. 14' }))
})

story('keys', (t) => {
  const two = keyOf(t.ilo.org, 1, 2), other = keyOf('44000'), cosigner = keyOf('XM-DAC-41302/node', COSIGN_KEY)
  const added = (more) => ({ is: 'key.added', org: t.ilo.org, ...t.stated(two, t.ilo.org), label: 'two', ...more })
  t.pair('key.form', t.ilo, added({}), added(t.stated(other, t.ilo.org)))
  t.refuse('key.form', t.ilo, added(t.stated(cosigner, t.ilo.org)))
  t.refuse('key.form', t.ilo, added({ key: 'a key' }))
  t.pair('key.proof', t.ilo, added({}), added({ proof: keyProof(two, t.ilo.org, `${origin}/other`) }))
  t.refuse('key.proof', t.ilo, added({ proof: keyProof(other, t.ilo.org) }))
  t.refuse('key.proof', t.ilo, added({ proof: 'AAAA' }))
})

story('pledges alone', (t) => {
  t.pair('pledge.self', t.ilo, pledge(id, { recipient: 'anonymous' }), pledge(id, { donor: 'public', recipient: 'anonymous' }))
  t.refuse('pledge.self', t.ilo, pledge(id, { recipient: 'anonymous', own_funds: true }))
  t.pair('id.form', t.ilo, pledge(id, { donor: 'public' }), pledge(id, { recipient: 'public' }))
  t.pair('pledge.self', t.ilo, pledge(id, { recipient: t.ilo.org, own_funds: true }), pledge(id, { recipient: t.ilo.org }))
  const goods = { description: 'Tents', quantity: '400', unit: 'tents' }
  for (const good of [{}, { money: undefined, unstated: true }, { money: undefined, in_kind: goods }]) t.accept('pledge.worth', t.ilo, pledge(id, good))
  for (const bad of [{ money: undefined }, { unstated: true }, { in_kind: goods }]) t.refuse('pledge.worth', t.ilo, pledge(id, bad))
  t.say(t.ilo, pledge(id))
  const sent = { is: 'pledge.disbursed', id, tx: 'T1' }
  t.pair('pledge.worth', t.ilo, { ...sent, money: usd('5') }, sent)
})
