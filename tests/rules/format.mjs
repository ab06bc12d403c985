// Notes, lines, headers, JSON: what is looked at before any field is.
import { origin, signNote, signatureLine, statementText, textOf } from '../e2e/lib.mjs'
import { at, inFamily, keyOf, listed, story } from './stories.mjs'

inFamily('format')

const long = (n) => 'x'.repeat(n)
// A record whose line has exactly so many bytes.
const record = (bytes, org = 'A-1') => {
  const made = (n) => JSON.stringify(listed(org, { aliases: Array.from({ length: 200 }, (_, i) => `${i} ${long(i < n % 200 ? Math.floor(n / 200) + 1 : Math.floor(n / 200))}`) }))
  return made(bytes - made(0).length)
}

story('sizes', (t) => {
  const notes = (bytes) => {
    const rest = bytes - Buffer.byteLength(t.note(t.ilo, [record(30000), record(20000, 'A-2')])) + 20000
    return t.note(t.ilo, [record(30000), record(rest, 'A-2')])
  }
  t.acceptNote('note.size', notes(60000))
  t.refuseNote('note.size', 0, notes(60001))
  t.accept('line.size', t.ilo, record(49152))
  t.refuse('line.size', t.ilo, record(49153))
  const many = (n) => Array.from({ length: n }, (_, i) => ({ is: 'organization.listed', org: `A-${i}`, name: 'N', org_type: '10' }))
  t.accept('note.records', t.ilo, many(256))
  t.refuse('note.records', t.ilo, many(257), { line: 259 })
  t.refuse('note.records', t.ilo, [], { line: 0 })
})

story('the shape of a note', (t) => {
  const good = t.note(t.ilo, listed('A-1', { name: 'Dé' }))
  const bytes = Buffer.from(good)
  t.acceptNote('note.utf8', good)
  t.refuseNote('note.utf8', 3, Buffer.concat([bytes.subarray(0, bytes.indexOf('é')), Buffer.of(0xe9), bytes.subarray(bytes.indexOf('é') + 2)]))
  t.refuseNote('note.utf8', 1, Buffer.of(0x61, 0xff)) // no line ends
  t.acceptNote('note.shape', good)
  t.refuseNote('note.shape', 0, textOf(good))
  t.refuseNote('note.shape', 0, good.replace(/=\n$/, '\n'))
  t.refuseNote('note.shape', 0, good.slice(0, -1))
  t.acceptNote('note.signatures', good)
  t.refuseNote('note.signatures', 0, good + signatureLine(t.ilo, textOf(good)))
  t.refuseNote('note.signatures', 0, signNote(textOf(good), ...Array.from({ length: 17 }, (_, i) => keyOf('A-1', 1, i))))
  t.acceptNote('line.padded', good)
  const text = textOf(good)
  for (const bad of [text.replace('{"is"', ' {"is"'), text.replace('"}\n{"is"', '"}\n\n{"is"'), text.replace(/\n$/, ' \n')])
    t.refuseNote('line.padded', 3, signNote(bad, t.ilo))
  t.acceptNote('header.version', good)
  t.refuseNote('header.version', 1, signNote(text.replace('/v1\n', '/v2\n'), t.ilo))
})

story('JSON', (t) => {
  const line = (body) => `{"is":"organization.listed","org":"A-1","name":${body},"org_type":"10"}`
  const raw = (rule, good, bad) => t.pair(rule, t.ilo, line(good), line(bad))
  raw('json.syntax', '"N"', "'N'")
  t.refuse('json.syntax', t.ilo, '["organization.listed"]')
  t.pair('json.duplicate', t.ilo, line('"N"'), line('"N","name":"M"'))
  t.refuse('json.duplicate', t.ilo, line('"N","n\\u0061me":"M"'))
  const nested = (n) => line(`"N","evidence":${'['.repeat(n)}${']'.repeat(n)}`)
  t.refuse('json.depth', t.ilo, nested(8))
  t.accept('json.depth', t.ilo, line('"N","evidence":[]'))
  const until = (n) => `{"is":"key.added","org":"${t.ilo.org}",${JSON.stringify(t.stated(keyOf(t.ilo.org, 1, 2))).slice(1, -1)},"label":"two","until":${n}}`
  t.accept('json.number', t.ilo, until('9007199254740991'))
  for (const n of ['9007199254740992', '1.0', '1e3', '-0']) t.refuse('json.number', t.ilo, until(n))
  raw('json.null', '"N"', 'null')
  raw('json.character', '"N\\u00a0M"', '"N\\u202eM"')
  for (const c of ['\\u0000', '\\u0007', '\\u007f', '\\u0085', '\\u2028', '\\u2066', '\\ud800', '\\n']) t.refuse('json.character', t.ilo, line(`"N${c}M"`))
})

story('headers', (t) => {
  const [bank, france] = t.join('44000', 'FR-3')
  const one = listed('A-1')
  const put = (options, line = 2) => (rule) => t.refuse(rule, bank, one, { line, ...options })
  const text = statementText(bank, [one], { seq: 1, at })
  t.accept('header.field', bank, one)
  put({ at: '2026-11-23T10:00:00+00:00' })('header.field')
  put({ seq: 0 })('header.field')
  put({ lang: 'english!' })('header.field')
  put({ urgent: true })('header.field')
  t.refuseNote('header.field', 2, signNote(text.replace(/,"lang":"en"/, ''), bank))
  t.accept('header.log', bank, one, { log: origin })
  put({ log: 'avow.example.org/other' })('header.log')
  t.acceptNote('header.key', signNote(text, bank))
  t.refuseNote('header.key', 2, signNote(text, france))
  t.refuseNote('header.key', 2, signNote(text.replace(/"key":"[0-9a-f]{8}"/, '"key":"00000000"'), bank))
  t.accept('header.with', bank, one, { by: [france] })
  t.refuseNote('header.with', 2, signNote(statementText(bank, [one], { seq: 1, at, with: [france.org] }), bank))
  t.refuseNote('header.with', 2, signNote(text, bank, france))
  t.refuseNote('header.with', 2, signNote(statementText(bank, [one], { seq: 1, at, with: [bank.org] }), bank))
  t.refuseNote('header.with', 2, signNote(statementText(bank, [one], { seq: 1, at, with: [france.org, france.org] }), bank, france))
  t.refuseNote('header.with', 2, signNote(statementText(bank, [one], { seq: 1, at, with: [t.ilo.org, france.org] }), bank, france, t.ilo))
})
