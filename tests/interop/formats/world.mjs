// The log that the checks share: two stewards, two networks, and organizations of every sort.
import assert from 'node:assert/strict'
import {
  checkReceipt, initBroker, makeKey, origin, post, mustRun, request, runBroker, signNote, statedKey, statement, statementId, statementText, test,
} from '../../e2e/lib.mjs'

export const ilo = makeKey('XM-DAC-41302') // steward, convenes both networks
export const wb = makeKey('44000') // steward, convenes usp2030
export const unhcr = makeKey('XM-DAC-41121') // member of spiac-b
export const ke = Object.assign(makeKey('KE-NCB-OP.218/051/95/010'), { org: 'KE-NCB-OP.218/051/95/010' }) // member of spiac-b
export const another = (key) => Object.assign(makeKey(key.org), { org: key.org }) // key of the same organization
export const lone = makeKey('XM-DAC-41122') // registered, member of nothing
export const log = makeKey(origin)
export const keyless = 'FR-3'

const codes = /codes\s+([0-9a-f]{64})/.exec(await mustRun('avow-broker', ['--version']))[1]

export const registered = (key, network, more = {}) => ({
  is: 'organization.registered', org: key.org, ...(network ? { network } : {}), name: `Organization ${key.org}`, org_type: '40',
  keys: [{ ...statedKey(key, key.org), label: 'office' }], ...more,
})
export const chartered = {
  is: 'log.chartered', origin, ...statedKey(log, origin), rules: 1, codes, stewards: [ilo.org, wb.org], quorum: 2, title: 'Formats',
}
export const charterRecords = [
  chartered, registered(ilo), registered(wb),
  { is: 'network.chartered', network: 'spiac-b', name: 'SPIAC-B', conveners: [{ org: ilo.org, role: 'chair' }], quorum: { admit: 1, speak: 1 } },
  { is: 'network.chartered', network: 'usp2030', name: 'USP2030', conveners: [{ org: ilo.org, role: 'chair' }, { org: wb.org, role: 'co-chair' }], quorum: { admit: 2, speak: 2 } },
]
export const charter = statement(ilo, charterRecords, { with: [wb.org] }, wb)
export const dir = await initBroker({ charter, log })
export const broker = await runBroker(dir)
export const entries = [charter]
export const get = (path, headers = {}) => request(`${broker.http}${path}`, { headers })
export const id = encodeURIComponent

// Every record judged so far, for the schemas: { record, rule }, no rule where it was accepted.
export const judged = []
function keep(note, rule, line) {
  const lines = String(note).split('\n\n— ')[0].split('\n').slice(2)
  lines.forEach((text, i) => { if (rule === undefined || line === i + 3) try { judged.push({ record: JSON.parse(text), rule }) } catch { /* not JSON, as it should */ } })
}

// Signs, sends, checks the receipt: { index, note, ref(n), answer }.
export async function send(note) {
  const answer = await post(broker, note)
  assert.equal(answer.status, 201, answer.text)
  const { index } = checkReceipt(answer.text, note, log)
  entries[index] = note
  keep(note)
  return { index, note, answer, ref: (n = 1) => `${index}/${n}/${statementId(note)}` }
}
export const say = (key, records, options = {}, ...cosigners) => send(statement(key, [records].flat(), options, ...cosigners))

// Judged only: a sentence that allows something.
export async function allows(note) {
  const answer = await post(broker, note, '?dry_run=1')
  assert.equal(answer.status, 200, answer.text)
  keep(note)
}
// A sentence that refuses: its status, rule and line.
export async function refuses(note, status, rule, line) {
  const answer = await post(broker, note)
  assert.equal(`${answer.status} ${answer.json?.type}`, `${status} ${rule}`, answer.text.slice(0, 600))
  assert.match(answer.headers['content-type'], /^application\/problem\+json/)
  assert.equal(answer.json.status, status)
  assert.ok(answer.json.title && answer.json.detail)
  if (line !== undefined) assert.equal(answer.json.line ?? 0, line, answer.text)
  if (status === 400) keep(note, rule, answer.json.line)
  return answer.json
}
export const may = (key, records, options = {}, ...cosigners) => allows(statement(key, [records].flat(), options, ...cosigners))
export const mayNot = (status, rule, key, records, options = {}, ...cosigners) =>
  refuses(statement(key, [records].flat(), options, ...cosigners), status, rule)

let local = 0
export const fresh = (key, what = 'X') => `${key.org}:${what}-${++local}`
export const pledge = (key, more = {}) => ({
  is: 'pledge.made', id: fresh(key, 'PL'), title: 'A pledge', donor: key.org, recipient: ilo.org, basis: 'announced',
  money: { amount: '1000.00', currency: 'USD' }, ...more,
})
// The same pledge with these members replaced as raw JSON text: what JSON.stringify would not write.
export const rawPledge = (members) => {
  const all = Object.fromEntries(Object.entries(pledge(unhcr)).map(([k, v]) => [k, JSON.stringify(v)]))
  return `{${Object.entries({ ...all, ...members }).filter(([, v]) => v !== undefined).map(([k, v]) => `"${k}":${v}`).join(',')}}`
}
export const rawStatement = (key, lines, ...keys) => signNote(`${lines.join('\n')}\n`, key, ...keys)
export const headerOf = (key, more = {}) => JSON.parse(statementText(key, [{}], more).split('\n')[1])

test('docs/vocabulary.md: organization.registered by a convener (that network\'s quorum admit): can sign; not thereby a member', async () => {
  await say(ilo, [registered(unhcr, 'spiac-b'), registered(ke, 'spiac-b'), registered(lone, 'spiac-b')])
  assert.equal((await get(`/api/v1/organizations/${lone.org}`)).json.status, 'registered')
  assert.deepEqual((await get(`/api/v1/organizations/${lone.org}`)).json.networks, [])
  await may(lone, pledge(lone))
})
test('docs/vocabulary.md: membership.granted, then accepted: a member; organization.listed by any member: known, keyless', async () => {
  await say(ilo, [{ is: 'membership.granted', network: 'spiac-b', org: unhcr.org, role: 'member' }, { is: 'membership.granted', network: 'spiac-b', org: ke.org, role: 'member' }])
  const members = async () => Object.fromEntries((await get('/api/v1/networks/spiac-b')).json.members.map((m) => [m.org, m.status]))
  assert.equal((await members())[unhcr.org], 'granted', 'not a member, only shown as listed, until it has accepted')
  await say(unhcr, { is: 'membership.accepted', network: 'spiac-b', org: unhcr.org })
  await say(ke, { is: 'membership.accepted', network: 'spiac-b', org: ke.org })
  assert.equal((await members())[unhcr.org], 'member')
  await say(unhcr, { is: 'organization.listed', org: keyless, name: 'Agence Française de Développement', org_type: '10', country: 'FR' })
  assert.equal((await get(`/api/v1/organizations/${keyless}`)).json.status, 'listed')
})
