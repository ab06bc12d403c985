// docs/vocabulary.md: partnerships and commitments: one life.
import assert from 'node:assert/strict'
import { test } from '../../e2e/lib.mjs'
import { fresh, get, id, ilo, ke, keyless, lone, may, mayNot, say, unhcr, wb } from './world.mjs'

const partnership = (key, orgs, more = {}) => ({ is: 'partnership.proposed', id: fresh(key, 'PA'), title: 'A partnership', kind: 'mou', parties: orgs.map((o) => (typeof o === 'string' ? { org: o } : o)), ...more })
const deliverables = [
  { id: 'D1', title: 'Children', measure: 'unit', baseline: '100', target: '300', unit: 'children', due: '2027-06', country: 'KE', step: 3 },
  { id: 'D2', title: 'A law', measure: 'qualitative', target: 'adopted by parliament' },
  { id: 'D3', title: 'Fewer', measure: 'percentage', baseline: '80', target: '20', descending: true },
]
const commitment = (key, orgs, more = {}) => ({ is: 'commitment.proposed', id: fresh(key, 'CO'), title: 'A commitment', parties: orgs.map((o) => (typeof o === 'string' ? { org: o, role: 'participating' } : o)), deliverables, ...more })
const item = async (kind, subject) => (await get(`/api/v1/${kind}s/${id(subject)}`)).json
const paper = { on: '2026-01-02', evidence: [{ sha256: 'a'.repeat(64) }] }
const answer = (kind, subject, rev, verb = 'accepted', more = {}) => ({ is: `${kind}.${verb}`, id: subject, rev, ...(verb === 'declined' ? { reason: 'no' } : {}), ...more })

for (const [kind, make] of [['partnership', partnership], ['commitment', commitment]]) {
  test(`docs/vocabulary.md: ${kind}: proposed by a party; the author of the proposal leads and is a party`, async () => {
    await mayNot(403, 'author.not-a-party', unhcr, make(unhcr, [ilo.org, wb.org]))
    await mayNot(400, 'list.twice', unhcr, make(unhcr, [unhcr.org, unhcr.org]))
    await mayNot(409, 'org.unknown', unhcr, make(unhcr, [unhcr.org, 'NOBODY']))
    await mayNot(400, 'field.missing', unhcr, make(unhcr, [], {}))
    await mayNot(403, 'author.not-a-member', lone, make(lone, [lone.org], { networks: ['spiac-b'] }))
  })
  test(`docs/vocabulary.md: ${kind}: agreed when every party has signed the current terms`, async () => {
    const made = make(unhcr, [unhcr.org, ilo.org, ke.org])
    const { ref } = await say(unhcr, made)
    let i = await item(kind, made.id)
    assert.deepEqual([i.status, i.signed.signed, i.signed.of, i.rev], ['proposed', 1, 3, ref()])
    await mayNot(403, 'author.not-a-party', wb, answer(kind, made.id, ref()))
    const stale = await mayNot(409, 'rev.stale', ilo, answer(kind, made.id, ref().replace(/.$/, (c) => (c === '0' ? '1' : '0'))))
    assert.ok(stale.detail.includes(ref()), 'the answer names the current one')
    await say(ilo, answer(kind, made.id, ref(), 'accepted', { capacity: 'Director', signed_on: '2026-03' }))
    assert.equal((await item(kind, made.id)).status, 'proposed')
    await say(ke, answer(kind, made.id, ref(), 'declined'))
    assert.equal((await item(kind, made.id)).status, 'declined')
    await say(ke, answer(kind, made.id, ref()))
    i = await item(kind, made.id)
    assert.deepEqual([i.status, i.signed.signed, i.signed.of], ['agreed', 3, 3], 'the newest counts')
    for (const verb of ['accepted', 'declined']) await mayNot(409, 'life.state', ilo, answer(kind, made.id, ref(), verb))
  })
  test(`docs/vocabulary.md: ${kind}: a co-signature by a party accepts what the statement's records propose to it`, async () => {
    const made = make(unhcr, [unhcr.org, ilo.org])
    await say(unhcr, made, { with: [ilo.org] }, ilo)
    const i = await item(kind, made.id)
    assert.equal(i.status, 'agreed')
    assert.deepEqual(i.parties.map((p) => p.state), ['signed', 'signed'])
  })
  test(`docs/vocabulary.md: ${kind}: signed_elsewhere counts for a party that was keyless: signed n of m, k on paper`, async () => {
    const made = make(unhcr, [unhcr.org, ilo.org, { org: keyless, ...(kind === 'commitment' ? { role: 'funding' } : {}), signed_elsewhere: paper }])
    const { ref } = await say(unhcr, made)
    await say(ilo, answer(kind, made.id, ref()))
    const i = await item(kind, made.id)
    assert.equal(i.status, 'agreed')
    assert.deepEqual([i.signed.signed, i.signed.of, i.signed.on_paper], [2, 3, 1])
    assert.match(i.signed.text, /signed 2 of 3, 1 on paper/i)
  })
  test(`docs/vocabulary.md: ${kind}: signed_elsewhere of an organization that has keys is not a signature`, async () => {
    const made = make(unhcr, [unhcr.org, ilo.org, { org: ke.org, ...(kind === 'commitment' ? { role: 'funding' } : {}), signed_elsewhere: paper }])
    await say(unhcr, made, { with: [ilo.org] }, ilo)
    assert.equal((await item(kind, made.id)).status, 'proposed')
  })
  test(`docs/vocabulary.md: ${kind}: a keyless party without signed_elsewhere: not agreed`, async () => {
    const made = make(unhcr, [unhcr.org, ilo.org, keyless])
    await say(unhcr, made, { with: [ilo.org] }, ilo)
    assert.equal((await item(kind, made.id)).status, 'proposed')
  })
  test(`docs/vocabulary.md: ${kind}: one organization with parties that cannot sign is declared, never agreed`, async () => {
    const made = make(unhcr, [unhcr.org, { org: keyless, ...(kind === 'commitment' ? { role: 'funding' } : {}), signed_elsewhere: paper }])
    await say(unhcr, made)
    const i = await item(kind, made.id)
    assert.deepEqual([i.status, i.terms_state], ['declared', 'declared'])
  })
  test(`docs/vocabulary.md: ${kind}: ids are free once: nobody takes another's, none is used twice`, async () => {
    const made = make(unhcr, [unhcr.org])
    await say(unhcr, made)
    await mayNot(409, 'subject.exists', unhcr, make(unhcr, [unhcr.org], { id: made.id }))
    await mayNot(403, 'id.author', ilo, make(ilo, [ilo.org], { id: made.id }))
    await mayNot(409, 'subject.kind', unhcr, answer(kind === 'commitment' ? 'partnership' : 'commitment', made.id, `0/1/${'0'.repeat(64)}`))
  })
}
test('docs/vocabulary.md: partnership: kinds, parent, budget, administrative_agent', async () => {
  const parent = partnership(unhcr, [unhcr.org])
  await say(unhcr, parent)
  await may(unhcr, partnership(unhcr, [{ org: unhcr.org, role: 'host' }], { kind: 'fund-window', description: 'x', signed_on: '2026', period: { start: '2026' }, open: true, parent: parent.id, budget: { amount: '5', currency: 'EUR' }, budget_lines: [{ id: 'b1', title: 'Line', money: { amount: '5', currency: 'EUR' } }], administrative_agent: ilo.org, networks: ['spiac-b'] }))
  await mayNot(400, 'field.value', unhcr, partnership(unhcr, [unhcr.org], { kind: 'club' }))
  await mayNot(409, 'ref.unknown', unhcr, partnership(unhcr, [unhcr.org], { parent: `${unhcr.org}:NONE` }))
  await mayNot(409, 'org.unknown', unhcr, partnership(unhcr, [unhcr.org], { administrative_agent: 'NOBODY' }))
  await mayNot(400, 'list.twice', unhcr, partnership(unhcr, [unhcr.org], { budget_lines: [1, 2].map(() => ({ id: 'b', title: 't', money: { amount: '5', currency: 'EUR' } })) }))
  await mayNot(400, 'evidence.empty', unhcr, partnership(unhcr, [unhcr.org, { org: keyless, signed_elsewhere: { on: '2026', evidence: [{ title: 'x' }] } }]))
})
test('docs/vocabulary.md: commitment: deliverables, at least one; their measures', async () => {
  const one = (d) => commitment(unhcr, [unhcr.org], { deliverables: [d] })
  await mayNot(400, 'field.missing', unhcr, commitment(unhcr, [unhcr.org], { deliverables: [] }))
  await mayNot(400, 'list.twice', unhcr, commitment(unhcr, [unhcr.org], { deliverables: [deliverables[0], deliverables[0]] }))
  await mayNot(400, 'quantity.form', unhcr, one({ id: 'D', title: 'T', measure: 'unit', target: 'many' }))
  await may(unhcr, one({ id: 'D', title: 'T', measure: 'ordinal', target: 'many', milestones: [{ period: { end: '2027' }, target: 'some' }], responsible: [ilo.org] }))
  await mayNot(400, 'field.value', unhcr, one({ id: 'D', title: 'T', measure: 'unit', step: 4 }))
  await mayNot(400, 'field.value', unhcr, one({ id: 'D', title: 'T', measure: 'weight' }))
  await mayNot(409, 'org.unknown', unhcr, one({ id: 'D', title: 'T', measure: 'unit', responsible: ['NOBODY'] }))
  await mayNot(409, 'ref.unknown', unhcr, commitment(unhcr, [unhcr.org], { partnership: `${unhcr.org}:NONE` }))
  await mayNot(400, 'field.value', unhcr, commitment(unhcr, [{ org: unhcr.org, role: 'boss' }]))
})
test('docs/vocabulary.md: commitment.progressed by a party, from the proposal on; on one of its deliverables', async () => {
  const made = commitment(unhcr, [unhcr.org, ilo.org])
  const { ref } = await say(unhcr, made)
  const report = (more) => ({ is: 'commitment.progressed', id: made.id, deliverable: 'D1', ...more })
  await mayNot(403, 'author.not-a-party', wb, report({ value: '200' }))
  await mayNot(409, 'deliverable.unknown', unhcr, report({ deliverable: 'D9' }))
  await mayNot(400, 'quantity.form', unhcr, report({ value: 'lots' }))
  await mayNot(409, 'org.unknown', unhcr, report({ with: ['NOBODY'] }))
  await mayNot(400, 'field.value', unhcr, report({ state: 'done' }))
  await say(unhcr, report({ period: { start: '2026-01', end: '2026-06' }, value: '200', qualifier: 'about', state: 'advanced', text: 'Well', with: [ke.org], funded_by: [keyless] }))
  const d = async (n = 'D1') => (await item('commitment', made.id)).deliverables.find((x) => x.id === n)
  assert.deepEqual([(await d()).current.value, (await d()).percent, (await d()).reports], ['200', 50, 1])
  assert.equal((await item('commitment', made.id)).status, 'in-progress')
  await say(ilo, report({ period: { end: '2026-03' }, value: '150' })) // earlier period: does not become current
  assert.deepEqual([(await d()).current.value, (await d()).reports], ['200', 2])
  await say(ilo, report({ period: { start: '2026-06-30' }, value: '210' })) // start where no end; a coarse date is its last day: equal, later in the log
  assert.equal((await d()).current.value, '210')
  await say(ilo, report({ period: { end: '2026' }, value: '300' })) // the year's last day
  assert.deepEqual([(await d()).current.value, (await d()).percent], ['300', 100])
  await say(ilo, report({ period: { end: '2026-12-30' }, value: '1' }))
  assert.equal((await d()).current.value, '300')
  await say(ilo, report({ value: '250' })) // without a period: the date of `at`, today
  const today = new Date().toISOString().slice(0, 10)
  assert.equal((await d()).current.value, today > '2026-12-31' ? '250' : '300')
  await say(unhcr, { ...report({ deliverable: 'D3', value: '50' }) })
  assert.equal((await d('D3')).percent, 50)
  await say(unhcr, { ...report({ deliverable: 'D2', value: 'drafted', state: 'adopted' }) })
  assert.deepEqual([(await d('D2')).current.value, (await d('D2')).current.state], ['drafted', 'adopted'])
  await say(ilo, answer('commitment', made.id, ref(), 'declined'))
  await mayNot(409, 'life.state', unhcr, report({ value: '1' }))
})
test('docs/formats.md 4: one item carries its terms, who signed and how, and its history (paged): entry index, n, author, time, reference', async () => {
  const made = partnership(unhcr, [unhcr.org, ilo.org])
  const a = await say(unhcr, made)
  const b = await say(ilo, answer('partnership', made.id, a.ref()))
  const i = await item('partnership', made.id)
  assert.equal(i.terms.title, made.title)
  const signer = i.parties.find((p) => p.org === ilo.org)
  assert.deepEqual([signer.signature.reference, signer.signature.keys[0].key], [b.ref(), ilo.id.toString('hex')])
  assert.deepEqual(new Set(i.history.items.map((h) => h.reference)), new Set([a.ref(), b.ref()]))
  for (const h of i.history.items) for (const f of ['index', 'n', 'org', 'at', 'reference']) assert.ok(h[f] !== undefined)
  const page = await get(`/api/v1/partnerships/${id(made.id)}?limit=1`)
  assert.equal(page.json.history.items.length, 1)
  const next = await get(`/api/v1/partnerships/${id(made.id)}?limit=1&after=${id(page.json.history.next)}`)
  assert.notEqual(next.json.history.items[0].reference, page.json.history.items[0].reference)
  assert.equal(next.json.history.next, null)
})
