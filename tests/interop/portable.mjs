// A portable proof (docs/formats.md 7) checked by nothing but node's own crypto.
//   node portable.mjs FILE LOG-VKEY [COSIGNER-VKEY...]
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const [file, log, ...cosigners] = process.argv.slice(2)

// <name>+<8 hex>+<base64(type ‖ key)>
function parseKey(text) {
  const [, name, id, rest] = text.match(/^(.*)\+([0-9a-f]{8})\+(.*)$/)
  const bytes = Buffer.from(rest, 'base64')
  assert.equal(sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4).toString('hex'), id)
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)])
  return { name, id, type: bytes[0], key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

function parseNote(note) {
  const at = note.lastIndexOf('\n\n')
  const lines = note.slice(at + 2).split('\n').slice(0, -1)
  return {
    text: note.slice(0, at + 1),
    signatures: lines.map((line) => {
      const [, name, base64] = line.match(/^— (\S+) (\S+)$/)
      const bytes = Buffer.from(base64, 'base64')
      return { name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) }
    }),
  }
}

function signedBy({ text, signatures }, k) {
  return signatures.some((s) => {
    if (s.name !== k.name || s.id !== k.id) return false
    if (k.type === 1) return verify(null, Buffer.from(text), k.key, s.bytes)
    const message = `cosignature/v1\ntime ${s.bytes.readBigUInt64BE(0)}\n${text}`
    return verify(null, Buffer.from(message), k.key, s.bytes.subarray(8))
  })
}

// RFC 9162, 2.1.3.2
function rootOf(leaf, index, size, path) {
  let [fn, sn, hash] = [index, size - 1, leaf]
  for (const p of path) {
    assert.notEqual(sn, 0, 'the path is too long')
    if (fn % 2 === 1 || fn === sn) {
      hash = sha256(Buffer.from([1]), p, hash)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
    } else {
      hash = sha256(Buffer.from([1]), hash, p)
    }
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  assert.equal(sn, 0, 'the path is too short')
  return hash.toString('base64')
}

const proof = JSON.parse(readFileSync(file))
assert.equal(proof.proof, 'avow/proof/v1')
const checkpoint = parseNote(proof.checkpoint)
const [origin, size, root] = checkpoint.text.split('\n')
for (const k of [log, ...cosigners].map(parseKey)) assert(signedBy(checkpoint, k), `not signed by ${k.name}`)
assert.equal(origin, parseKey(log).name)

const keys = new Map()
const state = (k) => keys.set(`${k.name}+${k.id}`, k)
function learn(records) {
  for (const r of records) {
    if (r.is === 'organization.registered') for (const k of r.keys) state(parseKey(k.key))
    if (r.is === 'key.added' || r.is === 'key.recovered') state(parseKey(r.key))
    if (r.is === 'key.revoked') keys.delete(`${r.org}+${r.key_id}`)
  }
}
assert.equal(proof.entries[0].index, 0)
let about = 0
for (const e of proof.entries) {
  const leaf = sha256(Buffer.from([0]), Buffer.from(e.note))
  const path = e.inclusion.map((h) => Buffer.from(h, 'base64'))
  assert.equal(rootOf(leaf, e.index, Number(size), path), root, `entry ${e.index}: is not in the tree`)
  const note = parseNote(e.note)
  const [first, header, ...records] = note.text.split('\n').slice(0, -1)
  assert.equal(first, 'avow/statement/v1')
  assert.equal(JSON.parse(header).log, origin)
  if (e.index === 0) learn(records.map((r) => JSON.parse(r)))
  for (const s of note.signatures) {
    const k = keys.get(`${s.name}+${s.id}`)
    assert(k && verify(null, Buffer.from(note.text), k.key, s.bytes), `entry ${e.index}: a signature`)
  }
  if (e.index > 0) learn(records.map((r) => JSON.parse(r)))
  about += e.about
}
console.log(`${proof.about}: ${about} of ${proof.entries.length} entries, in ${origin} of size ${size}`)
