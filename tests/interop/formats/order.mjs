// docs/formats.md 2: judged in this order, the first failure reported: statements with two faults.
import { nowText, signatureLine, statedKey, statement, statementText, test, makeKey } from '../../e2e/lib.mjs'
import { headerOf, ilo, lone, pledge, rawStatement, refuses, say, unhcr, wb } from './world.mjs'

const V = 'avow/statement/v1'
const order = (first, then, rule, status, make, line) => test(`docs/formats.md 2: judged in this order: ${first} before ${then}`, async () => refuses(await make(), status, rule, line))
const h = (more = {}) => JSON.stringify({ ...headerOf(unhcr), ...more })
const p = (more) => JSON.stringify(pledge(unhcr, more))
const forged = (key, records, options) => { const t = statementText(key, records, options); return `${t}\n${signatureLine(key, `${t}!`)}` }

order('size', 'UTF-8', 'note.size', 413, () => Buffer.alloc(60001, 0xff))
order('UTF-8', 'note shape', 'note.utf8', 400, () => Buffer.of(0xff))
order('note shape', 'header', 'note.signatures', 400, () => { const t = `${V}\n{}\n{}\n`; return `${t}\n${signatureLine(unhcr, t)}${signatureLine(unhcr, t)}` })
order('log', '`with` against signature lines', 'header.log', 400, () => rawStatement(unhcr, [V, h({ log: 'x.example/y', with: [ilo.org] }), p()]))
order('`with` against signature lines', 'records', 'header.with', 400, () => rawStatement(unhcr, [V, h({ with: [ilo.org] }), '{}']))
order('the first record', 'the second', 'text.length', 400, () => rawStatement(unhcr, [V, h(), p({ title: 'x'.repeat(301) }), '{}']), 3)
order('a later record alone', 'keys known', 'field.missing', 400, () => { const k = makeKey(unhcr.org); return rawStatement(k, [V, h({ key: k.id.toString('hex') }), p(), '{}']) }, 4)
order('each record alone', 'known already', 'field.missing', 400, async () => { const s = await say(unhcr, pledge(unhcr)); return rawStatement(unhcr, [...s.note.split('\n').slice(0, 3), '{}']) }, 4)
order('keys known', 'signatures', 'key.unknown', 403, () => {
  const t = statementText(unhcr, [pledge(unhcr)], { with: [ilo.org] })
  return `${t}\n${signatureLine(unhcr, `${t}!`)}${signatureLine(makeKey(ilo.org), t)}`
})
order('signatures', 'keys active', 'signature.bad', 403, async () => {
  const k = makeKey(unhcr.org)
  await say(unhcr, { is: 'key.added', org: unhcr.org, ...statedKey(k, unhcr.org), label: 'o1' })
  await say(unhcr, { is: 'key.revoked', org: unhcr.org, key_id: k.id.toString('hex'), reason: 'retired' })
  return forged(k, [pledge(unhcr)], { seq: 1 })
})
order('signatures', 'seq', 'signature.bad', 403, () => forged(unhcr, [pledge(unhcr)], { seq: 1 }))
order('keys active', 'seq', 'key.inactive', 403, async () => {
  const k = makeKey(unhcr.org)
  await say(unhcr, { is: 'key.added', org: unhcr.org, ...statedKey(k, unhcr.org), label: 'o2' })
  await say(k, pledge(unhcr), { seq: 5 })
  await say(unhcr, { is: 'key.revoked', org: unhcr.org, key_id: k.id.toString('hex'), reason: 'retired' })
  return statement(k, [pledge(unhcr)], { seq: 2 })
})
order('seq', 'at', 'seq.stale', 409, () => statement(unhcr, [pledge(unhcr)], { seq: 1, at: nowText(1e12) }))
order('at', 'before', 'at.earlier', 409, () => statement(unhcr, [pledge(unhcr)], { at: nowText(1e12), before: 0 }))
order('before', 'the records', 'before.passed', 409, () => statement(unhcr, [{ is: 'pledge.accepted', id: `${unhcr.org}:NONE`, rev: `0/1/${'0'.repeat(64)}` }], { before: 0 }))
order('subject exists', 'author may', 'subject.unknown', 409, () => statement(lone, [{ is: 'pledge.accepted', id: `${unhcr.org}:NONE`, rev: `0/1/${'0'.repeat(64)}` }]))
order('subject is free', 'networks[]', 'subject.exists', 409, async () => {
  const made = pledge(lone)
  await say(lone, made)
  return statement(lone, [{ ...made, networks: ['spiac-b'] }])
})
order('author may', 'rev', 'author.not-a-party', 403, async () => {
  const made = pledge(unhcr)
  await say(unhcr, made)
  return statement(wb, [{ is: 'pledge.accepted', id: made.id, rev: `0/1/${'0'.repeat(64)}` }])
})
order('rev', 'state of life', 'rev.stale', 409, async () => {
  const made = pledge(unhcr)
  await say(unhcr, made, { with: [ilo.org] }, ilo)
  return statement(ilo, [{ is: 'pledge.accepted', id: made.id, rev: `0/1/${'0'.repeat(64)}` }])
})
order('networks[]', 'references', 'author.not-a-member', 403, () => statement(lone, [pledge(lone, { networks: ['spiac-b'], recipient: 'NOBODY' })]))
order('references', 'amounts', 'tx.unknown', 409, async () => {
  const made = pledge(unhcr)
  await say(unhcr, made)
  return statement(ilo, [{ is: 'pledge.received', id: made.id, tx: 'r1', of: ['d9'], money: { amount: '1', currency: 'EUR' } }])
})
order('record 1 in the state', 'record 2', 'subject.exists', 409, async () => {
  const made = pledge(unhcr)
  await say(unhcr, made)
  return statement(unhcr, [made, pledge(unhcr, { recipient: 'NOBODY' })])
}, 3)
test('docs/formats.md 2: records are applied in order, all or none', async () => {
  const made = pledge(unhcr)
  await refuses(statement(unhcr, [made, pledge(unhcr, { recipient: 'NOBODY' })]), 409, 'org.unknown', 4)
  await say(unhcr, [made, { is: 'pledge.disbursed', id: made.id, tx: 'd1', money: { amount: '1', currency: 'USD' } }])
})
