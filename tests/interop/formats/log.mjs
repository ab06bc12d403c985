// docs/formats.md 3 and the C2SP texts: what stands under /log/.
import assert from 'node:assert/strict'
import {
  COSIGN_KEY, checkReceipt, cosignatureLine, leafHash, makeKey, nodeHash, origin, parseCheckpoint, request, sha256, statedKey, test, treeRoot, verifyBytes,
} from '../../e2e/lib.mjs'
import { broker, charter, entries, get, ilo, ke, log, pledge, say, unhcr } from './world.mjs'

const checkpoint = async () => parseCheckpoint((await get('/log/checkpoint')).text, log)
const leaves = () => entries.map((e) => leafHash(Buffer.from(e)))
const notFound = async (path) => { const a = await get(path); assert.equal(a.status, 404, `${path}: ${a.status}`); assert.match(a.headers['content-type'], /^application\/problem\+json/, path) }

test('docs/formats.md 3: /log/checkpoint: signed; text/plain; charset=utf-8; not cached; the root is that of the whole notes', async () => {
  const a = await get('/log/checkpoint')
  assert.equal(a.headers['content-type'], 'text/plain; charset=utf-8')
  assert.match(a.headers['cache-control'], /no-store|no-cache|max-age=[0-5]\b/)
  assert.match(a.text, /^[^\n ]+\n[1-9]\d*\n[A-Za-z0-9+/]{43}=\n\n(— \S+ \S+\n)+$/)
  const cp = parseCheckpoint(a.text, log)
  assert.equal(cp.size, entries.length)
  assert.ok(cp.root.equals(treeRoot(leaves())))
})
test('tlog-tiles: full and partial tiles, entry bundles, level 1; immutable; octet-stream', async () => {
  for (let i = 0; entries.length <= 256; i++) await say(ke, pledge(ke))
  const size = entries.length, l = leaves(), rest = size - 256
  const full = await get('/log/tile/0/000')
  assert.equal(full.bytes.length, 8192)
  assert.equal(full.headers['content-type'], 'application/octet-stream')
  assert.match(full.headers['cache-control'], /immutable/)
  assert.ok(Number(/max-age=(\d+)/.exec(full.headers['cache-control'])[1]) >= 86400)
  assert.ok(full.bytes.equals(Buffer.concat(l.slice(0, 256))))
  assert.ok((await get(`/log/tile/0/001.p/${rest}`)).bytes.equals(Buffer.concat(l.slice(256))))
  assert.ok((await get('/log/tile/1/000.p/1')).bytes.equals(treeRoot(l.slice(0, 256))))
  for (const [path, from, to] of [['000', 0, 256], [`001.p/${rest}`, 256, size], ['000.p/3', 0, 3]]) {
    const b = await get(`/log/tile/entries/${path}`)
    assert.equal(b.status, 200)
    assert.match(b.headers['cache-control'], /immutable/)
    assert.equal(b.headers['content-type'], 'application/octet-stream')
    const got = []
    for (let at = 0; at < b.bytes.length; at += 2 + b.bytes.readUInt16BE(at)) got.push(b.bytes.subarray(at + 2, at + 2 + b.bytes.readUInt16BE(at)).toString())
    assert.deepEqual(got, entries.slice(from, to))
  }
  assert.ok(nodeHash(treeRoot(l.slice(0, 256)), treeRoot(l.slice(256))).equals((await checkpoint()).root))
})
test('tlog-tiles: partial tiles of every size that had a checkpoint', async () => {
  for (const w of [1, 2, 100, 255]) assert.equal((await get(`/log/tile/0/000.p/${w}`)).bytes.length, 32 * w)
})
test('tlog-tiles: paths that are not tiles: 404', async () => {
  const rest = entries.length - 256
  for (const p of ['0/001', `0/001.p/${rest + 1}`, '0/002', '0/000.p/0', '0/000.p/256', '0/000.p/01', '0/0', '0/00', '0/0000', '0/x000/000', '00/000', '64/000', '-1/000', '0/000.p', '0/000.p/', '0/000/', '0', '', '2/000.p/1', '1/000', 'entries/001', 'entries/000.p/0', 'entries/1', 'entries/001.p/99', 'x/000', '0/000.P/1', '0/x001']) await notFound(`/log/tile/${p}`)
  for (const p of ['/log/', '/log', '/log/nothing', '/log/checkpoint/', '/log/proof/', '/log/proof/x', '/log/proof/-1', '/log/proof/01', '/log/proof/999999', '/log/proof/0/']) await notFound(p)
})
test('docs/formats.md 3: /log/proof/<index>: tlog-proof v1 of that entry, for each size of proof', async () => {
  for (const i of [0, 1, 7, 255, 256, entries.length - 1]) {
    const a = await get(`/log/proof/${i}`)
    assert.match(a.headers['content-type'], /^text\/plain/)
    assert.equal(checkReceipt(a.text, entries[i], log).index, i)
    assert.throws(() => checkReceipt(a.text, `${entries[i]} `, log))
  }
})
test('docs/formats.md 3: clients pin the log\'s verifier key and find it in entry 0', async () => {
  const b = await get('/log/tile/entries/000.p/1')
  assert.equal(b.bytes.subarray(2).toString(), charter)
  assert.ok(b.bytes.toString().includes(JSON.stringify(log.vkey)))
})
test('docs/formats.md 3: a receipt is what submit answers: text/plain, Location', async () => {
  const { answer, index } = await say(unhcr, pledge(unhcr))
  assert.match(answer.headers['content-type'], /^text\/plain/)
  const r = await request(new URL(answer.headers.location, broker.http), { headers: { accept: 'application/json' } })
  assert.equal(r.status, 200)
  assert.equal(r.json.index, index)
})

// --- cosignatures and policy --------------------------------------------------------------------

// tlog-policy, strictly: throws on what the text forbids.
function parsePolicy(text) {
  const names = new Map(), used = new Set(), keys = new Set(), logs = []
  let quorum
  for (const line of text.split('\n')) {
    assert.match(line, /^[\t\x20-\x7e\x80-\uffff]*$/)
    const w = line.split(/[ \t]+/).filter(Boolean)
    if (!w.length || w[0].startsWith('#')) continue
    const pub = (vkey) => { const b = Buffer.from(vkey.split('+').slice(2).join('+'), 'base64'); assert.ok(!keys.has(b.subarray(1).toString('hex')), 'duplicate'); keys.add(b.subarray(1).toString('hex')); return b }
    if (w[0] === 'log') { assert.equal(pub(w[1])[0], 1); assert.equal(w[1].split('+')[0], origin); logs.push(w[1]) } else if (w[0] === 'witness') {
      assert.ok(!names.has(w[1]) && w[1] !== 'none'); const b = pub(w[2]); assert.equal(b[0], 4); names.set(w[1], { vkey: w[2], url: w[3], pub: b.subarray(1) })
    } else if (w[0] === 'group') {
      assert.ok(!names.has(w[1]) && w[1] !== 'none')
      const members = w.slice(3)
      assert.ok(members.length >= 1)
      for (const m of members) { assert.ok(names.has(m), `${m} defined on a preceding line`); assert.ok(!used.has(m), 'member at most once'); used.add(m) }
      const k = w[2] === 'any' ? 1 : w[2] === 'all' ? members.length : Number(w[2])
      assert.ok(k >= 1 && k <= members.length)
      names.set(w[1], { k, members, how: w[2] })
    } else if (w[0] === 'quorum') { assert.equal(quorum, undefined); assert.ok(w[1] === 'none' || names.has(w[1])); quorum = w[1] } else assert.fail(`unknown line: ${line}`)
  }
  assert.ok(quorum !== undefined && logs.length === 1 && text.endsWith('\n'))
  return { names, quorum, logs }
}
const policy = async () => parsePolicy((await get('/log/policy')).text)
const meets = (p, cp) => {
  const yes = (name) => { const n = p.names.get(name); return n.members ? n.members.filter(yes).length >= n.k : cp.signatures.some((s) => s.name === n.vkey.split('+')[0] && s.sig.length === 72 && verifyBytes(n.pub, `cosignature/v1\ntime ${s.sig.readBigUInt64BE(0)}\n${cp.text}`, s.sig.subarray(8))) }
  return p.quorum === 'none' || yes(p.quorum)
}
const cosign = (body) => request(`${broker.http}/log/cosignature`, { method: 'POST', body })
const cosigned = async () => parseCheckpoint((await get('/log/checkpoint.cosigned')).text, log)
const nodes = [[unhcr, 'n1'], [unhcr, 'n2'], [ke, 'n1'], [ilo, 'n1']].map(([key, label]) => ({ key, cosigner: Object.assign(makeKey(`${key.org}/${label}`, COSIGN_KEY), { org: key.org }) }))

test('docs/formats.md 3: /log/policy: quorum none while there are no cosigners; checkpoint.cosigned is then the newest', async () => {
  const p = await policy()
  assert.deepEqual([p.quorum, p.names.size, p.logs], ['none', 0, [log.vkey]])
  assert.equal((await cosigned()).size, entries.length)
})
test('docs/formats.md 3: POST /log/cosignature: 403 by a cosigner that the log does not know', async () => {
  const cp = await checkpoint()
  assert.equal((await cosign(`${cp.text}\n${cosignatureLine(nodes[0].cosigner, cp.text)}`)).status, 403)
})
test('docs/formats.md 3: /log/policy: a group any for each organization\'s cosigners (org:<id>), a group of a majority of these (log:majority), quorum that group', async () => {
  for (const { key, cosigner } of nodes) await say(key, { is: 'cosigner.added', ...statedKey(cosigner, key.org), ...(key === ilo ? { url: 'https://node.example/' } : {}) })
  const p = await policy()
  assert.equal(p.quorum, 'log:majority')
  assert.deepEqual(p.names.get('log:majority'), { k: 2, how: '2', members: [ilo, unhcr, ke].map((k) => `org:${k.org}`).sort((a, b) => p.names.get('log:majority').members.indexOf(a) - p.names.get('log:majority').members.indexOf(b)) })
  assert.deepEqual([p.names.get(`org:${unhcr.org}`).how, p.names.get(`org:${unhcr.org}`).members.length], ['any', 2])
  assert.equal([...p.names.values()].filter((n) => n.vkey).length, 4)
  assert.ok([...p.names.values()].some((n) => n.url === 'https://node.example/'))
})
test('docs/formats.md 3: POST /log/cosignature: origin, size and root lines, blank line, signature lines: 200; known in /log/checkpoint at once', async () => {
  const cp = await checkpoint()
  const line = cosignatureLine(nodes[0].cosigner, cp.text)
  const a = await cosign(`${cp.text}\n${line}`)
  assert.equal(a.status, 200, a.text)
  assert.ok((await get('/log/checkpoint')).text.endsWith(line))
  assert.equal((await cosign(`${cp.text}\n${line}`)).status, 200, 'again')
})
test('docs/formats.md 3: POST /log/cosignature: unknown keys are ignored beside a known one; 403 where a known one does not verify', async () => {
  const cp = await checkpoint()
  const stranger = cosignatureLine(makeKey('44000/x', COSIGN_KEY), cp.text), good = cosignatureLine(nodes[1].cosigner, cp.text)
  assert.equal((await cosign(`${cp.text}\n${stranger}`)).status, 403)
  assert.equal((await cosign(`${cp.text}\n${stranger}${good}`)).status, 200)
  assert.equal((await cosign(`${cp.text}\n${cosignatureLine(nodes[2].cosigner, `${cp.text}x`)}`)).status, 403)
  assert.ok(!(await get('/log/checkpoint')).text.includes('44000/x'))
})
test('docs/formats.md 3: POST /log/cosignature: 422 for another root of that size; 409 with the size (text/x.tlog.size) for one that we have not', async () => {
  const cp = await checkpoint()
  const other = cp.text.replace(/\n[^\n]+\n$/, `\n${sha256('x').toString('base64')}\n`)
  assert.equal((await cosign(`${other}\n${cosignatureLine(nodes[0].cosigner, other)}`)).status, 422)
  const ahead = cp.text.replace(`\n${cp.size}\n`, `\n${cp.size + 5}\n`)
  const a = await cosign(`${ahead}\n${cosignatureLine(nodes[0].cosigner, ahead)}`)
  assert.deepEqual([a.status, a.headers['content-type'], a.text], [409, 'text/x.tlog.size', `${cp.size}\n`])
})
test('tlog-cosignature: the timestamp does not exceed 2^63 - 1', async () => {
  const cp = await checkpoint()
  const { cosigner } = nodes[2]
  for (const time of [2n ** 63n, 2n ** 64n - 1n]) assert.notEqual((await cosign(`${cp.text}\n${cosignatureLine(cosigner, cp.text, time)}`)).status, 200)
})
test('docs/formats.md 3: POST /log/cosignature: an older checkpoint of ours may still be cosigned', async () => {
  const old = await checkpoint()
  await say(unhcr, pledge(unhcr))
  assert.equal((await cosign(`${old.text}\n${cosignatureLine(nodes[3].cosigner, old.text)}`)).status, 200)
})
test('docs/formats.md 3: POST /log/cosignature: another origin, no note: refused with a problem document', async () => {
  const cp = await checkpoint()
  const other = cp.text.replace(origin, 'other.example/log')
  assert.equal((await cosign(`${other}\n${cosignatureLine(nodes[0].cosigner, other)}`)).status, 404)
  for (const body of ['', 'x', cp.text, `${cp.text}\n`]) { const a = await cosign(body); assert.equal(a.status, 400, body); assert.match(a.headers['content-type'], /^application\/problem\+json/) }
  assert.equal((await request(`${broker.http}/log/cosignature`)).status, 405)
})
test('docs/formats.md 3: /log/checkpoint.cosigned: the newest checkpoint that meets /log/policy; /log/proof uses it where it covers the entry', async () => {
  await say(unhcr, pledge(unhcr))
  const cp = await checkpoint()
  for (const { cosigner } of nodes.slice(0, 2)) assert.equal((await cosign(`${cp.text}\n${cosignatureLine(cosigner, cp.text)}`)).status, 200)
  assert.ok(!meets(await policy(), await checkpoint()), 'two cosigners of one organization: no majority of three')
  assert.ok((await cosigned()).size < cp.size)
  assert.ok(meets(await policy(), await cosigned()))
  assert.equal((await cosign(`${cp.text}\n${cosignatureLine(nodes[2].cosigner, cp.text)}`)).status, 200)
  assert.equal((await cosigned()).size, cp.size)
  assert.ok(meets(await policy(), await cosigned()))
  const { note, index } = await say(unhcr, pledge(unhcr))
  assert.equal((await cosigned()).size, cp.size, 'the newest one has no quorum yet')
  assert.equal(checkReceipt((await get('/log/proof/3')).text, entries[3], log).checkpoint.size, cp.size)
  assert.equal(checkReceipt((await get(`/log/proof/${index}`)).text, note, log).checkpoint.size, index + 1)
})
test('docs/formats.md 3: a cosigner is known to the API\'s status', async () => {
  const s = (await get('/api/v1/status')).json
  assert.equal(s.origin, origin)
  assert.equal(s.size, entries.length)
  assert.equal(s.root, (await checkpoint()).root.toString('base64'))
  assert.ok(JSON.stringify(s).includes(`${ke.org}/n1`) && s.version)
  assert.ok(Object.keys(s).some((k) => /time|at|checkpoint/.test(k)), 'time of the checkpoint')
})
