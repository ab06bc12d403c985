// A broker with one of everything that people look at: signed pledges, one-sided ones, a
// commitment with progress, evidence that would be markup if it were let.
import { initBroker, keyProof, makeKey, makeLog, network, post, registration, request, runBroker, statement } from '../e2e/lib.mjs'

async function mustPost(broker, note) {
  const answer = await post(broker, note)
  if (answer.status !== 201)
    throw new Error(`refused: ${answer.status} ${answer.text}`)
  return answer
}

// A schedule that is late, less received than sent, a slip that is voided, a dispute; and a
// budget that pledges fill in part.
async function tellMoney({ publish, rev, broker, ilo, kuwait }) {
  const id = 'KW-KFAED:PL-5'
  const eur = (amount) => ({ amount, currency: 'EUR' })
  const reference = async (tx) => (await request(`${broker.http}/api/v1/pledges/${encodeURIComponent(id)}`)).json
    .history.items.find((told) => told.record.tx === tx).reference

  await publish(kuwait, [{
    is: 'pledge.made', id, title: 'Registry of beneficiaries', donor: 'KW-KFAED', recipient: 'XM-DAC-41302', basis: 'agreement', money: eur('1000'),
    schedule: [{ due: '2020-01', money: eur('400') }, { due: '2099', money: eur('600') }], networks: [network], countries: ['KE'],
  }])
  await publish(ilo, [{ is: 'pledge.accepted', id, rev: await rev('pledges', id) }])
  await publish(kuwait, [{ is: 'pledge.disbursed', id, tx: 'D1', money: eur('300'), on: '2026-01-15' }, { is: 'pledge.disbursed', id, tx: 'D2', money: eur('50') }])
  await publish(ilo, [{ is: 'pledge.received', id, tx: 'R1', of: ['D1'], money: eur('250'), fees: eur('10') }, { is: 'pledge.received', id, tx: 'R2', money: eur('5') }])
  await publish(ilo, [
    { is: 'record.voided', ref: await reference('R2'), reason: 'A slip of the <i>pen</i>' },
    { is: 'record.disputed', ref: await reference('D2'), reason: 'Nothing has arrived' },
  ])
  await publish(kuwait, [{
    is: 'pledge.made', id: 'KW-KFAED:PL-6', title: 'For the floor of Kenya', donor: 'KW-KFAED', recipient: 'XM-DAC-41122', basis: 'announced',
    money: { amount: '1000000', currency: 'USD' }, for: 'XM-DAC-41302:C-1', networks: [network], countries: ['KE'],
  }])
}

// Agreed terms with an amendment that waits, after one that holds; and a network that speaks.
async function tellTerms({ publish, rev, ilo, unicef }) {
  const id = 'XM-DAC-41302:C-2'
  const deliverable = { id: 'D-1', title: 'Officials trained', measure: 'unit', target: '100', unit: 'people', due: '2020', country: 'KE', step: 3 }
  const together = { with: [unicef.org] }

  await publish(ilo, [{
    is: 'commitment.proposed', id, title: 'Training officials', parties: [{ org: 'XM-DAC-41302', role: 'lead' }, { org: unicef.org, role: 'participating' }],
    networks: [network], countries: ['KE'], deliverables: [deliverable],
  }], together, unicef)
  await publish(ilo, [{ is: 'commitment.amended', id, rev: await rev('commitments', id), set: { period: { end: '2026' } }, why: 'amendment', reason: 'It goes on' }], together, unicef)
  await publish(ilo, [{
    is: 'commitment.amended', id, rev: await rev('commitments', id), why: 'amendment', reason: 'More districts <b>joined</b>',
    set: { deliverables: [{ ...deliverable, target: '250' }], budget: { amount: '90000', currency: 'USD' } },
  }])
  await publish(ilo, [{ is: 'declaration.proposed', id: 'XM-DAC-41302:DE-1', title: 'A floor for all', text: 'We call for\nsocial <em>protection</em> floors.', networks: [network], parties: [{ org: 'XM-DAC-41302' }, { org: unicef.org }] }])
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
    networks: [network], countries: ['KE'], themes: ['children'], budget: { amount: '4000000', currency: 'USD' },
    budget_lines: [{ id: 'cash', title: 'Cash transfers', money: { amount: '3000000', currency: 'USD' } }, { id: 'law', title: 'Legal advice', money: { amount: '1000000', currency: 'USD' } }],
    deliverables: [
      { id: 'D-1', title: 'People covered', measure: 'unit', baseline: '1000', target: '5000', unit: 'people', due: '2027' },
      { id: 'D-2', title: 'Law adopted', measure: 'nominal' },
    ],
  }], { with: [unicef.org] }, unicef)
  await publish(unicef, [{ is: 'commitment.progressed', id: 'XM-DAC-41302:C-1', deliverable: 'D-1', period: { end: '2026-06' }, value: '4000', qualifier: 'about' }])
  await publish(ilo, [{ is: 'partnership.proposed', id: 'XM-DAC-41302:P-1', title: 'Working together', kind: 'mou', parties: [{ org: 'XM-DAC-41302' }, { org: 'KW-KFAED' }], networks: [network], countries: [] }])

  await tellMoney({ publish, rev, broker, ilo, kuwait })
  await tellTerms({ publish, rev, ilo, unicef })

  const spare = makeKey('KW-KFAED')
  await publish(kuwait, [{ is: 'key.added', org: 'KW-KFAED', key: spare.vkey, proof: keyProof(spare, 'KW-KFAED'), label: 'spare' }])
  await publish(kuwait, [{ is: 'key.revoked', org: 'KW-KFAED', key_id: spare.id.toString('hex'), reason: 'retired' }])
  return { broker, people, ilo, kuwait, unicef, publish }
}
