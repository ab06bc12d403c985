// A log that signs what it must not: one forged log for each way in which an entry can be invalid
// (its size, its bytes, each rule of the classes format, authority and state, by the examples of
// tests/rules/), served by HTTP as a broker does. A node keeps all before the entry, stops, and
// writes evidence that `avow verify` and an independent script (tests/interop/evidence.mjs)
// confirm. Where the program is too old to judge, it accuses nobody.
//   BIN=… tests/lie/forged.tap
import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { leafHash, nodeHash, origin, root, run, runTests, signNote, statement, tempDir, test, treeRoot } from '../e2e/lib.mjs'
import { check } from '../interop/evidence.mjs'
import { Ledger, frame } from '../model/ledger.mjs'
import { Stage, at, keyOf, listed, told } from '../rules/stories.mjs'
import '../rules/format.mjs'
import '../rules/fields.mjs'
import '../rules/log.mjs'
import '../rules/directory.mjs'
import '../rules/agreement.mjs'
import '../rules/pledge.mjs'
import '../rules/record.mjs'
import { unreachable } from '../rules/unreachable.mjs'

const lanes = 3
const work = tempDir('forged')
// Whichever of them signs which size: lines by others are nobody's.
const keys = [0, 1, 2].map((n) => keyOf(origin, 1, n))
const vkey = keys[0].vkey

// --- a broker that lies --------------------------------------------------------------------------

const u16 = (n) => Buffer.of(n >> 8, n & 255)

class Liar {
  constructor(entries) {
    this.entries = entries.map((e) => Buffer.from(e))
    this.leaves = this.entries.map(leafHash)
    assert.ok(this.leaves.length < 256)
    this.server = http.createServer((rq, answer) => {
      const body = this.find(rq.url)
      answer.writeHead(body ? 200 : 404, { 'Content-Length': body ? body.length : 0 })
      answer.end(body)
    })
  }

  async open() {
    await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve) })
    this.url = `http://127.0.0.1:${this.server.address().port}`
    return this
  }

  close() { this.server.close(); this.server.closeAllConnections() }

  checkpoint(size = this.leaves.length) {
    return Buffer.from(signNote(`${origin}\n${size}\n${treeRoot(this.leaves.slice(0, size)).toString('base64')}\n`, ...keys))
  }

  // From where on which key signs: so a follower knows where a part ends.
  status() {
    const changes = [{ key: vkey, since: 0 }]
    for (const [i, e] of this.entries.slice(0, -2).entries()) {
      for (const [record] of String(e).matchAll(/^\{"is":"log\.key_.*$/gm)) {
        const r = JSON.parse(record)
        if (r.is === 'log.key_added') changes.push({ key: r.key, since: i + 1 })
        else changes.find((k) => k.key.includes(`+${r.key_id}+`)).until = i + 1
      }
    }
    return Buffer.from(JSON.stringify({ keys: changes }))
  }

  find(url) {
    if (url === '/api/v1/status') return this.status()
    const m = /^\/log\/(?:checkpoint(?:\/(\d+))?|tile\/(0|entries)\/000(?:\.p\/(\d+))?)$/.exec(url)
    if (!m) return undefined
    const [, size, level, width] = m
    if (level === undefined) return Number(size ?? 0) <= this.leaves.length ? this.checkpoint(size && Number(size)) : undefined
    const n = Number(width ?? 256)
    if (n > this.leaves.length) return undefined
    return Buffer.concat(level === '0' ? this.leaves.slice(0, n) : this.entries.slice(0, n).flatMap((e) => [u16(e.length), e]))
  }
}

// --- the logs --------------------------------------------------------------------------------------

const ledger = new Ledger('-t')
const [{ codes }] = await ledger.ask([frame('V')])
await ledger.close()

const table = fs.readFileSync(path.join(root, 'shared/record/refusal.h'), 'utf8').replace(/\\\n/g, ' ')
const classes = new Map([...table.matchAll(/X\([A-Z0-9_]+,\s*"([a-z0-9.-]+)",\s*([A-Z]+),/g)].map((m) => [m[1], m[2]]))
assert.ok(classes.size > 70)

// rule -> {before: entries, entry}
const logs = new Map()
for (const { name, tell, bare } of told()) {
  const before = []
  const stage = new Stage(name, codes, (step) => {
    if (step.keep) before.push(step.note)
    else if (step.expected === 'refused' && !(logs.get(step.rule)?.before.length > 0)) logs.set(step.rule, { rule: step.rule, before: [...before], entry: step.note })
  })
  if (!bare) stage.say(stage.ilo, stage.charter(), { by: [stage.unicef] })
  tell(stage)
}

// What is wrong with the bytes, whatever comes before them.
const plain = new Stage('plain', codes, () => {})
const charter = plain.note(plain.ilo, plain.charter(), { by: [plain.unicef] })
plain.ilo.seq = 1
const good = Buffer.from(plain.note(plain.ilo, listed('A-1')))
const line = (json) => Buffer.from(statement(plain.ilo, [{}], { seq: 2, at }).replace('\n{}\n', `\n${json}\n`))
const replaced = (byte, by) => { const b = Buffer.from(good); b[good.indexOf('Organization') + byte] = by; return b }
const bytes = {
  'no byte at all': ['note.size', Buffer.alloc(0)],
  'one byte': ['note.shape', Buffer.from('\n')],
  '60,001 bytes': ['note.size', Buffer.alloc(60001, 'a')],
  '65,535 bytes': ['note.size', Buffer.alloc(65535, '\n')],
  'as many control characters as there can be': ['note.shape', Buffer.alloc(60000, 1)],
  'zero bytes': ['note.shape', Buffer.alloc(300)],
  'a zero byte in a string': ['note.shape', replaced(3, 0)],
  'not UTF-8': ['note.utf8', replaced(3, 0xff)],
  'UTF-8 that is cut': ['note.utf8', good.subarray(0, 0) && Buffer.concat([good, Buffer.of(0xe2, 0x82)])],
  'a surrogate': ['note.utf8', Buffer.concat([good.subarray(0, 200), Buffer.of(0xed, 0xa0, 0x80), good.subarray(200)])],
  'a statement that is cut': ['note.shape', good.subarray(0, good.length - 20)],
  'a backslash before a letter of two bytes': ['json.syntax', line('{"is":"organization.listed","org":"A-2","name":"caf\\é"}')],
  'a backslash before a letter of four bytes': ['json.syntax', line('{"is":"organization.listed","org":"A-2","name":"\\😀"}')],
  'a bare word of letters': ['json.syntax', line('{"is":été}')],
  'a key that is not closed': ['json.syntax', line('{"ééééééééééééééééééééééééééééééééééééééééééééé')],
  'a long foreign word for a kind': ['kind.unknown', line(`{"is":"${'é'.repeat(900)}"}`)],
}
for (const [name, [rule, entry]] of Object.entries(bytes)) logs.set(name, { rule, before: [charter], entry })

// --- what a node makes of them -----------------------------------------------------------------------

const nowhere = { ...process.env, HOME: work, AVOW_DIR: path.join(work, 'none') }

async function follow(name, { rule, before, entry }) {
  const dir = path.join(work, name.replace(/[^a-z0-9.-]/gi, '_'))
  const liar = await new Liar([...before, entry, Buffer.from('and more')]).open()
  try {
    fs.mkdirSync(dir)
    fs.writeFileSync(path.join(dir, 'node.conf'), `log ${vkey}\nbroker ${liar.url}\n`)
    const sync = await run('avow', ['sync', '--dir', dir])
    const what = `${rule}: exit ${sync.code}\n${sync.err}`
    const found = fs.readdirSync(dir).filter((f) => f.startsWith('evidence'))
    const held = await run('avow', ['status', '--dir', dir, '--offline', '--json'])
    assert.equal(held.code, 0, held.err)
    assert.equal(JSON.parse(held.out).size, before.length, what)
    assert.equal(sync.code, 1, what)
    if (classes.get(rule) === 'UPGRADE' || rule === 'kind.unknown') {
      assert.deepEqual(found, [], what)
      return
    }
    const file = path.join(dir, `evidence-${before.length}.json`)
    assert.deepEqual(found, [path.basename(file)], what)
    const independent = check(file, vkey)
    assert.deepEqual([independent.index, independent.rule], [before.length, rule])
    assert.ok(independent.entry.equals(Buffer.from(entry)))
    // By the key alone: what is wrong with the entry itself; the rest needs the log.
    const alone = await run('avow', ['verify', file, '--log', vkey, '--json'], { env: nowhere })
    const form = ['FORMAT', 'SIZE'].includes(classes.get(rule)) || rule === 'id.author'
    assert.deepEqual([alone.code, JSON.parse(alone.out).verified], form ? [0, true] : [1, false], alone.err)
    if (form) return
    assert.match(alone.err, /not judged: needs the log/)
    const shown = await run('avow', ['verify', file, '--dir', dir, '--json'])
    const { verified, judged, index, rule: said } = JSON.parse(shown.out)
    assert.deepEqual([shown.code, verified, judged, said, index], [0, true, true, rule, before.length], shown.err)
  } finally {
    liar.close()
  }
}

test('there is a log for every rule that an entry can break', () => {
  const broken = new Set([...logs.values()].map((l) => l.rule))
  const missing = [...classes].filter(([rule, cls]) => cls !== 'ADMISSION' && !broken.has(rule) && !(rule in unreachable))
  assert.deepEqual(missing, [])
})

// A few at once; each is told by itself.
const waiting = [...logs]
const results = new Map()
for (const [name] of waiting) results.set(name, Promise.withResolvers ? Promise.withResolvers() : withResolvers())
function withResolvers() {
  const out = {}
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }))
  out.promise.catch(() => {})
  return out
}
for (let i = 0; i < lanes; i++) {
  (async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { resolve, reject } = results.get(next[0])
      await follow(...next).then(resolve, reject)
    }
  })()
}
for (const [name, { promise }] of results) test(`a node stops at ${name}, with evidence`, () => promise)

await runTests()
