// The broker from outside: statements made by this script, posted, proved, watched.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import WebSocket from 'ws'
import {
  COSIGN_KEY, checkReceipt, cosignatureLine, initBroker, leafHash, makeKey, makeLog, mustRun, network, nowText, origin, parseCheckpoint,
  pledge, post, registration, request, run, runBroker, runTests, sleep, statedKey, statement, statementText, signNote, stop, tempDir, test, treeRoot, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'XM-DAC-41121'] })
const { log, steward, others: [bank, unhcr] } = people
const dir = await initBroker(people)
let broker = await runBroker(dir)
const entries = [people.charter] // as we believe the log to be

async function posted(note) {
  const answer = await post(broker, note)
  assert.equal(answer.status, 201, answer.text)
  const { index } = checkReceipt(answer.text, note, log)
  entries[index] = note
  return index
}

async function refused(note, status, rule, query) {
  const answer = await post(broker, note, query)
  assert.equal(answer.status, status, answer.text)
  assert.match(answer.headers['content-type'], /^application\/problem\+json/)
  assert.ok(answer.json.type.endsWith(rule), `${answer.json.type} is not ${rule}`)
  return answer
}

// --- statements -------------------------------------------------------------------------------

test('entry 0 is the charter, under a checkpoint by the log key', async () => {
  const answer = await request(`${broker.http}/log/checkpoint`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8')
  const cp = parseCheckpoint(answer.text, log)
  assert.equal(cp.size, 1)
  assert.deepEqual(cp.root, leafHash(Buffer.from(people.charter)))
})

test('a statement made by a script gets a receipt that proves it', async () => {
  const note = registration(people)
  const answer = await post(broker, note)
  assert.equal(answer.status, 201, answer.text)
  assert.match(answer.headers.location, /1/)
  assert.match(answer.headers['content-type'], /^text\/plain/)
  assert.equal(checkReceipt(answer.text, note, log).index, 1)
  assert.throws(() => checkReceipt(answer.text, note.replace('44000', '44001'), log))
  entries[1] = note
})

test('submitting it again gives a receipt and adds nothing', async () => {
  const answer = await post(broker, entries[1])
  assert.equal(answer.status, 200)
  const { index, checkpoint } = checkReceipt(answer.text, entries[1], log)
  assert.equal(index, 1)
  assert.equal(checkpoint.size, 2)
})

test('a dry run judges and adds nothing', async () => {
  const good = statement(bank, [pledge(bank, 'dry')], { seq: 1 })
  const answer = await post(broker, good, '?dry_run=1')
  assert.equal(answer.status, 200, answer.text)
  await refused(statement(bank, [pledge(bank, 'dry', { donor: 'XM-DAC-41121', recipient: 'XM-DAC-41121' })], { seq: 1 }), 400, 'pledge.self', '?dry_run=1')
  const status = await request(`${broker.http}/api/v1/status`)
  assert.equal(status.json.size, 2)
})

test('each sort of refusal has its status, rule and line', async () => {
  const r = await refused('nonsense', 400, 'note.shape')
  assert.ok(r.json.title || r.json.detail)
  await refused(statement(bank, [{ ...pledge(bank, 1), surprise: 1 }], { seq: 1 }), 400, 'field.unknown')
  const bad = statement(bank, [pledge(bank, 1)], { seq: 1 }).replace('Pledge number 1', 'Pledge number 2')
  await refused(bad, 403, 'signature.bad')
  await refused(statement(makeKey('44000'), [pledge(bank, 1)], { seq: 1 }), 403, 'key.unknown')
  await refused(statement(bank, [{ is: 'pledge.accepted', id: 'XM-DAC-41121:PL-9', rev: `0/1/${'0'.repeat(64)}` }], { seq: 1 }), 409, 'subject.unknown')
  await refused(statement(bank, [pledge(bank, 1)], { seq: 1, log: 'avow.example.org/other' }), 400, 'header.log')
  await refused('x'.repeat(60001), 413, 'note.size')
  await refused('x'.repeat(200000), 413, 'note.size')
  await refused(statement(bank, [pledge(bank, 1)], { seq: 1, at: nowText(Date.now() + 3600e3) }), 429, 'admission.at')
})

test('seq decides: used or lower is refused, gaps are fine', async () => {
  await posted(statement(bank, [pledge(bank, 'a')], { seq: 5 }))
  await refused(statement(bank, [pledge(bank, 'b')], { seq: 5 }), 409, 'seq.stale')
  await refused(statement(bank, [pledge(bank, 'b')], { seq: 3 }), 409, 'seq.stale')
  await posted(statement(bank, [pledge(bank, 'b')], { seq: 9 }))
  bank.seq = 9
})

test('a burst over many connections: every one in, each with a proof, by seq', async () => {
  const notes = []
  for (let i = 0; i < 300; i++) notes.push(statement(unhcr, [pledge(unhcr, i)]))
  const answers = []
  // One connection keeps the order of one key; others write at the same time.
  const others = Promise.all(Array.from({ length: 50 }, async (_, i) => posted(statement(makeSeq(bank), [pledge(bank, `c${i}`)]))).map((p) => p.catch((e) => e)))
  for (const note of notes) answers.push(await post(broker, note))
  const results = await others
  let last = 0
  for (const [i, answer] of answers.entries()) {
    assert.equal(answer.status, 201, answer.text)
    const { index } = checkReceipt(answer.text, notes[i], log)
    assert.ok(index > last)
    last = index
    entries[index] = notes[i]
  }
  // 50 at once by one key: those that came in late may be stale, none may be lost in silence.
  for (const r of results) assert.ok(typeof r === 'number' || /seq\.stale/.test(r.message), String(r))
})
const makeSeq = (key) => { key.seq++; return { ...key, seq: key.seq - 1 } }

test('requests sent before an answer came are answered rightly or not at all', async () => {
  const { hostname, port } = new URL(broker.http)
  const notes = Array.from({ length: 20 }, (_, i) => statement(unhcr, [pledge(unhcr, `p${i}`)]))
  const socket = net.connect(Number(port), hostname)
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (d) => { text += d })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.on('close', resolve))
  for (const n of notes) socket.write(`POST /api/v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(n)}\r\n\r\n${n}`)
  await Promise.race([closed, until('all answers', () => (text.match(/HTTP\/1\.1/g) || []).length === 20)])
  socket.destroy()
  assert.doesNotMatch(text, /HTTP\/1\.1 [^2]/)
  for (const note of notes) {
    const answer = await post(broker, note)
    assert.ok([200, 201].includes(answer.status), answer.text)
    entries[checkReceipt(answer.text, note, log).index] = note
  }
  assert.equal((await request(`${broker.http}/log/checkpoint`)).status, 200)
})

test('the entries served are what was sent, and hash to the root', async () => {
  const cp = parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
  assert.equal(cp.size, entries.length)
  const got = []
  for (let n = 0; n * 256 < cp.size; n++) {
    const width = Math.min(256, cp.size - n * 256)
    const bundle = await request(`${broker.http}/log/tile/entries/${String(n).padStart(3, '0')}${width < 256 ? `.p/${width}` : ''}`)
    assert.equal(bundle.status, 200)
    for (let at = 0; at < bundle.bytes.length;) {
      const len = bundle.bytes.readUInt16BE(at)
      got.push(bundle.bytes.subarray(at + 2, at + 2 + len))
      at += 2 + len
    }
  }
  assert.equal(got.length, cp.size)
  got.forEach((e, i) => assert.equal(e.toString('utf8'), entries[i]))
  assert.deepEqual(treeRoot(got.map(leafHash)), cp.root)
})

// --- HTTP ---------------------------------------------------------------------------------------

test('answers are safe to show, and allow reading from anywhere', async () => {
  const answer = await request(`${broker.http}/api/v1/status`)
  assert.equal(answer.status, 200)
  assert.match(answer.headers['content-security-policy'], /default-src 'self'/)
  assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  assert.equal(answer.headers['access-control-allow-origin'], '*')
  const preflight = await request(`${broker.http}/api/v1/status`, { method: 'OPTIONS', headers: { origin: 'https://x.example', 'access-control-request-method': 'GET' } })
  assert.equal(preflight.status, 204)
  assert.match(preflight.headers['access-control-allow-methods'], /GET/)
  const head = await request(`${broker.http}/api/v1/status`, { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(head.bytes.length, 0)
  assert.ok(Number(head.headers['content-length']) > 0)
})

test('what is not there is a problem document', async () => {
  const answer = await request(`${broker.http}/api/v1/nothing`)
  assert.equal(answer.status, 404)
  assert.match(answer.headers['content-type'], /^application\/problem\+json/)
  const wrong = await request(`${broker.http}/api/v1/status`, { method: 'DELETE' })
  assert.equal(wrong.status, 405)
  assert.match(wrong.headers.allow, /GET/)
})

test('identifiers with slashes are found, encoded', async () => {
  const answer = await request(`${broker.http}/api/v1/organizations/${encodeURIComponent('XM-DAC-41121')}`)
  assert.equal(answer.status, 200, answer.text)
})

test('a body without a length, and one cut short', async () => {
  const { hostname, port } = new URL(broker.http)
  const raw = (text, end = false) => new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname, () => (end ? socket.end(text) : socket.write(text)))
    let got = ''
    socket.on('data', (d) => { got += d; if (!end && got.includes('\r\n\r\n')) socket.destroy() })
    socket.on('close', () => resolve(got))
    socket.on('error', () => resolve(got))
  })
  assert.match(await raw('POST /api/v1/statements HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 411/)
  assert.match(await raw('POST /api/v1/statements HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), /^HTTP\/1\.1 411/)
  assert.equal(await raw('POST /api/v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', true), '')
  assert.doesNotMatch(await raw('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n'), /101/)
  assert.equal((await request(`${broker.http}/healthz`)).status, 200)
})

test('probes and metrics', async () => {
  assert.equal((await request(`${broker.http}/healthz`)).status, 200)
  assert.equal((await request(`${broker.http}/readyz`)).status, 200)
  const metrics = (await request(`${broker.http}/metrics`)).text
  assert.match(metrics, new RegExp(`^avow_log_size ${entries.length}$`, 'm'))
  assert.match(metrics, /^avow_statements_total\{outcome="accepted"\} [1-9]/m)
  assert.match(metrics, /^avow_refused_total\{rule="seq\.stale"\} [1-9]/m)
  assert.match(metrics, /^avow_commit_seconds_count [1-9]/m)
})

// --- cosignatures -------------------------------------------------------------------------------

test('a cosigner that the log knows cosigns, another does not', async () => {
  const key = makeKey('44000/node', COSIGN_KEY)
  const checkpoint = async () => parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
  const cosign = (text, line) => request(`${broker.http}/log/cosignature`, { method: 'POST', body: `${text}\n${line}` })
  let cp = await checkpoint()
  assert.equal((await cosign(cp.text, cosignatureLine(key, cp.text))).status, 403)
  await posted(statement(bank, [{ is: 'cosigner.added', ...statedKey(key, bank.org) }]))
  cp = await checkpoint()
  const answer = await cosign(cp.text, cosignatureLine(key, cp.text))
  assert.equal(answer.status, 200, answer.text)
  assert.ok((await checkpoint()).signatures.some((s) => s.name === '44000/node'))
  const other = cp.text.replace(/\n[^\n]+\n$/, `\n${Buffer.alloc(32).toString('base64')}\n`)
  assert.notEqual((await cosign(other, cosignatureLine(key, other))).status, 200)
})

// --- feed ---------------------------------------------------------------------------------------

class Watcher {
  constructor(query = '', options = {}) {
    this.messages = []
    this.ws = new WebSocket(`${broker.http.replace('http', 'ws')}/feed${query}`, 'avow.feed.v1', options)
    this.ws.on('message', (data) => this.messages.push(JSON.parse(data)))
    this.ws.on('error', (e) => { this.error = e })
    this.closed = new Promise((resolve) => this.ws.on('close', resolve))
  }
  get events() { return this.messages.flatMap((m) => m.events || []) }
  get size() { return this.messages.reduce((n, m) => m.size ?? n, 0) }
  close() { this.ws.close(); return this.closed }
}

const feedUpTo = (w, size) => until(`the feed comes to ${size}`, () => w.size >= size)
const numbers = (events) => events.map((e) => `${e.index}/${e.n}`)

test('the feed says hello, replays from since, and goes on live', async () => {
  const w = new Watcher('?since=0')
  await feedUpTo(w, entries.length)
  assert.equal(w.messages[0].hello.origin, origin)
  assert.equal(w.messages[0].hello.size, entries.length)
  const index = await posted(statement(bank, [pledge(bank, 'live')]))
  await feedUpTo(w, index + 1)
  const live = w.events.at(-1)
  assert.equal(live.index, index)
  assert.equal(live.id, '44000:PL-live')
  assert.equal(live.is, 'pledge.made')
  const all = w.events
  assert.equal(new Set(numbers(all)).size, all.length, 'no repeat')
  assert.deepEqual([...new Set(all.map((e) => e.index))], [...entries.keys()], 'no gap')
  const last = w.messages.at(-1)
  assert.equal(last.root, parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log).root.toString('base64'))
  await w.close()
})

test('who reconnects with its position misses nothing and sees nothing twice', async () => {
  const got = []
  let at = 0, done = false
  const publishing = (async () => { for (let i = 0; i < 60; i++) await posted(statement(unhcr, [pledge(unhcr, `r${i}`)])); done = true })()
  while (!done || at < entries.length) {
    const w = new Watcher(`?since=${at}`)
    // The last one may be told before its publisher has heard.
    await until('something new', () => w.size > at || w.error || (done && at >= entries.length))
    assert.ifError(w.error)
    await w.close()
    got.push(...numbers(w.events))
    at = Math.max(at, w.size)
  }
  await publishing
  const once = new Watcher('?since=0')
  await feedUpTo(once, entries.length)
  assert.deepEqual(got, numbers(once.events))
  await once.close()
})

test('a filter lets through what matches; others are told how far the log is', async () => {
  const mine = new Watcher(`?since=0&org=44000&is=pledge`)
  const none = new Watcher('?since=0&country=ZW')
  await feedUpTo(mine, entries.length)
  await feedUpTo(none, entries.length)
  assert.ok(mine.events.length > 0)
  for (const e of mine.events) assert.match(e.is, /^pledge/)
  assert.equal(none.events.length, 0)
  await mine.close()
  await none.close()
})

test('what cannot be served is refused before the upgrade', async () => {
  const refusedWith = (query) => new Promise((resolve, reject) => {
    const ws = new WebSocket(`${broker.http.replace('http', 'ws')}/feed${query}`, 'avow.feed.v1')
    ws.on('unexpected-response', (_, rs) => {
      let text = ''
      rs.on('data', (d) => { text += d })
      rs.on('end', () => resolve({ status: rs.statusCode, type: rs.headers['content-type'], problem: JSON.parse(text) }))
    })
    ws.on('open', () => reject(new Error('it was upgraded')))
    ws.on('error', () => {})
  })
  const ahead = await refusedWith('?since=1000000')
  assert.match(ahead.problem.type, /feed\.ahead$/)
  assert.match(ahead.type, /^application\/problem\+json/)
  assert.equal((await refusedWith('?since=x')).status, 400)
  assert.equal((await refusedWith('?country=nowhere-at-all')).status, 400)
  const plain = await request(`${broker.http}/feed`)
  assert.equal(plain.status, 426)
})

test('server-sent events carry the same, with ids to resume from', async () => {
  const read = async (headers, enough) => {
    const controller = new AbortController()
    const rs = await fetch(`${broker.http}/feed.sse?since=0`, { headers, signal: controller.signal })
    assert.equal(rs.status, 200)
    assert.match(rs.headers.get('content-type'), /^text\/event-stream/)
    let text = ''
    for await (const part of rs.body) { text += Buffer.from(part).toString('utf8'); if (enough(text)) break }
    controller.abort()
    return text.split('\n\n').filter(Boolean).map((block) => ({ id: /^id: (\d+)$/m.exec(block)?.[1], data: JSON.parse(/^data: (.*)$/m.exec(block)[1]) }))
  }
  const all = await read({}, (t) => t.includes(`id: ${entries.length}\n`) && t.endsWith('\n\n'))
  assert.ok(all[0].data.hello)
  assert.equal(all.at(-1).data.size, entries.length)
  const rest = await read({ 'last-event-id': String(entries.length - 2) }, (t) => t.includes(`id: ${entries.length}\n`) && t.endsWith('\n\n'))
  assert.deepEqual([...new Set(rest.flatMap((m) => m.data.events || []).map((e) => e.index))], [entries.length - 2, entries.length - 1])
})

test('events by asking: waits until there is something', async () => {
  const begin = Date.now()
  const waiting = request(`${broker.http}/api/v1/events?since=${entries.length}&wait=20`)
  await sleep(100)
  const index = await posted(statement(bank, [pledge(bank, 'poll')]))
  const answer = await waiting
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json.items[0].index, index)
  assert.ok(Date.now() - begin < 10000)
  const none = await request(`${broker.http}/api/v1/events?since=${entries.length}&wait=1`)
  assert.equal(none.json.items.length, 0)
})

test('a watcher that does not read holds up nobody, and catches up when it does', async () => {
  const slow = new Watcher('?since=0')
  await feedUpTo(slow, entries.length)
  slow.ws._socket.pause()
  const quick = new Watcher()
  await until('hello', () => quick.messages.length > 0)
  const title = 'x'.repeat(290)
  for (let i = 0; i < 12; i++) {
    const records = Array.from({ length: 100 }, (_, n) => pledge(bank, `s${i}-${n}`, { title }))
    const index = await posted(statement(bank, records))
    await feedUpTo(quick, index + 1)
  }
  assert.ok(slow.size < entries.length)
  slow.ws._socket.resume()
  await feedUpTo(slow, entries.length)
  assert.equal(new Set(numbers(slow.events)).size, slow.events.length)
  assert.deepEqual([...new Set(slow.events.map((e) => e.index))], [...entries.keys()])
  await slow.close()
  await quick.close()
})

test('many who are behind at different places share what is read for them', async () => {
  const metric = async () => Number(/^avow_feed_catchups_total (\d+)/m.exec((await request(`${broker.http}/metrics`)).text)[1])
  const before = await metric()
  const watchers = Array.from({ length: 60 }, (_, i) => new Watcher(`?since=${i * 5}`))
  for (const [i, w] of watchers.entries()) {
    await feedUpTo(w, entries.length)
    assert.deepEqual([...new Set(w.events.map((e) => e.index))], [...entries.keys()].slice(i * 5))
    assert.equal(new Set(numbers(w.events)).size, w.events.length)
  }
  // One piece each to where the others are, then all the same: not 60 times the log.
  const pieces = await metric() - before
  assert.ok(pieces >= 2 && pieces <= 60 + 3 * Math.ceil(entries.length / 32), `${pieces} pieces`)
  for (const w of watchers) await w.close()
})

test('a watcher that takes nothing is cut in the end, one that does never', async () => {
  const quick = await runBroker(await initBroker(people), '--log-level', 'info')
  await stop(quick)
  fs.appendFileSync(path.join(quick.dir, 'avow-broker.conf'), 'stuck_s = 2\n')
  const short = await runBroker(quick.dir)
  const usual = broker
  broker = short
  try {
    const own = { ...bank, seq: 0 }
    const healthy = Array.from({ length: 40 }, () => new Watcher())
    const deaf = new Watcher()
    for (const w of [...healthy, deaf]) await until('hello', () => w.messages.length > 0)
    deaf.ws._socket.pause()
    let size = 1
    const say = async (...records) => {
      const answer = await post(short, statement(own, records))
      assert.equal(answer.status, 201, answer.text)
      size++
    }
    assert.equal((await post(short, registration(people))).status, 201)
    size++
    for (let i = 0; i < 80; i++)
      await say(...Array.from({ length: 100 }, (_, n) => pledge(own, `x${i}-${n}`, { title: 'x'.repeat(290) })))
    const cut = async () => Number(/^avow_feed_cut_total (\d+)/m.exec((await request(`${short.http}/metrics`)).text)[1])
    for (let i = 0; await cut() === 0; i++) {
      assert.ok(i < 200, 'it was not cut')
      await say(pledge(own, `y${i}`))
      await sleep(50)
    }
    for (let i = 0; i < 30; i++) {
      await say(pledge(own, `z${i}`))
      await sleep(100)
    }
    for (const w of healthy) await feedUpTo(w, size)
    assert.equal(await cut(), 1)
    for (const w of healthy) await w.close()
    deaf.ws.terminate()
  } finally {
    broker = usual
    await stop(short)
  }
})

// --- life ---------------------------------------------------------------------------------------

test('a second broker on the same folder is refused', async () => {
  const second = await run('avow-broker', ['run', dir, '--http', '127.0.0.1:0'])
  assert.equal(second.code, 3)
  assert.match(second.err, /in use/)
})

test('it stops cleanly, starts again, and has everything', async () => {
  const { code } = await stop(broker)
  assert.equal(code, 0, broker.err)
  assert.ok(!fs.existsSync(path.join(dir, 'run.json')))
  broker = await runBroker(dir)
  const cp = parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
  assert.equal(cp.size, entries.length)
  assert.deepEqual(cp.root, treeRoot(entries.map((e) => leafHash(Buffer.from(e)))))
})

// Its log names a cosigner, who is not in reach: memory tells it after each crash that it has all.
test('killed at any instant, it keeps what it acknowledged', async () => {
  const memory = { env: { RUNTIME_DIRECTORY: tempDir('memory') } }
  await stop(broker)
  broker = await runBroker(dir, memory)
  for (let round = 0; round < 6; round++) {
    const acknowledged = []
    const writer = (async () => {
      for (let i = 0; ; i++) {
        const note = statement(unhcr, [pledge(unhcr, `k${round}-${i}`)])
        const answer = await post(broker, note)
        if (answer.status === 201) acknowledged.push([checkReceipt(answer.text, note, log).index, note])
      }
    })().catch(() => {})
    await sleep(40 + Math.random() * 160)
    broker.child.kill('SIGKILL')
    await broker.exited
    await writer
    broker = await runBroker(dir, memory)
    assert.equal((await request(`${broker.http}/readyz`)).status, 200)
    const cp = parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log)
    for (const [index, note] of acknowledged) {
      assert.ok(index < cp.size)
      const again = await post(broker, note)
      assert.equal(again.status, 200)
      assert.equal(checkReceipt(again.text, note, log).index, index)
    }
  }
})

test('a disk that takes no more: answered 503, served on, and well again by itself', async () => {
  const before = await mustRun('avow-broker', ['check', dir, '--json'])
  await mustRun('/usr/bin/prlimit', ['--pid', String(broker.pid), '--fsize=4096:'])
  const note = statement(bank, [pledge(bank, 'full')])
  const answer = await post(broker, note)
  assert.equal(answer.status, 503, answer.text)
  assert.ok(Number(answer.headers['retry-after']) > 0)
  assert.equal((await request(`${broker.http}/readyz`)).status, 503)
  assert.equal((await request(`${broker.http}/healthz`)).status, 200)
  assert.equal((await request(`${broker.http}/log/checkpoint`)).status, 200)
  await mustRun('/usr/bin/prlimit', ['--pid', String(broker.pid), '--fsize=unlimited:'])
  await until('ready again', async () => (await request(`${broker.http}/readyz`)).status === 200)
  assert.equal((await post(broker, note)).status, 201)
  assert.equal(JSON.parse(await mustRun('avow-broker', ['check', dir, '--json'])).size, JSON.parse(before).size + 1)
})

test('a backup, taken while it runs, is a log of its own', async () => {
  const to = path.join(tempDir('backup'), 'copy.db')
  const { size } = JSON.parse(await mustRun('avow-broker', ['backup', dir, to, '--json']))
  const again = await run('avow-broker', ['backup', dir, to])
  assert.equal(again.code, 1)
  assert.match(again.err, /there already/)
  const place = tempDir('restored')
  fs.renameSync(to, path.join(place, 'log.db'))
  const checked = JSON.parse(await mustRun('avow-broker', ['check', place, '--json']))
  assert.equal(checked.size, size)
  assert.equal(checked.root, parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log).root.toString('base64'))
  assert.equal((await run('avow-broker', ['backup', tempDir('none'), to])).code, 3)
})

test('check finds all well, and names what was altered', async () => {
  assert.equal((await stop(broker)).code, 0)
  assert.match(await mustRun('avow-broker', ['check', dir]), /all is well/)
  const altered = async (sql, expected) => {
    const copy = path.join(tempDir('altered'), 'log')
    fs.cpSync(dir, copy, { recursive: true })
    await mustRun('/usr/bin/sqlite3', [path.join(copy, 'log.db'), sql])
    const r = await run('avow-broker', ['check', copy])
    assert.equal(r.code, 1, `${sql}: ${r.err}`)
    assert.match(r.err, expected, sql)
  }
  await altered("UPDATE entry SET note = CAST(replace(CAST(note AS TEXT), 'Pledge number a', 'Pledge number A') AS BLOB) WHERE idx = 2", /entry 2\b/)
  await altered('UPDATE entry SET seq = seq + 1 WHERE idx = 3', /entry 3\b/)
  await altered("UPDATE subject SET value = replace(value, 'announced', 'received') WHERE row = 1", /subject row 44000:pl-a/)
  await altered("UPDATE total SET value = replace(value, ':', ' :') WHERE row = 1", /total row/)
  await altered('DELETE FROM record WHERE number = 2 << 8', /record 2\/1/)
  await altered('UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE place = (SELECT min(place) FROM tile)', /entry 0|tile/)
  await altered("UPDATE checkpoint SET note = CAST(replace(CAST(note AS TEXT), char(10) || char(10), 'A' || char(10) || char(10)) AS BLOB)", /checkpoint/)
  await altered('UPDATE cosignature SET line = zeroblob(length(line))', /cosignature/)
})

test('init refuses what is not a charter for this key', async () => {
  const beside = tempDir('init')
  fs.writeFileSync(path.join(beside, 'charter'), people.charter)
  const keyfile = path.join(beside, 'other.key')
  const other = makeKey(origin)
  fs.writeFileSync(keyfile, `avow secret key v1\nname ${origin}\nkey ${other.vkey}\nkdf none\nseed ${other.seed.toString('base64')}\n`, { mode: 0o600 })
  const r = await run('avow-broker', ['init', path.join(beside, 'log'), '--origin', origin, '--charter', path.join(beside, 'charter'), '--key', keyfile])
  assert.equal(r.code, 1)
  assert.ok(!fs.existsSync(path.join(beside, 'log')))
  assert.equal((await run('avow-broker', ['init', dir, '--origin', origin])).code, 2)
})

await runTests()
