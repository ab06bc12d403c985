// docs/formats.md 1 and 6: keys, key files, avow-keys; keys as records state them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { COSIGN_KEY, keyFile, keyProof, makeKey, origin, parseNote, run, sha256, signBytes, signNote, statedKey, statement, tempDir, test, verifyBytes } from '../../e2e/lib.mjs'
import { another, charter as good, charterRecords, ilo, ke, log, may, mayNot, pledge, registered, say, unhcr, wb } from './world.mjs'

const dir = tempDir('keys')
const at = (name) => path.join(dir, name)
const keys = (...args) => run('avow-keys', args)
const parse = (vkey) => { const [name, id, b64] = vkey.trim().split('+').map((v, i, all) => (i === 2 ? all.slice(2).join('+') : v)); const raw = Buffer.from(b64, 'base64'); return { name, id, type: raw[0], pub: raw.subarray(1) } }
const own = makeKey('XM-DAC-41304')

test('docs/formats.md 1: avow-keys new: a verifier key <name>+<8 hex>+<base64(type ‖ key)>; the file: text, mode 0600, created O_EXCL', async () => {
  const r = await keys('new', '--name', 'XM-DAC-41304', '--no-passphrase', at('a'))
  assert.equal(r.code, 0, r.err)
  const k = parse(r.out)
  assert.deepEqual([k.name, k.type, k.pub.length], ['XM-DAC-41304', 1, 32])
  assert.equal(k.id, sha256(`${k.name}\n`, Buffer.of(k.type), k.pub).subarray(0, 4).toString('hex'))
  assert.equal(fs.statSync(at('a')).mode & 0o7777, 0o600)
  const text = fs.readFileSync(at('a'), 'utf8')
  assert.match(text, /^avow secret key v1\nname XM-DAC-41304\nkey \S+\nkdf none\nseed [A-Za-z0-9+/]{43}=\n$/)
  assert.ok(makeKey('XM-DAC-41304', 1, Buffer.from(/seed (.*)/.exec(text)[1], 'base64')).pub.equals(k.pub), 'the public key is derived from the seed')
  const again = await keys('new', '--name', 'XM-DAC-41304', '--no-passphrase', at('a'))
  assert.notEqual(again.code, 0)
  assert.match(again.err, /^avow-keys: error: /)
  assert.equal(fs.readFileSync(at('a'), 'utf8'), text)
})
test('docs/formats.md 1: type 0x04 cosigns checkpoints, name <org>/<label>; a log\'s origin never begins with avow/', async () => {
  const r = await keys('new', '--name', 'XM-DAC-41304/node', '--cosign', '--no-passphrase', at('c'))
  assert.equal(parse(r.out).type, 4)
  assert.equal((await keys('new', '--name', 'XM-DAC-41304', '--cosign', '--no-passphrase', at('c2'))).code, 2)
  assert.equal((await keys('new', '--name', 'avow/log', '--no-passphrase', at('c3'))).code, 2)
  assert.equal((await keys('new', '--name', 'a b', '--no-passphrase', at('c4'))).code, 2)
  assert.equal((await keys('new', '--name', 'a+b', '--no-passphrase', at('c5'))).code, 2)
})
test('docs/formats.md 1: kdf argon2id, box; the lines above box are its associated data; Argon2 limits are capped', async () => {
  fs.writeFileSync(at('pass'), 'a good passphrase\n')
  const r = await keys('new', '--name', 'XM-DAC-41304', '--passphrase-file', at('pass'), at('b'))
  assert.equal(r.code, 0, r.err)
  const text = fs.readFileSync(at('b'), 'utf8')
  const m = /^avow secret key v1\nname XM-DAC-41304\nkey (\S+)\nkdf argon2id ([1-9]\d*) ([1-9]\d*) ([A-Za-z0-9+/]{22}==)\nbox (\S+)\n$/.exec(text)
  assert.ok(m, text)
  assert.equal(Buffer.from(m[5], 'base64').length, 24 + 32 + 16)
  const proves = (file, ...more) => keys('prove', '--origin', origin, '--json', '--passphrase-file', at('pass'), ...more, file)
  assert.equal((await proves(at('b'))).code, 0)
  const tampered = async (change) => { const f = at('t'); fs.rmSync(f, { force: true }); fs.writeFileSync(f, change(text), { mode: 0o600 }); return (await proves(f)).code }
  assert.notEqual(await tampered((t) => t.replace(m[1], own.vkey)), 0)
  assert.notEqual(await tampered((t) => { const k = parse(m[1]); return t.replaceAll('XM-DAC-41304', 'XM-DAC-41305').replace(k.id, sha256('XM-DAC-41305\n', Buffer.of(1), k.pub).subarray(0, 4).toString('hex')) }), 0)
  assert.notEqual(await tampered((t) => t.replace(/box ./, (x) => (x.endsWith('A') ? 'box B' : 'box A'))), 0)
  const before = Date.now()
  assert.notEqual(await tampered((t) => t.replace(` ${m[2]} `, ' 4000000000 ')), 0)
  assert.notEqual(await tampered((t) => t.replace(` ${m[3]} `, ' 1000000000000 ')), 0)
  assert.ok(Date.now() - before < 5000)
  fs.writeFileSync(at('pass'), 'another\n')
  assert.equal((await proves(at('b'))).code, 1, 'exit 1: it does not verify')
})
test('docs/formats.md 1: the public key is derived again from the seed and compared', async () => {
  fs.writeFileSync(at('w'), `avow secret key v1\nname ${own.name}\nkey ${own.vkey}\nkdf none\nseed ${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  const r = await keys('prove', '--origin', origin, at('w'))
  assert.notEqual(r.code, 0)
  assert.match(r.err, /^avow-keys: error: /)
})
test('docs/formats.md 1: the proof, over avow/key/v1\\n<origin>\\n<org>\\n<verifier key>\\n, side by side with the key', async () => {
  keyFile(at('own'), own)
  const r = JSON.parse((await keys('prove', '--origin', origin, '--json', at('own'))).out)
  assert.deepEqual(r, statedKey(own, own.org))
  keyFile(at('cos'), makeKey('KE-NCB-OP.218/051/95/010/node-1', COSIGN_KEY, own.seed))
  const c = JSON.parse((await keys('prove', '--origin', origin, '--json', at('cos'))).out)
  assert.ok(verifyBytes(own.pub, `avow/key/v1\n${origin}\n${ke.org}\n${c.key}\n`, Buffer.from(c.proof, 'base64')))
  keyFile(at('logkey'), log)
  assert.equal(JSON.parse((await keys('prove', '--origin', origin, '--json', at('logkey'))).out).proof, keyProof(log, origin))
})
test('docs/formats.md 1: avow-keys sign FILE signs avow/file/v1\\n<hex SHA-256>\\n<name>\\n; verify: exit 0 yes, 1 no', async () => {
  fs.writeFileSync(at('file.txt'), 'bytes')
  const r = await keys('sign', '--key', at('own'), '--out', at('file.txt.sig'), at('file.txt'))
  assert.equal(r.code, 0, r.err)
  const { text, signatures: [s] } = parseNote(fs.readFileSync(at('file.txt.sig'), 'utf8'))
  assert.equal(text, `avow/file/v1\n${sha256('bytes').toString('hex')}\nfile.txt\n`)
  assert.ok(s.name === own.name && s.id.equals(own.id) && verifyBytes(own.pub, text, s.sig))
  assert.equal((await keys('verify', '--key', own.vkey, at('file.txt'))).code, 0)
  assert.equal((await keys('verify', '--key', makeKey(own.name).vkey, at('file.txt'))).code, 1)
  fs.writeFileSync(at('file.txt'), 'Bytes')
  const no = await keys('verify', '--key', own.vkey, at('file.txt'))
  assert.equal(no.code, 1)
  assert.equal(no.out, '')
  // A signature by this script is as good.
  fs.writeFileSync(at('other'), 'x')
  fs.writeFileSync(at('other.sig'), signNote(`avow/file/v1\n${sha256('x').toString('hex')}\nother\n`, own))
  assert.equal((await keys('verify', '--key', own.vkey, at('other'))).code, 0)
})
test('docs/formats.md 1: each key signs only what it is for: a cosigner\'s key signs no files', async () => {
  assert.notEqual((await keys('sign', '--key', at('c'), '--out', '-', at('own'))).code, 0)
})
test('docs/formats.md 6: exit 2 usage, 3 the world; answers on stdout, the rest on stderr; --help everywhere', async () => {
  for (const program of ['avow-keys', 'avow-broker', 'avow']) {
    const help = await run(program, ['--help'])
    assert.equal(help.code, 0)
    assert.ok(help.out && !help.err)
    const wrong = await run(program, ['no-such-command'])
    assert.equal(wrong.code, 2)
    assert.ok(!wrong.out)
    assert.match(wrong.err, new RegExp(`^${program}: error: .*\n(${program}: hint: .*\n)*$`))
    assert.equal((await run(program, [])).code, 2)
  }
  assert.equal((await keys('show', at('nowhere'))).code, 3)
  assert.equal((await keys('new')).code, 2)
  assert.equal((await run('avow', ['status', '--dir', at('nowhere')])).code, 3)
  assert.equal((await run('avow-broker', ['run', at('nowhere')])).code, 3)
})
test('docs/formats.md 3: avow-broker --version prints rules version and codes digest', async () => {
  const r = await run('avow-broker', ['--version'])
  assert.match(r.out, /rules\s+1\n/)
  assert.match(r.out, /codes\s+[0-9a-f]{64}\n/)
})
test('docs/formats.md 3: avow statement and cosign work without a replica (--log --key --seq)', async () => {
  const env = { ...process.env, HOME: dir, AVOW_DIR: at('no-node') }
  keyFile(at('ilo'), ilo); keyFile(at('wb'), wb)
  fs.writeFileSync(at('records'), charterRecords.map((r) => JSON.stringify(r)).join('\n'))
  const s = await run('avow', ['statement', '--log', origin, '--key', at('ilo'), '--seq', '1', '--with', wb.org, at('records')], { env })
  assert.equal(s.code, 0, s.err)
  fs.writeFileSync(at('draft'), s.out)
  const c = await run('avow', ['cosign', '--log', origin, '--key', at('wb'), '--yes', '--out', at('signed'), at('draft')], { env })
  assert.equal(c.code, 0, c.err)
  const { text, signatures } = parseNote(fs.readFileSync(at('signed'), 'utf8'))
  assert.deepEqual(signatures.map((x) => x.name), [ilo.org, wb.org])
  assert.ok(verifyBytes(wb.pub, text, signatures[1].sig))
  keyFile(at('log'), log)
  assert.equal((await run('avow-broker', ['init', at('copy'), '--origin', origin, '--charter', at('signed'), '--key', at('log')])).code, 0)
})

// --- the charter -----------------------------------------------------------------------------
let charters = 0
async function charterRefused(note, rule, key = log) {
  const n = ++charters
  fs.writeFileSync(at(`charter${n}`), note)
  keyFile(at(`charter${n}.key`), key)
  const r = await run('avow-broker', ['init', at(`broker${n}`), '--origin', origin, '--charter', at(`charter${n}`), '--key', at(`charter${n}.key`)])
  assert.equal(r.code, 1, `${r.code} ${r.err}`)
  assert.match(r.err, rule)
  assert.notEqual((await run('avow-broker', ['check', at(`broker${n}`)])).code, 0, 'no log was made')
  if (key !== log) return
  fs.writeFileSync(at('good'), good)
  const again = await run('avow-broker', ['init', at(`broker${n}`), '--origin', origin, '--charter', at('good'), '--key', at(`charter${n}.key`)])
  assert.equal(again.code, 0, `nothing stands in the way of the right one: ${again.err}`)
}
const [chartered, ...rest] = charterRecords
const charter = (records, ...co) => statement({ ...ilo, seq: 0 }, records, { seq: 1, with: co.map((k) => k.org) }, ...co)
test('docs/vocabulary.md: log.chartered: signed by every steward', () => charterRefused(charter(charterRecords), /quorum\.missing/))
test('docs/formats.md 3: entry 0 begins with log.chartered', () => charterRefused(charter([...rest, chartered], wb), /entry\.zero/))
test('docs/formats.md 3: entry 0: organization.registered and network.chartered besides, no others', () => charterRefused(charter([...charterRecords, pledge(ilo, { recipient: wb.org })], wb), /entry\.zero/))
test('docs/formats.md 3: entry 0: log key with proof', () => charterRefused(charter([{ ...chartered, proof: Buffer.alloc(64).toString('base64') }, ...rest], wb), /key\.proof/))
test('docs/formats.md 3: KEYFILE holds the log key that it states', () => charterRefused(charter(charterRecords, wb), /key/, makeKey(origin)))
test('docs/formats.md 3: log.chartered: rules version 1', () => charterRefused(charter([{ ...chartered, rules: 2 }, ...rest], wb), /log\.rules/))
test('docs/formats.md 3: log.chartered: digest of the code lists', () => charterRefused(charter([{ ...chartered, codes: '0'.repeat(64) }, ...rest], wb), /log\.codes/))
test('docs/vocabulary.md: organization.registered: network (not in entry 0)', () => charterRefused(charter([chartered, registered(ilo, 'spiac-b'), ...rest.slice(1)], wb), /entry\.zero/))
test('docs/formats.md 2: entry 0: by the keys that its own organization.registered records state', () => charterRefused(charter([chartered, registered(another(ilo)), ...rest.slice(1)], wb), /key\.unknown/))
test('docs/formats.md 1: origin never begins with avow/', () => charterRefused(statement({ ...ilo, seq: 0 }, [{ ...chartered, origin: 'avow/x' }, ...rest], { seq: 1, with: [wb.org], log: 'avow/x' }, wb), /header/))

// --- keys as records state them ----------------------------------------------------------------
const added = (key, by = unhcr, more = {}) => ({ is: 'key.added', org: by.org, ...statedKey(key, by.org), label: 'l', ...more })
test('docs/formats.md 1: whoever states a key shows that it holds it', async () => {
  const k = another(unhcr)
  await mayNot(400, 'key.proof', unhcr, added(k, unhcr, { proof: keyProof(k, ilo.org) }))
  await mayNot(400, 'key.proof', unhcr, added(k, unhcr, { proof: keyProof(k, unhcr.org, 'avow.example.org/other') }))
  await mayNot(400, 'key.proof', unhcr, added(k, unhcr, { proof: keyProof(another(unhcr), unhcr.org) }))
  await mayNot(400, 'key.proof', unhcr, added(k, unhcr, { proof: `${keyProof(k, unhcr.org)} ` }))
  await may(unhcr, added(k))
})
test('docs/formats.md 1: name: the organization\'s identifier; the id is that of name, type and key', async () => {
  await mayNot(400, 'key.form', unhcr, added(makeKey('44000')))
  await mayNot(400, 'key.form', unhcr, added(makeKey(unhcr.org, COSIGN_KEY)))
  const k = another(unhcr)
  await mayNot(400, 'key.form', unhcr, added(k, unhcr, { key: k.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+') }))
})
test('docs/formats.md 1: a raw public key is stated once in a log, for one organization and one type, for ever', async () => {
  const k = another(unhcr)
  await say(unhcr, added(k))
  await mayNot(409, 'key.stated', unhcr, added(k))
  const asCosigner = makeKey(`${unhcr.org}/n`, COSIGN_KEY, k.seed)
  await mayNot(409, 'key.stated', unhcr, { is: 'cosigner.added', ...statedKey(asCosigner, unhcr.org) })
  const asOther = Object.assign(makeKey(ke.org, 1, k.seed), { org: ke.org })
  await mayNot(409, 'key.stated', ke, added(asOther, ke))
  await mayNot(409, 'key.stated', ke, added(Object.assign(makeKey(ke.org, 1, log.seed), { org: ke.org }), ke))
  await say(unhcr, { is: 'key.revoked', org: unhcr.org, key_id: k.id.toString('hex'), reason: 'rotated' })
  await mayNot(409, 'key.stated', unhcr, added(k)) // for ever
})
test('docs/formats.md 1: verification is strict: small-order keys are rejected', async () => {
  const pub = Buffer.alloc(32); pub[0] = 1
  const id = sha256(`${unhcr.org}\n`, Buffer.of(1), pub).subarray(0, 4).toString('hex')
  const vkey = `${unhcr.org}+${id}+${Buffer.concat([Buffer.of(1), pub]).toString('base64')}`
  const proof = Buffer.alloc(64); proof[0] = 1 // R = identity, S = 0: lax verifiers take it for anything
  const r = await mayNot(400, 'key.form', unhcr, { is: 'key.added', org: unhcr.org, key: vkey, proof: proof.toString('base64'), label: 'l' }).catch((e) => e)
  if (r instanceof Error) await mayNot(400, 'key.proof', unhcr, { is: 'key.added', org: unhcr.org, key: vkey, proof: proof.toString('base64'), label: 'l' })
})
test('docs/formats.md 1: verification is strict: non-canonical S', async () => {
  const note = statement(unhcr, [pledge(unhcr)])
  const l = (1n << 252n) + 27742317777372353535851937790883648493n
  const forged = note.replace(/ ([A-Za-z0-9+/=]+)\n$/, (_, b) => {
    const raw = Buffer.from(b, 'base64'); let s = 0n
    for (let i = 31; i >= 0; i--) s = (s << 8n) | BigInt(raw[36 + i])
    s += l
    for (let i = 0; i < 32; i++) { raw[36 + i] = Number(s & 255n); s >>= 8n }
    return ` ${raw.toString('base64')}\n`
  })
  const { refuses } = await import('./world.mjs')
  await refuses(forged, 403, 'signature.bad')
})
test('docs/vocabulary.md: key.added by the organization itself; until? (entry); kinds[] limits a delegate', async () => {
  await mayNot(403, 'author.not-allowed', ilo, added(another(unhcr), unhcr))
  const k = another(unhcr)
  await say(unhcr, added(k, unhcr, { kinds: ['pledge'] }))
  await may(k, pledge(unhcr))
  await mayNot(403, 'key.kinds', k, { is: 'organization.updated', org: unhcr.org, website: 'https://example.org/' })
  const one = another(unhcr)
  await say(unhcr, added(one, unhcr, { kinds: ['pledge.made'] }))
  await may(one, pledge(unhcr))
  await mayNot(403, 'key.kinds', one, [pledge(unhcr, { id: `${unhcr.org}:DELEGATE` }), { is: 'pledge.disbursed', id: `${unhcr.org}:DELEGATE`, tx: 'd', money: { amount: '1', currency: 'USD' } }])
  const brief = another(unhcr)
  const { index } = await say(unhcr, added(brief, unhcr, { until: 0 }))
  assert.ok(index > 0)
  await mayNot(403, 'key.inactive', brief, pledge(unhcr))
})
test('docs/vocabulary.md: key.revoked by itself; never its last key', async () => {
  const { lone } = await import('./world.mjs')
  await mayNot(409, 'key.last', lone, { is: 'key.revoked', org: lone.org, key_id: lone.id.toString('hex'), reason: 'rotated' })
  await mayNot(403, 'author.not-allowed', ilo, { is: 'key.revoked', org: lone.org, key_id: lone.id.toString('hex'), reason: 'rotated' })
  await mayNot(409, 'subject.unknown', lone, { is: 'key.revoked', org: lone.org, key_id: '00000000', reason: 'rotated' })
  await mayNot(400, 'field.value', lone, { is: 'key.revoked', org: lone.org, key_id: lone.id.toString('hex'), reason: 'bored' })
})
