// Governance over years, with a real broker and real nodes: keys of the log come and go.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  bin, checkReceipt, initBroker, keyFile, leafHash, makeKey, makeLog, mustRun, origin, parseCheckpoint, parseNote, pledge, post, registration, request, run, runBroker,
  runTests, signNote, start, statedKey, statement, stop, tempDir, test, treeRoot, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'XM-DAC-41121'] })
const { log, steward, others: [bank, unhcr] } = people
const dir = await initBroker(people)
let broker = await runBroker(dir)
const files = tempDir('files')
const entries = [people.charter]

const file = (name, text) => { const at = path.join(files, name); fs.writeFileSync(at, text); return at }
const key = (name, k) => { const at = path.join(files, name); keyFile(at, k); return at }

async function posted(note, by = log) {
  const answer = await post(broker, note)
  assert.equal(answer.status, 201, answer.text)
  const { index } = checkReceipt(answer.text, note, by)
  entries[index] = note
  return { index, receipt: answer.text }
}

async function refused(note, status, rule) {
  const answer = await post(broker, note)
  assert.equal(answer.status, status, answer.text)
  assert.ok(answer.json.type.endsWith(rule), `${answer.json.type} is not ${rule}`)
  return answer.json
}

const checkpoint = async (by) => parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, by)
const signers = async () => parseNote((await request(`${broker.http}/log/checkpoint`)).text).signatures.filter((s) => s.name === origin).map((s) => s.id.toString('hex'))
const hex = (k) => k.id.toString('hex')

// A node's folder, current when it is made.
async function node(name, pinned = log, ...flags) {
  const at = path.join(tempDir(name), 'node')
  await mustRun('avow', ['init', '--dir', at, '--log', pinned.vkey, '--broker', broker.link, ...flags])
  return at
}
// The broker came back at another port.
function follow(at) {
  const conf = path.join(at, 'node.conf')
  fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replace(/^broker .*$/m, `broker ${broker.link}`))
}
const avow = (word, at, ...args) => run('avow', [word, '--dir', at, ...args])
async function said(word, at, ...args) {
  const r = await avow(word, at, '--json', ...args)
  assert.equal(r.code, 0, r.err)
  return JSON.parse(r.out)
}

// --- the log's keys ---------------------------------------------------------------------------

const second = makeKey(origin), third = makeKey(origin), fourth = makeKey(origin)
const adds = (k) => ({ is: 'log.key_added', ...statedKey(k, origin) })
const retires = (k) => ({ is: 'log.key_retired', key_id: hex(k) })
let early, old

test('a key whose file the broker lacks is not admitted', async () => {
  await posted(registration(people))
  old = { note: statement(bank, [pledge(bank, 1)]) }
  Object.assign(old, await posted(old.note))
  early = await node('early')
  const note = statement(steward, [adds(second)])
  const why = await refused(note, 503, 'admission.log-key')
  assert.match(why.detail, new RegExp(hex(second)))
  assert.equal((await checkpoint(log)).size, 3)
  // Whose statement the rules refuse is told so, whatever the broker holds.
  await refused(statement(bank, [adds(second)]), 403, 'author.not-allowed')

  const missing = await run('avow-broker', ['keys', dir, '--add', path.join(files, 'nowhere.key')])
  assert.equal(missing.code, 3)
  const wrong = await run('avow-broker', ['keys', dir, '--add', key('wrong.key', makeKey('avow.example.org/other'))])
  assert.equal(wrong.code, 1)
  await mustRun('avow-broker', ['keys', dir, '--add', key('second.key', second)])
  assert.equal((await run('avow-broker', ['keys', dir, '--add', path.join(files, 'second.key')])).code, 1)
  // The broker that runs finds it by itself.
  await posted(note)
  assert.deepEqual((await signers()).sort(), [hex(log), hex(second)].sort())
  await checkpoint(second)
})

test('both sign, then the first is retired, and what was signed stays good', async () => {
  await posted(statement(bank, [pledge(bank, 2)]), second)
  assert.equal((await signers()).length, 2)
  await posted(statement(steward, [retires(log)]), second)
  assert.deepEqual(await signers(), [hex(second)])
  fs.rmSync(path.join(dir, 'log.key')) // a retired key's file may go
  await stop(broker)
  broker = await runBroker(dir)
  await posted(statement(bank, [pledge(bank, 3)]), second)
  const policy = (await request(`${broker.http}/log/policy`)).text
  assert.match(policy, new RegExp(`^log ${second.vkey.replace(/[+/]/g, '\\$&')}$`, 'm'))
  assert.ok(!policy.includes(log.vkey))
})

test('keys that follow one another in one statement leave no gap', async () => {
  await mustRun('avow-broker', ['keys', dir, '--add', key('third.key', third)])
  await posted(statement(steward, [adds(third), retires(second)]), third)
  // The one that goes signs for the one that comes, once.
  assert.deepEqual((await signers()).sort(), [hex(second), hex(third)].sort())
  await posted(statement(bank, [pledge(bank, 4)]), third)
  assert.deepEqual(await signers(), [hex(third)])
  const listed = JSON.parse(await mustRun('avow-broker', ['keys', dir, '--json']))
  assert.deepEqual(listed.map((k) => k.state), ['retired', 'retired', 'active'])
})

test('a node that pins the first key follows through all of them', async () => {
  const size = (await checkpoint(third)).size
  const late = await node('late')
  assert.equal((await said('status', late)).size, size)
  const far = path.join(tempDir('far'), 'node')
  const wrong = await run('avow', ['init', '--dir', far, '--log', third.vkey, '--broker', broker.link])
  assert.equal(wrong.code, 1) // pinned is what the charter states
  const http = path.join(tempDir('http'), 'node') // and one by HTTP alone
  await mustRun('avow', ['init', '--dir', http, '--log', log.vkey, '--broker', broker.http])
  follow(early)
  assert.equal((await said('sync', early)).size, size)
  for (const at of [early, late, http]) {
    const audit = await said('audit', at)
    assert.equal(audit.good, true, JSON.stringify(audit.findings))
    assert.equal(audit.root, (await checkpoint(third)).root.toString('base64'))
  }
  const check = await run('avow-broker', ['check', dir])
  assert.equal(check.code, 0, check.err)
})

test('old and new receipts verify by the keys of their time', async () => {
  const note = statement(bank, [pledge(bank, 5)])
  const fresh = await posted(note, third)
  const [oldNote, oldReceipt] = [file('old', old.note), file('old.receipt', old.receipt)]
  const [newNote, newReceipt] = [file('new', note), file('new.receipt', fresh.receipt)]
  for (const [receipt, text] of [[oldReceipt, oldNote], [newReceipt, newNote]])
    assert.equal((await avow('verify', early, receipt, '--statement', text)).code, 0)
  // Without a replica only the key that is given is believed.
  const alone = (receipt, text, k) => run('avow', ['verify', receipt, '--statement', text, '--log', k.vkey], { env: { ...process.env, AVOW_DIR: '/nonexistent' } })
  assert.equal((await alone(oldReceipt, oldNote, log)).code, 0)
  assert.equal((await alone(newReceipt, newNote, third)).code, 0)
  const r = await alone(newReceipt, newNote, log)
  assert.equal(r.code, 1)
  assert.match(r.err, new RegExp(hex(third)))
  // A receipt that a retired key signs anew is none.
  const { text } = parseNote(fresh.receipt.slice(fresh.receipt.indexOf('\n\n') + 2))
  const forged = file('forged.receipt', fresh.receipt.slice(0, fresh.receipt.indexOf('\n\n') + 2) + signNote(text, log))
  assert.equal((await avow('verify', early, forged, '--statement', newNote)).code, 1)
})

// Another program than ours, with HTTP alone: from the pinned key through the entries.
async function walk(pinned) {
  const newest = parseNote((await request(`${broker.http}/log/checkpoint`)).text).text.split('\n')
  const size = Number(newest[1])
  const bundle = (await request(`${broker.http}/log/tile/entries/000${size < 256 ? `.p/${size}` : ''}`)).bytes
  const notes = []
  for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) notes.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)))
  const leaves = notes.map(leafHash)
  let known = [pinned.vkey], steps = 0
  const asKey = (vkey) => {
    const [name, id] = vkey.split('+') // the base64 may have a plus, too
    return { name, id: Buffer.from(id, 'hex'), pub: Buffer.from(vkey.slice(name.length + id.length + 2), 'base64').subarray(1) }
  }
  const believe = (note, of) => {
    for (const vkey of known) try { return parseCheckpoint(note, asKey(vkey)) } catch { /* by another, then */ }
    throw new Error(`nobody whom we know signed ${of}`)
  }
  for (let i = 0; i < notes.length; i++) {
    const records = notes[i].toString().split('\n').slice(2).filter((l) => l.startsWith('{')).map((l) => JSON.parse(l))
    const changes = records.filter((r) => ['log.key_added', 'log.key_retired'].includes(r.is))
    if (changes.length === 0) continue
    const at = i + 1
    const cp = believe((await request(`${broker.http}/log/checkpoint/${at}`)).text, at)
    assert.ok(cp.size === at && cp.root.equals(treeRoot(leaves.slice(0, at))))
    for (const r of changes) known = r.is === 'log.key_added' ? [...known, r.key] : known.filter((k) => k.split('+')[1] !== r.key_id)
    steps++
  }
  const last = believe((await request(`${broker.http}/log/checkpoint`)).text, 'the newest')
  assert.ok(last.root.equals(treeRoot(leaves)))
  return steps
}

test('another program gets from the pinned key to the newest checkpoint by HTTP alone', async () => {
  assert.equal(await walk(log), 3)
  await assert.rejects(walk(makeKey(origin)), /nobody whom we know/)
  assert.equal((await request(`${broker.http}/log/checkpoint/999`)).status, 404)
  assert.equal((await request(`${broker.http}/log/checkpoint/x`)).status, 404)
})

test('a publisher learns of new keys from the receipt it gets', async () => {
  const at = await node('office', log, '--key', key('bank.key', bank))
  await mustRun('avow-broker', ['keys', dir, '--add', key('fourth.key', fourth)])
  await posted(statement(steward, [adds(fourth)]), fourth)
  await posted(statement(steward, [retires(third)]), fourth)
  const r = await avow('publish', at, file('p6.json', JSON.stringify(pledge(bank, 6))), '--yes')
  assert.equal(r.code, 0, r.err)
  bank.seq++
})

test('a broker whose key file is lost serves, and takes only what retires that key', async () => {
  const fifth = makeKey(origin)
  await mustRun('avow-broker', ['keys', dir, '--add', key('fifth.key', fifth)])
  await posted(statement(steward, [adds(fifth)]), fifth)
  await stop(broker)
  fs.rmSync(path.join(dir, `log-${hex(fifth)}.key`))
  assert.equal((await run('avow-broker', ['keys', dir])).code, 1)
  broker = await runBroker(dir)
  await until('it says so', () => broker.err.includes(hex(fifth)))
  const ready = await request(`${broker.http}/readyz`)
  assert.equal(ready.status, 503)
  assert.match(ready.text, /key/)
  assert.match((await request(`${broker.http}/metrics`)).text, /^avow_log_keys_missing 1$/m)
  const note = statement(bank, [pledge(bank, 7)])
  await refused(note, 503, 'admission.log-key')
  await posted(statement(steward, [retires(fifth)]), fourth)
  assert.equal((await request(`${broker.http}/readyz`)).status, 200)
  await posted(note, fourth)
  // Without any active key there is nothing to start for.
  await stop(broker)
  fs.renameSync(path.join(dir, `log-${hex(fourth)}.key`), path.join(files, 'kept.key'))
  const r = await run('avow-broker', ['run', dir, '--http', '127.0.0.1:0'])
  assert.equal(r.code, 1)
  await mustRun('avow-broker', ['keys', dir, '--add', path.join(files, 'kept.key')])
  broker = await runBroker(dir)
})

// --- rules that a program does not know -----------------------------------------------------------

const next = path.join(bin, '..', 'next', 'bin')
const listed = (org, is = 'organization.listed') => ({ is, org, name: `Organization ${org}`, org_type: '10' })
const evidence = (at) => fs.readdirSync(at).filter((name) => name.startsWith('evidence'))

test('a kind that a node does not know stops it, and nobody is accused', async () => {
  const other = await makeLog({ members: ['44000'] })
  const dir = await initBroker(other)
  const kept = broker
  broker = await runBroker(dir, { program: path.join(next, 'avow-broker') })
  const at = await node('older', other.log)
  const daemon = start('avow', ['run', '--dir', at])
  await until('the daemon runs', () => daemon.out.includes('ready'))
  await posted(registration(other), other.log)
  const { index } = await posted(statement(other.steward, [listed('NOTED-1', 'organization.noted')]), other.log)
  const { code } = await daemon.exited
  assert.equal(code, 1)
  assert.match(daemon.err, new RegExp(`entry ${index} needs a newer program`))
  assert.match(daemon.err, /upgrade/)
  assert.deepEqual(evidence(at), [])
  assert.equal((await said('status', at)).size, index)
  // The program that knows it goes on in the same folder.
  await mustRun(path.join(next, 'avow'), ['sync', '--dir', at])
  const audit = JSON.parse(await mustRun(path.join(next, 'avow'), ['audit', '--json', '--dir', at]))
  assert.equal(audit.size, index + 1)
  await stop(broker)
  broker = kept
})

test('rules that a program does not know: all stop there, say so, and serve what they have', async () => {
  const at = await node('rules', log, '--key', path.join(files, 'bank.key'))
  const daemon = start('avow', ['run', '--dir', at])
  await until('the daemon runs', () => daemon.out.includes('ready'))
  const { index } = await posted(statement(steward, [{ is: 'log.rules', rules: 2, codes: people.codes, title: 'Rules of the second year' }]), fourth)
  assert.equal((await daemon.exited).code, 1)
  assert.match(daemon.err, new RegExp(`rules version 2 at entry ${index}`))
  assert.match(daemon.err, /upgrade avow/)
  assert.deepEqual(evidence(at), [])

  const late = statement(bank, [pledge(bank, 'after')])
  const why = await refused(late, 503, 'log.rules')
  assert.match(why.detail, new RegExp(`version 2 at entry ${index}`))
  const ready = await request(`${broker.http}/readyz`)
  assert.equal(ready.status, 503)
  assert.match(ready.text, /rules/)
  assert.match((await request(`${broker.http}/metrics`)).text, /^avow_upgrade_needed 1$/m)
  const status = (await request(`${broker.http}/api/v1/status`)).json
  assert.equal(status.upgrade.entry, index)
  assert.equal((await request(`${broker.http}/api/v1/pledges/${encodeURIComponent('44000:PL-1')}`)).status, 200)

  const here = await said('status', at)
  assert.equal(here.size, index + 1)
  assert.equal(here.upgrade.entry, index)
  assert.match((await avow('status', at)).out, /STOPPED/)
  assert.equal((await avow('show', at, '44000:PL-1')).code, 0)
  assert.equal((await avow('sync', at)).code, 1)
  assert.equal((await said('audit', at)).good, true)

  // The broker is upgraded first; a node of the old program keeps what it has.
  await stop(broker)
  broker = await runBroker(dir, { program: path.join(next, 'avow-broker') })
  assert.equal((await request(`${broker.http}/readyz`)).status, 200)
  await posted(late, fourth)
  follow(at)
  assert.equal((await avow('sync', at)).code, 1)
  assert.equal((await said('status', at)).size, index + 1)
  const far = path.join(tempDir('far'), 'node') // nor does one begin
  const r = await run('avow', ['init', '--dir', far, '--log', log.vkey, '--broker', broker.link])
  assert.equal(r.code, 1)
  assert.match(r.err, new RegExp(`rules version 2 at entry ${index}`))
  assert.deepEqual(evidence(at), [])
  await mustRun(path.join(next, 'avow'), ['sync', '--dir', at])
  const audit = JSON.parse(await mustRun(path.join(next, 'avow'), ['audit', '--json', '--dir', at]))
  assert.equal(audit.size, index + 2)
})

test('a log that ended tells where it goes on', async () => {
  const at = path.join(tempDir('ended'), 'node')
  await mustRun(path.join(next, 'avow'), ['init', '--dir', at, '--log', log.vkey, '--broker', broker.link])
  const { index } = await posted(statement(steward, [{ is: 'log.succeeded', origin: 'avow.example.org/next', url: 'https://avow.example.org/next' }]), fourth)
  const why = await refused(statement(bank, [pledge(bank, 'too-late')]), 409, 'log.succeeded')
  assert.match(why.detail, /avow\.example\.org\/next at https:/)
  const ready = await request(`${broker.http}/readyz`)
  assert.equal(ready.status, 200)
  assert.match(ready.text, /ended/)
  assert.match((await request(`${broker.http}/metrics`)).text, /^avow_succeeded 1$/m)
  assert.deepEqual((await request(`${broker.http}/api/v1/status`)).json.succeeded.url, 'https://avow.example.org/next')
  const r = await run(path.join(next, 'avow'), ['sync', '--dir', at])
  assert.equal(r.code, 0)
  assert.match(r.err, /goes on as avow\.example\.org\/next/)
  const status = JSON.parse(await mustRun(path.join(next, 'avow'), ['status', '--json', '--dir', at]))
  assert.deepEqual([status.succeeded.entry, status.succeeded.origin], [index, 'avow.example.org/next'])
})

await runTests()
