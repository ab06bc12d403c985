// docs/formats.md 2: the shape of a statement, its header and its signature lines.
import assert from 'node:assert/strict'
import { makeKey, nowText, post, request, sha256, signNote, signatureLine, statedKey, statement, statementId, statementText, test, textOf } from '../../e2e/lib.mjs'
import { allows, another, broker, entries, get, headerOf, ilo, ke, log, may, mayNot, pledge, rawStatement, refuses, say, send, unhcr, wb } from './world.mjs'

const V = 'avow/statement/v1'
const good = () => JSON.stringify(pledge(unhcr))
const header = (more = {}) => JSON.stringify({ ...headerOf(unhcr), ...more })
const without = (name) => { const h = headerOf(unhcr); delete h[name]; return JSON.stringify(h) }
const row = (sentence, make, status, rule, line) => test(`docs/formats.md 2: ${sentence} [${rule}]`, () => refuses(make(), status, rule, line))
const lines = (...l) => () => rawStatement(unhcr, l)

// --- the note -----------------------------------------------------------------------------
row('line 1 is fixed', lines('avow/statement/v2', header(), good()), 400, 'header.version', 1)
row('no byte order mark', lines(`\ufeff${V}`, header(), good()), 400, 'header.version', 1)
row('no blank line', lines(V, header(), '', good()), 400, 'line.padded', 3)
row('no padded line, before', lines(V, header(), ` ${good()}`), 400, 'line.padded', 3)
row('no padded line, behind', lines(V, header(), `${good()} `), 400, 'line.padded', 3)
row('no carriage returns (signed-note: no control characters)', lines(V, header(), `${good()}\r`), 400, 'note.shape')
row('no tabs (signed-note: no control characters)', lines(V, header(), `\t${good()}`), 400, 'note.shape')
row('1 to 256 records: none', lines(V, header()), 400, 'note.records')
row('1 to 256 records: 257', () => rawStatement(unhcr, [V, header(), ...Array.from({ length: 257 }, () => '{}')]), 400, 'note.records')
row('a line at most 49,152 bytes', lines(V, header(), `{"is":"${'x'.repeat(49200)}"}`), 413, 'line.size', 3)
row('valid UTF-8: a lone byte', () => Buffer.concat([Buffer.from(`${V}\n`), Buffer.of(0xff), Buffer.from(`\n\n${signatureLine(unhcr, 'x')}`)]), 400, 'note.utf8')
row('valid UTF-8: an encoded surrogate', () => Buffer.concat([Buffer.from(`${V}\n`), Buffer.of(0xed, 0xa0, 0x80), Buffer.from(`\n\n${signatureLine(unhcr, 'x')}`)]), 400, 'note.utf8')
row('valid UTF-8: overlong', () => Buffer.concat([Buffer.from(`${V}\n`), Buffer.of(0xc0, 0xaf), Buffer.from(`\n\n${signatureLine(unhcr, 'x')}`)]), 400, 'note.utf8')
row('a signed note: no signature lines', () => `${V}\n${header()}\n${good()}\n`, 400, 'note.shape')
row('a signed note: ends with a newline', () => rawStatement(unhcr, [V, header(), good()]).slice(0, -1), 400, 'note.shape')
row('a signed note: em dash, not hyphen', () => rawStatement(unhcr, [V, header(), good()]).replace('\n— ', '\n- '), 400, 'note.shape')
row('a signed note: an empty body', () => '', 400, 'note.shape')

test('docs/formats.md 2: the note is at most 60,000 bytes: 60,000 are, 60,001 are not', async () => {
  const note = (size) => {
    const ids = [1, 2].map((n) => `${unhcr.org}:SIZE-${n}`)
    const make = (pads) => statement({ ...unhcr, seq: 900000 }, ids.map((i, n) => pledge(unhcr, { id: i, evidence: Array.from({ length: 8 }, (_, k) => ({ quote: 'é'.repeat(k < 7 ? 1900 : 1) + 'x'.repeat(pads[n][k]) })) })), { seq: 900001 })
    const pads = [0, 1].map(() => Array(8).fill(1))
    let left = size - Buffer.byteLength(make(pads))
    for (const p of pads) for (let k = 0; k < 8; k++) { const room = Math.min(left, k < 7 ? 2000 : 3900); p[k] += room; left -= room }
    assert.equal(left, 0)
    return make(pads)
  }
  const largest = note(60000)
  assert.equal(Buffer.byteLength(largest), 60000)
  await allows(largest)
  await refuses(note(60001), 413, 'note.size')
})
test('docs/formats.md 2: 1 to 256 records: 256 are fine', () => may(unhcr, Array.from({ length: 256 }, () => ({ is: 'pledge.made', id: `${unhcr.org}:N-${Math.random()}`, title: 'x', donor: unhcr.org, recipient: ilo.org, basis: 'announced', unstated: true }))))

// --- header --------------------------------------------------------------------------------
for (const name of ['log', 'org', 'key', 'seq', 'at', 'lang']) row(`the header has ${name}`, () => rawStatement(unhcr, [V, without(name), good()]), 400, 'header.field', 2)
const bad = (sentence, more, rule = 'header.field') => row(`header: ${sentence}`, () => rawStatement(unhcr, [V, header(more), good()]), 400, rule, 2)
bad('unknown fields are errors', { extra: 1 })
bad('log, the origin of the log it is meant for', { log: 'avow.example.org/other' }, 'header.log')
bad('seq, an integer from 1: 0', { seq: 0 })
bad('seq, an integer from 1: -1', { seq: -1 })
bad('seq, an integer: a string', { seq: '1' })
bad('at: Z, not an offset', { at: '2026-11-23T10:00:00+00:00' })
bad('at: whole seconds', { at: '2026-11-23T10:00:00.5Z' })
bad('at: upper case', { at: '2026-11-23t10:00:00z' })
bad('at: a day that exists', { at: '2026-02-30T10:00:00Z' })
bad('at: an hour that exists', { at: '2026-02-03T24:00:00Z' })
bad('lang: BCP 47', { lang: 'not a language' })
bad('key: 8 lower-case hex digits', { key: 'ABCDEF01' })
bad('before: an entry index', { before: -1 })
bad('with: organizations', { with: ['not an org!'] })
bad('with names not the author', { with: [unhcr.org] }, 'header.with')
bad('with names nobody twice', { with: [ilo.org, ilo.org] }, 'header.with')
bad('with: a signature by each', { with: [ilo.org] }, 'header.with')
test('docs/formats.md 2: an absent list is an empty one: with []', () => allows(rawStatement(unhcr, [V, header({ with: [] }), good()])))
row('key, the id of the key that signs first', () => rawStatement(unhcr, [V, header({ key: '00000000' }), good()]), 400, 'header.key', 2)
row('org, the author: signs first', () => rawStatement(ilo, [V, header(), good()]), 400, 'header.key', 2)

// --- signature lines -----------------------------------------------------------------------
row('in that order', () => statement(unhcr, [pledge(unhcr)], { with: [ilo.org, wb.org] }, wb, ilo), 400, 'header.with', 2)
row('and no others', () => statement(unhcr, [pledge(unhcr)], {}, ilo), 400, 'header.with', 2)
test('docs/formats.md 2: at least one by each organization in `with`, in that order', () => may(unhcr, pledge(unhcr), { with: [wb.org, ilo.org] }, wb, ilo))
const resigned = (change) => () => { const text = statementText(unhcr, [pledge(unhcr)]); return `${text}\n${change(signatureLine(unhcr, text))}` }
const b64 = (line, f) => line.replace(/ ([A-Za-z0-9+/=]+)\n$/, (_, b) => ` ${f(b)}\n`)
row('canonical base64', resigned((l) => b64(l, (b) => { const a = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'; return b.slice(0, -2) + a[a.indexOf(b.at(-2)) | 1] + '=' })), 400, 'note.shape')
row('padded base64', resigned((l) => b64(l, (b) => b.slice(0, -1))), 400, 'note.shape')
row('68 bytes, not 67', resigned((l) => b64(l, (b) => Buffer.from(b, 'base64').subarray(0, 67).toString('base64'))), 400, 'note.signatures')
row('68 bytes, not 69', resigned((l) => b64(l, (b) => Buffer.concat([Buffer.from(b, 'base64'), Buffer.of(1)]).toString('base64'))), 400, 'note.signatures')
row('one or more by different keys', resigned((l) => l + l), 400, 'note.signatures')
row('at most 16', resigned((l) => l + Array.from({ length: 16 }, (_, i) => signatureLine(makeKey(unhcr.org), `${i}`)).join('')), 400, 'note.signatures')
row('all must verify', () => statement(unhcr, [pledge(unhcr)]).replace('A pledge', 'A bigger'), 403, 'signature.bad')
row('by keys active in the state: unknown', () => { const k = makeKey(unhcr.org); k.seq = 10; return statement(k, [pledge(unhcr)]) }, 403, 'key.unknown')
row('all must verify: the second, too', () => { const text = statementText(unhcr, [pledge(unhcr)], { with: [ilo.org] }); return `${text}\n${signatureLine(unhcr, text)}${signatureLine(ilo, `${text}x`)}` }, 403, 'signature.bad')

// --- keys, seq, at, before -----------------------------------------------------------------
test('docs/formats.md 2: 16 signatures by different keys; key changes take effect from the next entry', async () => {
  const keys = Array.from({ length: 15 }, () => another(ke))
  const added = keys.map((k, i) => ({ is: 'key.added', org: ke.org, ...statedKey(k, ke.org), label: `k${i}` }))
  const text = statementText(ke, added)
  await refuses(signNote(text, ke, keys[0]), 403, 'key.unknown') // not yet, in its own entry
  await send(signNote(text, ke))
  await may(ke, pledge(ke), {}, ...keys)
})
test('docs/formats.md 2: seq above that of every earlier statement by the same key (gaps are allowed); another text with a used or lower seq is refused', async () => {
  unhcr.seq = 1000
  const a = await say(unhcr, pledge(unhcr), { seq: 1010 })
  await refuses(statement(unhcr, [pledge(unhcr)], { seq: 1010 }), 409, 'seq.stale', 2)
  await refuses(statement(unhcr, [pledge(unhcr)], { seq: 1005 }), 409, 'seq.stale', 2)
  unhcr.seq = 1010
  assert.equal(statementId(a.note), sha256(textOf(a.note)).toString('hex'))
})
test('docs/formats.md 2: at, not before that of the key\'s last statement; the same second is fine', async () => {
  const at = nowText()
  await say(unhcr, pledge(unhcr), { at })
  await say(unhcr, pledge(unhcr), { at })
  await refuses(statement(unhcr, [pledge(unhcr)], { at: nowText(Date.now() - 60e3) }), 409, 'at.earlier', 2)
})
test('docs/formats.md 2: before: not valid at or after this entry index', async () => {
  const size = entries.length
  await refuses(statement(unhcr, [pledge(unhcr)], { before: size }), 409, 'before.passed', 2)
  await refuses(statement(unhcr, [pledge(unhcr)], { before: 0 }), 409, 'before.passed', 2)
  assert.equal((await say(unhcr, pledge(unhcr), { before: size + 1 })).index, size)
})
test('docs/formats.md 2: at more than ten minutes ahead: admission, a rule name of its own, Retry-After', async () => {
  await may(unhcr, pledge(unhcr), { at: nowText(Date.now() + 500e3) })
  const note = statement(unhcr, [pledge(unhcr)], { at: nowText(Date.now() + 700e3) })
  await refuses(note, 429, 'admission.at')
  assert.ok((await post(broker, note)).headers['retry-after'])
})
test('docs/formats.md 2: submitting a text again, even with other co-signatures, gives a receipt for the stored entry and adds nothing', async () => {
  const more = makeKey(unhcr.org)
  await say(unhcr, { is: 'key.added', org: unhcr.org, ...statedKey(more, unhcr.org), label: 'more' })
  const text = statementText(unhcr, [pledge(unhcr)], { with: [ilo.org] })
  const stored = await send(signNote(text, unhcr, ilo))
  const size = entries.length
  for (const again of [stored.note, signNote(text, unhcr, more, ilo)]) {
    const answer = await post(broker, again)
    assert.equal(answer.status, 200, answer.text)
    assert.match(answer.text, new RegExp(`^c2sp.org/tlog-proof@v1\nindex ${stored.index}\n`))
    assert.match(answer.headers['content-type'], /^text\/plain/)
  }
  assert.equal((await get('/api/v1/status')).json.size, size)
})
test('docs/formats.md 2: submitting a text again after its key was revoked gives a receipt; anything new by it is key.inactive; its old statements stay', async () => {
  const k = makeKey(unhcr.org)
  await say(unhcr, { is: 'key.added', org: unhcr.org, ...statedKey(k, unhcr.org), label: 'brief' })
  const old = await say(k, pledge(unhcr))
  await say(unhcr, { is: 'key.revoked', org: unhcr.org, key_id: k.id.toString('hex'), reason: 'retired' })
  assert.equal((await post(broker, old.note)).status, 200)
  await refuses(statement(k, [pledge(unhcr)]), 403, 'key.inactive')
})
test('docs/formats.md 2: the signature is over the text\'s exact bytes; nothing is ever re-serialized', async () => {
  const odd = `{ "is" :"pledge.made", "id":"${unhcr.org}:ODD","title":"\\u0041 pl\\u0065dge","donor":"${unhcr.org}","recipient":"${ilo.org}","basis":"announced","unstated":true}`
  const { index, note } = await send(rawStatement(unhcr, [V, JSON.stringify(headerOf(unhcr)), odd]))
  const bundle = await get(`/log/tile/entries/000.p/${index + 1}`)
  assert.ok(bundle.bytes.subarray(-Buffer.byteLength(note)).equals(Buffer.from(note)))
})
test('docs/formats.md 2: log.chartered in entry 0 only', () => mayNot(409, 'entry.zero', ilo, { is: 'log.chartered', origin: log.name, ...statedKey(log, log.name), rules: 1, codes: '0'.repeat(64), stewards: [ilo.org], quorum: 1, title: 'x' }))
test('docs/formats.md 4: dry_run=1 judges only', async () => {
  const { size } = (await get('/api/v1/status')).json
  await may(unhcr, pledge(unhcr))
  assert.equal((await get('/api/v1/status')).json.size, size)
  assert.equal((await request(`${broker.http}/api/v1/statements?dry_run=1`, { method: 'POST', body: 'x' })).json.type, 'note.shape')
})
