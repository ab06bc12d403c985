// The benchmark: `make bench`. Prints a table, writes JSON.
//   BIN=… tests/bench/run        BIN: see lab.mjs
// ENTRIES (100000): statements of the first load. OUT: where the JSON goes.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bin, clean, done, end, file, firstLine, here, makeLog, program, programs, publish, size, start, tool } from './lab.mjs'
import { nats, redis } from './peers.mjs'

const out = path.resolve(process.env.OUT || path.join(bin, '../bench.json'))
const entries = Number(process.env.ENTRIES || 100000)
const wide = Math.ceil(entries / 3) // of the load with more in flight
const results = {}

const note = (text) => process.stderr.write(`bench: ${text}\n`)

// --- what is measured ------------------------------------------------------------------------

// Before and after the load, and the better counts: a bound that noise has lowered is none.
async function measureBounds(log) {
  note('the bounds: signatures, bare SQLite')
  const load = path.join(log.dir, 'load')
  const keep = (name, by, r) => { if (!(results[name]?.[by] >= r[by])) results[name] = r }
  const store = async (rows, commits) => {
    const db = fs.mkdtempSync(file('sqlite-'))
    return tool('bound', 'store', load, path.join(db, 'db'), rows, commits)
  }
  keep('verify', 'per_second', await tool('bound', 'verify', load, 2))
  keep('sqlite_1', 'rows_per_second', await store(1, 4000))
  keep('sqlite_500', 'rows_per_second', await store(500, 150))
}

async function measureLoad(log) {
  note(`1,000 authors, ${entries} statements`)
  results.authors_1000 = await publish(log, 'load', '-n', entries)
  note('1,000 authors, 256 in flight')
  results.authors_1000_256 = await publish(log, 'load', '-f', entries, '-n', wide, '-c', 256)
  note('1,000 authors at 500 a second')
  results.paced = await publish(log, 'load', '-f', entries + wide, '-n', 2500, '-r', 500)
}

async function measureOneAuthor() {
  note('1 author, one statement after the other')
  const single = await makeLog('single', 1, 3000)
  results.author_1 = await publish(single, 'load')
  await done(single)
  note('1 author, 100 records a statement')
  const bulk = await makeLog('bulk', 1, 200, 100)
  results.bulk = await publish(bulk, 'load', '-w', 1)
  results.bulk.records_per_second = results.bulk.per_second * 100
  await done(bulk)
}

// `count` statements are published while 1,000 watch.
async function watched(log, from, count, ...flags) {
  const since = await size(log)
  const times = file('times')
  fs.writeFileSync(times, '')
  fs.truncateSync(times, 8 * (since + count))
  const watch = start(path.join(programs, 'watch'), ['-n', 1000, '-s', since, '-u', since + count, '-t', times, '-T', 90, log.http.split(':').pop()], 'inherit')
  if (await firstLine(watch) !== 'ready') throw new Error('the watchers were not let in')
  const load = await publish(log, 'load', '-f', from, '-n', count, '-t', times, ...flags)
  const [code] = await watch.ended
  const last = watch.text.trim().split('\n').pop()
  if (code !== 0) throw new Error(`not every watcher was given every entry: ${last}`)
  return { ...JSON.parse(last), load }
}

async function measureFeed(log) {
  note('1,000 watchers, 200 statements a second')
  results.watch_paced = await watched(log, entries + wide + 2500, 1600, '-r', 200)
  note('1,000 watchers, as fast as it goes')
  results.watch_full = await watched(log, entries + wide + 4100, 6000)
  note('the same messages from a `ws` server')
  const w = results.watch_full
  const events = Math.max(1, Math.round(w.deliveries / w.messages))
  const messages = Math.ceil(w.deliveries / w.watchers / events)
  const peer = start(process.execPath, [path.join(here, 'fan-out.mjs'), 1000, messages, events, Math.round(w.bytes / w.deliveries)], 'inherit')
  try {
    const port = await firstLine(peer)
    const text = await program(path.join(programs, 'watch'), '-n', 1000, '-u', messages * events, '-T', 90, port)
    results.watch_ws = JSON.parse(text.trim().split('\n').pop())
  } finally {
    await end(peer)
  }
}

async function timed(command, ...args) {
  const begin = performance.now()
  await program(path.join(bin, command), ...args)
  return (performance.now() - begin) / 1000
}

async function measureReplica(log) {
  const total = await size(log)
  const rate = (seconds) => ({ entries: total, seconds, per_second: total / seconds })
  note(`a new node fetches and checks ${total} entries`)
  await program(path.join(bin, 'avow'), 'init', '--dir', file('node'), '--log', log.vkey, '--broker', log.link, '--offline')
  results.catch_up = rate(await timed('avow', 'sync', '--dir', file('node')))
  note('the node audits what it holds')
  results.audit = rate(await timed('avow', 'audit', '--dir', file('node')))
}

async function measurePeers(bytes) {
  for (const [name, peer] of [['redis', redis], ['nats', nats]]) {
    note(name)
    fs.mkdirSync(file(name))
    results[name] = await peer(file(name), 50000, bytes)
  }
}

// --- what is told ------------------------------------------------------------------------------

const whole = (n) => Math.round(n).toLocaleString('en')

function row(what, figure, unit, more = '') {
  console.log(`${what.padEnd(46)} ${String(figure).padStart(12)}  ${unit.padEnd(13)} ${more}`)
}

const against = (a, b) => `${(a / b).toFixed(2)} x`
const latency = (r) => `p50 ${r.p50_ms} ms, p99 ${r.p99_ms} ms`

function table(bytes) {
  const r = results
  console.log(`\nStatements of ${bytes} bytes; ${os.cpus().length} processors; bounds and peers run beside it, one after the other\n`)
  row('published, 1,000 authors, 64 in flight', whole(r.authors_1000.per_second), 'statements/s', latency(r.authors_1000))
  row('published, 1,000 authors, 256 in flight', whole(r.authors_1000_256.per_second), 'statements/s', latency(r.authors_1000_256))
  row('published, 1,000 authors, 500 a second', whole(r.paced.per_second), 'statements/s', latency(r.paced))
  row('published, 1 author, one after the other', whole(r.author_1.per_second), 'statements/s', latency(r.author_1))
  row('published, 1 author, 100 records each', whole(r.bulk.records_per_second), 'records/s', latency(r.bulk))
  row('1,000 watchers, 200 statements a second', whole(r.watch_paced.deliveries_per_second), 'deliveries/s', `lag p50 ${r.watch_paced.lag_p50_ms} ms, p99 ${r.watch_paced.lag_p99_ms} ms`)
  row('1,000 watchers, as fast as it goes', whole(r.watch_full.deliveries_per_second), 'deliveries/s', `lag p50 ${r.watch_full.lag_p50_ms} ms; ${whole(r.watch_full.load.per_second)} statements/s`)
  row('a new node catches up (fetches, verifies)', whole(r.catch_up.per_second), 'entries/s', `${whole(r.catch_up.entries)} entries`)
  row('a node audits what it holds', whole(r.audit.per_second), 'entries/s')
  console.log('\nbounds and peers                                                            published / it')
  row('libsodium verifies, all processors', whole(r.verify.per_second), 'signatures/s', against(r.authors_1000.per_second, r.verify.per_second))
  row('SQLite bare, 1 row a commit', whole(r.sqlite_1.rows_per_second), 'rows/s', against(r.authors_1000.per_second, r.sqlite_1.rows_per_second))
  row('SQLite bare, 500 rows a commit', whole(r.sqlite_500.rows_per_second), 'rows/s', against(r.authors_1000.per_second, r.sqlite_500.rows_per_second))
  if (r.redis) row('Redis streams, synced before each answer', whole(r.redis.per_second), 'messages/s', against(r.authors_1000.per_second, r.redis.per_second))
  else row('Redis streams', 'not installed', '')
  if (r.nats) row('NATS JetStream, 64 in flight', whole(r.nats.per_second), 'messages/s', `${against(r.authors_1000.per_second, r.nats.per_second)}  (${r.nats.version}: below 2.10 it answers before it syncs)`)
  else row('NATS JetStream', 'not installed', '')
  row('ws (Node.js), same messages to 1,000', whole(r.watch_ws.deliveries_per_second), 'deliveries/s', `${against(r.watch_full.deliveries_per_second, r.watch_ws.deliveries_per_second)}  (only sends; nothing is published)`)
  console.log(`\nreceipts verified: ${r.authors_1000.receipts_verified + r.paced.receipts_verified + r.author_1.receipts_verified}; entries missed or repeated by a watcher: 0`)
}

let code = 0
try {
  const log = await makeLog('log', 1000, entries + wide + 2500 + 1600 + 6000)
  await measureBounds(log)
  await measureLoad(log)
  await measureBounds(log)
  await measureFeed(log)
  await measureReplica(log)
  await done(log)
  await measureOneAuthor()
  await measurePeers(log.made.statement_bytes)
  table(log.made.statement_bytes)
  fs.writeFileSync(out, JSON.stringify({ processors: os.cpus().length, statement_bytes: log.made.statement_bytes, ...results }, null, 1) + '\n')
  note(`written: ${path.relative(process.cwd(), out)}`)
} catch (e) {
  note(`${e.message}\n${e.stderr || ''}`)
  code = 1
} finally {
  await clean()
}
process.exit(code)
