// A broker with one of everything that people look at: signed pledges, one-sided ones, a
// commitment with progress, evidence that would be markup if it were let.
import { initBroker, keyProof, makeKey, makeLog, network, post, registration, request, runBroker, statement } from '../e2e/lib.mjs'

async function mustPost(broker, note) {
  const answer = await post(broker, note)
  if (answer.status !== 201)
    throw new Error(`refused: ${answer.status} ${answer.text}`)
  return answer
}

export async function tellStory(...flags) {
  const people = await makeLog({ members: ['KW-KFAED', 'XM-DAC-41122'] })
  const { steward: ilo } = people
  const [kuwait, unicef] = people.others
  const broker = await runBroker(await initBroker(people), ...flags)
  const publish = (key, records, options, ...cosigners) => mustPost(broker, statement(key, records, options, ...cosigners))
  const rev = async (kind, id) => (await request(`${broker.http}/api/v1/${kind}/${encodeURIComponent(id)}`)).json.rev

  await mustPost(broker, registration(people))
  for (const member of [kuwait, unicef])
    await publish(ilo, [{ is: 'membership.granted', network, org: member.org, role: 'member' }], { with: [member.org] }, member)
  await publish(ilo, [
    { is: 'organization.listed', org: 'KE-NCB-OP.218/051/95/010', name: { en: 'Government of Kenya', fr: 'Gouvernement du Kenya' }, org_type: '10', country: 'KE' },
    { is: 'organization.listed', org: 'JP-8', name: 'Government of Japan', org_type: '10', country: 'JP' },
  ])

  await publish(ilo, [{
    is: 'pledge.made', id: 'XM-DAC-41302:PL-1', title: 'Social protection in Palestine <script>document.title = "taken"</script>',
    donor: 'KW-KFAED', recipient: 'XM-DAC-41302', basis: 'announced', money: { amount: '700000.00', currency: 'USD' },
    networks: [network], countries: ['PS'], evidence: [{ quote: 'Kuwait <b>pledged</b> USD 700,000', url: 'https://example.org/report', locator: 'page 12' }],
  }])
  await publish(kuwait, [{ is: 'pledge.accepted', id: 'XM-DAC-41302:PL-1', rev: await rev('pledges', 'XM-DAC-41302:PL-1') }])
  await publish(kuwait, [{ is: 'pledge.committed', id: 'XM-DAC-41302:PL-1', tx: 'C1', money: { amount: '700000', currency: 'USD' } }])
  await publish(kuwait, [{ is: 'pledge.disbursed', id: 'XM-DAC-41302:PL-1', tx: 'D1', money: { amount: '300000.50', currency: 'USD' } }])
  await publish(ilo, [{ is: 'pledge.received', id: 'XM-DAC-41302:PL-1', tx: 'R1', of: ['D1'], money: { amount: '300000.50', currency: 'USD' } }])
  await publish(unicef, [{
    is: 'pledge.made', id: 'XM-DAC-41122:PL-2', title: 'Cash for children', donor: 'JP-8', recipient: 'XM-DAC-41122', basis: 'reported',
    money: { amount: '5000', currency: 'JPY' }, networks: [network], countries: ['KE', 'PS'],
  }])
  await publish(ilo, [{ is: 'pledge.made', id: 'XM-DAC-41302:PL-3', title: 'Said in the press', donor: 'JP-8', recipient: 'KW-KFAED', basis: 'reported', money: { amount: '10.25', currency: 'USD' }, countries: ['KE'] }])
  await publish(ilo, [{ is: 'pledge.made', id: 'XM-DAC-41302:PL-4', title: 'Training', donor: 'XM-DAC-41302', recipient: 'XM-DAC-41122', basis: 'agreement', in_kind: { description: 'Two courses', quantity: '2', unit: 'courses' }, countries: [] }])

  await publish(ilo, [{
    is: 'commitment.proposed', id: 'XM-DAC-41302:C-1', title: { en: 'A floor for Kenya', fr: 'Un socle pour le Kenya' },
    parties: [{ org: 'XM-DAC-41302', role: 'lead' }, { org: 'XM-DAC-41122', role: 'participating' }, { org: 'KE-NCB-OP.218/051/95/010', role: 'national-authority' }],
    networks: [network], countries: ['KE'], themes: ['children'],
    deliverables: [
      { id: 'D-1', title: 'People covered', measure: 'unit', baseline: '1000', target: '5000', unit: 'people', due: '2027' },
      { id: 'D-2', title: 'Law adopted', measure: 'nominal' },
    ],
  }], { with: [unicef.org] }, unicef)
  await publish(unicef, [{ is: 'commitment.progressed', id: 'XM-DAC-41302:C-1', deliverable: 'D-1', period: { end: '2026-06' }, value: '4000', qualifier: 'about' }])
  await publish(ilo, [{ is: 'partnership.proposed', id: 'XM-DAC-41302:P-1', title: 'Working together', kind: 'mou', parties: [{ org: 'XM-DAC-41302' }, { org: 'KW-KFAED' }], networks: [network], countries: [] }])

  const spare = makeKey('KW-KFAED')
  await publish(kuwait, [{ is: 'key.added', org: 'KW-KFAED', key: spare.vkey, proof: keyProof(spare, 'KW-KFAED'), label: 'spare' }])
  await publish(kuwait, [{ is: 'key.revoked', org: 'KW-KFAED', key_id: spare.id.toString('hex'), reason: 'retired' }])
  return { broker, people, ilo, kuwait, unicef, publish }
}
