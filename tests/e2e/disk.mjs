// What becomes of a broker whose disk is bad, with real processes: what was altered in its file
// is not served, by no way, and said; the rest is. A disk that is full, or mounted read-only, is
// served from. Nothing that is deleted beside the log's file lets a second broker in.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  initBroker, makeLog, parseCheckpoint, pledge, post, registration, request, run, runBroker, runTests, start, statement, stop, tempDir, test,
  until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000'] })
const { log, others: [bank] } = people
const work = tempDir('disk')
const ports = ['--link', 'tcp://127.0.0.1:0', '--hints', 'tcp://127.0.0.1:0']
const readyz = (b) => request(`${b.http}/readyz`)
const metric = async (b, name) => Number((await request(`${b.http}/metrics`)).text.match(new RegExp(`^avow_${name} (\\d+)$`, 'm'))[1])

const dir = await initBroker(people)
const file = path.join(dir, 'log.db')
let broker = await runBroker(dir, ...ports)
assert.equal((await post(broker, registration(people))).status, 201)
for (let i = 1; i <= 300; i++) assert.equal((await post(broker, statement(bank, [pledge(bank, i, { title: `Number ${i} it is` })]))).status, 201)
const tile = (await request(`${broker.http}/log/tile/0/000`)).bytes
await stop(broker)
const whole = fs.readFileSync(file)

// The same folder, with its file changed.
function altered(change) {
  const to = fs.mkdtempSync(path.join(work, 'altered-'))
  fs.cpSync(dir, to, { recursive: true })
  const bytes = Buffer.from(whole)
  change(bytes)
  fs.writeFileSync(path.join(to, 'log.db'), bytes)
  return to
}
const flip = (bytes, what) => {
  let n = 0
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + 1)) { bytes[at + what.length - 1] ^= 1; n++ }
  assert.ok(n > 0)
}

test('an entry in which a bit was flipped is not served, by no way; the rest is', async () => {
  const to = altered((bytes) => flip(bytes, Buffer.from('Number 10 it is')))
  const b = await runBroker(to, ...ports)
  assert.equal((await readyz(b)).status, 200) // nobody has read it yet
  for (const where of ['/log/tile/entries/000', '/api/v1/records/11/1', '/log/entry/11']) {
    const answer = await request(b.http + where)
    if (answer.status === 404) continue // no such address
    assert.equal(answer.status, 500, `${where}: ${answer.text}`)
    assert.match(answer.json.detail, /entry 11 is not what the tree lists there/)
    assert.doesNotMatch(answer.text, /Number/)
  }
  const ready = await readyz(b)
  assert.deepEqual([ready.status, ready.text], [503, 'the store is damaged: entry 11 is not what the tree lists there\n'])
  assert.equal(await metric(b, 'store_damaged'), 1)
  assert.ok(await metric(b, 'store_damages_total') >= 1)
  assert.match(b.err, /the store is damaged: entry 11/)
  assert.equal((await request(`${b.http}/log/tile/entries/001.p/46`)).status, 200)
  const answer = await post(b, statement(bank, [pledge(bank, 'x')]))
  bank.seq--
  assert.deepEqual([answer.status, /damaged/.test(answer.json.detail)], [503, true])
  for (const url of [b.link, b.http]) {
    const node = await run('avow', ['init', '--dir', fs.mkdtempSync(path.join(work, 'node-')), '--log', log.vkey, '--broker', url])
    assert.notEqual(node.code, 0)
    assert.match(node.err, /its store is damaged/)
    assert.doesNotMatch(node.err, /are the key and the address right/)
  }
  const check = await run('avow-broker', ['check', to])
  assert.equal(check.code, 1)
  assert.match(check.err, /entry 11/)
  await stop(b)
})

test('a hash in which a bit was flipped is not served, nor what is made of it', async () => {
  const to = altered((bytes) => flip(bytes, tile.subarray(20 * 32, 21 * 32)))
  const b = await runBroker(to, ...ports)
  for (const where of ['/log/tile/0/000', '/log/proof/20', '/log/proof/100']) {
    const answer = await request(b.http + where)
    assert.equal(answer.status, 500, `${where}: ${answer.status} ${answer.text}`)
  }
  assert.equal((await readyz(b)).status, 503)
  await stop(b)
})

test('a tree that is not what was signed is not built upon', async () => {
  const right = (await (async () => {
    broker = await runBroker(dir, ...ports)
    const bytes = (await request(`${broker.http}/log/tile/0/001.p/46`)).bytes
    await stop(broker)
    return bytes
  })())
  const to = altered((bytes) => flip(bytes, right.subarray(45 * 32, 46 * 32)))
  const b = await runBroker(to, ...ports)
  assert.match((await readyz(b)).text, /the store is damaged: its tree is not what its checkpoint says/)
  const answer = await post(b, statement(bank, [pledge(bank, 'x')]))
  bank.seq--
  assert.equal(answer.status, 503)
  assert.equal((await request(`${b.http}/log/tile/entries/000`)).status, 200)
  await stop(b)
})

test('whatever is deleted beside the file, a second broker does not get in', async () => {
  broker = await runBroker(dir, ...ports)
  for (const name of fs.readdirSync(dir)) if (/lock$/.test(name)) fs.rmSync(path.join(dir, name))
  const second = await run('avow-broker', ['run', dir, '--http', '127.0.0.1:0', ...ports])
  assert.equal(second.code, 3)
  assert.match(second.err, /is in use: does another broker run on it\?/)
  const kept = `${file}.kept`
  fs.renameSync(file, kept)
  fs.copyFileSync(kept, file) // as whoever restores a backup under a broker that runs
  const third = await run('avow-broker', ['run', dir, '--http', '127.0.0.1:0', ...ports])
  assert.equal(third.code, 3)
  assert.match(third.err, /is in use/)
  fs.renameSync(kept, file)
  assert.equal((await post(broker, statement(bank, [pledge(bank, 'beside')]))).status, 201)
  await stop(broker)
})

// In a mount namespace of its own, which takes what is mounted along when it ends.
const unshare = (script, ...args) => ['/usr/bin/unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', ...args]]
const canMount = (await run(...unshare('mount -t tmpfs none /mnt'))).code === 0
const mounted = canMount ? test : (name) => test(`${name} # SKIP cannot mount here`, () => {})

async function up(script, ...args) {
  const b = start(...unshare(`${script}; exec avow-broker run "$1" --http 127.0.0.1:0 --json ${ports.join(' ')}`, ...args), { env: { ...process.env, PATH: `${path.resolve(process.env.BIN || 'build/dev/bin')}:${process.env.PATH}` } })
  await until('the broker is ready', () => { if (b.child.exitCode !== null) throw new Error(b.err); return b.out.includes('\n') })
  return Object.assign(b, JSON.parse(b.out.split('\n')[0]))
}

async function servesReading(b, size) {
  const cp = parseCheckpoint((await request(`${b.http}/log/checkpoint`)).text, log)
  assert.equal(cp.size, size)
  assert.equal((await request(`${b.http}/log/tile/entries/000`)).status, 200)
  assert.equal((await request(`${b.http}/api/v1/pledges?limit=5`)).status, 200)
  const answer = await post(b, statement(bank, [pledge(bank, 'refused')]))
  bank.seq--
  assert.equal(answer.status, 503, answer.text)
  await until('it says so', async () => /cannot write/.test((await readyz(b)).text))
}

mounted('from a disk that is mounted read-only a broker serves, and check and audit read', async () => {
  const b = await up('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', dir)
  await servesReading(b, 303)
  await stop(b)
  const copy = fs.mkdtempSync(path.join(work, 'copy-'))
  fs.copyFileSync(file, path.join(copy, 'log.db')) // with nothing beside it
  for (const folder of [dir, copy]) {
    const check = await run(...unshare('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" check "$1"', folder, path.resolve(process.env.BIN || 'build/dev/bin', 'avow-broker')))
    assert.equal(check.code, 0, check.err)
    assert.match(check.out, /303 entries[^]*all is well/)
  }
})

mounted('on a full disk a broker serves, and takes statements again when there is room', async () => {
  const disk = fs.mkdtempSync(path.join(work, 'full-'))
  const b = await up('mount -t tmpfs -o size=64m none "$2" && cp -r "$1/." "$2" && cat /dev/zero > "$2/full" 2>/dev/null; shift', dir, disk)
  await servesReading(b, 303)
  fs.rmSync(`/proc/${b.child.pid}/root${disk}/full`)
  await until('there is room', async () => (await readyz(b)).status === 200)
  assert.equal((await post(b, statement(bank, [pledge(bank, 'room')]))).status, 201)
  bank.seq--
  await stop(b)
})

await runTests()
