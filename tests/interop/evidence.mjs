// Evidence that a log took what its rules refuse (docs/replication.md 4), checked by nothing but
// node's own crypto: the log signed a tree in which the entry stands at that place. Which rule it
// breaks is for whoever has the entries before it.
//   node evidence.mjs FILE LOG-VKEY
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const node = (l, r) => sha256(Buffer.of(1), l, r)
const hashes = (list) => list.map((h) => { const b = Buffer.from(h, 'base64'); assert.equal(b.length, 32); return b })

// <name>+<8 hex>+<base64(type ‖ key)>
function parseKey(text) {
  const [, name, id, rest] = text.match(/^(.*)\+([0-9a-f]{8})\+(.*)$/)
  const bytes = Buffer.from(rest, 'base64')
  assert.equal(sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4).toString('hex'), id)
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)])
  return { name, id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

// RFC 9162, 2.1.3.2
function climb(leaf, index, size, path) {
  let [fn, sn, r] = [index, size - 1, leaf]
  assert(fn <= sn, 'beyond the tree')
  for (const p of path) {
    assert.notEqual(sn, 0, 'the path is too long')
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
    } else r = node(r, p)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  assert.equal(sn, 0, 'the path is too short')
  return r
}

// RFC 9162, 2.1.4.2
function grew(first, second, firstRoot, secondRoot, proof) {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot)
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : proof
  let [fn, sn] = [first - 1, second - 1]
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  let fr = path[0], sr = path[0]
  for (const c of path.slice(1)) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = node(c, fr); sr = node(c, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
    } else sr = node(sr, c)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot)
}

// Throws, unless the log of `vkey` signed the entry. Gives {index, rule, entry}.
export function check(file, vkey) {
  const e = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal(e.evidence, 'avow/evidence/v1')
  assert(('entry' in e) !== ('entry_base64' in e), 'one entry')
  const entry = 'entry' in e ? Buffer.from(e.entry) : Buffer.from(e.entry_base64, 'base64')
  const at = e.checkpoint.lastIndexOf('\n\n'), text = e.checkpoint.slice(0, at + 1)
  const [origin, size, root] = text.split('\n'), key = parseKey(vkey)
  assert.equal(origin, key.name)
  const signed = e.checkpoint.slice(at + 2).split('\n').slice(0, -1).some((line) => {
    const [, name, base64] = line.match(/^— (\S+) (\S+)$/), bytes = Buffer.from(base64, 'base64')
    return name === key.name && bytes.subarray(0, 4).toString('hex') === key.id && verify(null, Buffer.from(text), key.key, bytes.subarray(4))
  })
  assert(signed, 'the log did not sign the checkpoint')
  const own = climb(sha256(Buffer.of(0), entry), e.index, e.size, hashes(e.inclusion))
  assert(grew(e.size, Number(size), own, Buffer.from(root, 'base64'), hashes(e.consistency)), 'the proofs do not lead to the checkpoint')
  return { index: e.index, rule: e.rule, entry }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { index, rule } = check(process.argv[2], process.argv[3])
  console.log(`the log has this as entry ${index}; said to break ${rule}`)
}
