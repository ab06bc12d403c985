// Nodes that reach the broker's HTTP port only: through a proxy, which also delays, cuts and
// truncates; through TLS by an authority of our own; by tiles and bundles; and what they say
// (statements, cosignatures) goes the same way.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import {
  COSIGN_KEY, initBroker, keyFile, makeKey, makeLog, mustRun, parseCheckpoint, pledge, post, registration, request, run, runBroker, runTests,
  sleep, start, statedKey, statement, stop, tempDir, test, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'XM-DAC-41121'] })
const { log, others: [bank, unhcr] } = people
const work = tempDir('https')
const dir = await initBroker(people)
const broker = await runBroker(dir)
assert.equal((await post(broker, registration(people))).status, 201)
let pledges = 0
const say = async () => {
  const answer = await post(broker, statement(unhcr, [pledge(unhcr, ++pledges)]))
  assert.equal(answer.status, 201, answer.text)
}
const folder = (name) => path.join(work, name)
const size = async () => parseCheckpoint((await request(`${broker.http}/log/checkpoint`)).text, log).size

// --- what stands on the way -----------------------------------------------------------------------

// Hands requests on to the broker, whatever host they name: as a proxy, or as the server behind
// TLS. `way.fate(path, count)` says what becomes of an answer: undefined (it goes on), 'cut'
// (nothing, the connection is closed), 'truncate' (half of the body, then closed), a number (late,
// in ms), or { status, headers, body } instead of it.
const way = { fate: () => undefined, seen: [] }
function handOn(rq, rs) {
  const { pathname, search } = new URL(rq.url, 'http://broker.invalid')
  const fate = way.fate(pathname, way.seen.push(pathname))
  if (fate === 'cut') return rq.socket.destroy()
  if (fate && fate.status) {
    rq.resume()
    rs.writeHead(fate.status, fate.headers)
    return rs.end(fate.body)
  }
  const parts = []
  rq.on('data', (d) => parts.push(d))
  rq.on('end', async () => {
    try {
      const { status, headers, bytes } = await request(`${broker.http}${pathname}${search}`, {
        method: rq.method, body: rq.method === 'POST' ? Buffer.concat(parts) : undefined, headers: { 'content-type': 'text/plain' } })
      if (typeof fate === 'number') await sleep(fate)
      delete headers['transfer-encoding']
      rs.writeHead(status, { ...headers, 'content-length': bytes.length })
      if (fate !== 'truncate') return rs.end(bytes)
      rs.write(bytes.subarray(0, bytes.length >> 1), () => rq.socket.destroy())
    } catch { rq.socket.destroy() }
  })
}
const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
const proxy = http.createServer(handOn)
const proxyPort = await listen(proxy)
const bare = { ...process.env }
for (const name of Object.keys(bare)) if (/proxy|^SSL_CERT/i.test(name)) delete bare[name]
const proxied = { ...bare, http_proxy: `http://127.0.0.1:${proxyPort}` }
// A name that nobody can resolve: what comes, comes through the proxy.
const far = 'http://broker.invalid'

const init = (name, url, env, ...flags) => run('avow', ['init', '--dir', folder(name), '--log', log.vkey, '--broker', url, ...flags], { env })
const avow = (name, env, command, ...args) => run('avow', [command, '--dir', folder(name), ...args], { env })
const json = async (name, command, ...flags) => JSON.parse(await mustRun('avow', [command, '--dir', folder(name), '--json', ...flags]))
const status = (name) => json(name, 'status', '--offline')
const atSize = (name, n) => until(`${name} has ${n}`, async () => (await status(name)).size === n)

async function follow(name, env) {
  const p = start('avow', ['run', '--dir', folder(name), '--json'], { env })
  await until(`${name} is ready`, () => p.out.includes('\n') || p.child.exitCode !== null)
  assert.equal(p.child.exitCode, null, p.err)
  return p
}

// --- a node by HTTP alone -------------------------------------------------------------------------

let node
const cosigner = makeKey(`${bank.org}/node`, COSIGN_KEY)

test('a node is set up through a proxy, from bundles and tiles', async () => {
  for (let i = 0; i < 300; i++) await say()
  assert.equal((await post(broker, statement(bank, [{ is: 'cosigner.added', ...statedKey(cosigner, bank.org) }]))).status, 201)
  keyFile(folder('cosigner.key'), cosigner)
  keyFile(folder('bank.key'), bank)
  const r = await init('one', far, proxied, '--cosigner', folder('cosigner.key'), '--key', folder('bank.key'))
  assert.equal(r.code, 0, r.err)
  assert.match(r.out, /303 entries, all verified/)
  assert.ok(way.seen.includes('/log/tile/entries/000') && way.seen.includes('/log/tile/entries/001.p/47'), way.seen.join(' '))
  assert.equal((await avow('one', bare, 'audit')).code, 0)
})

test('nothing else is reachable: without the proxy there is no broker', async () => {
  const r = await avow('one', bare, 'peers')
  assert.match(r.out, /http:\/\/broker\.invalid +broker +silent/)
  assert.match(r.err, /resolve/)
})

test('a part of the log comes with a proof from tiles', async () => {
  const before = way.seen.length
  const large = Array.from({ length: 12 }, (_, i) => ({ note: 'y'.repeat(4000), title: `Large ${i}` }))
  for (let i = 0; i < 90; i++) {
    const answer = await post(broker, statement(unhcr, large.map((more) => pledge(unhcr, ++pledges, more))))
    assert.equal(answer.status, 201, answer.text)
  }
  const r = await avow('one', proxied, 'sync')
  assert.equal(r.code, 0, r.err)
  assert.equal((await status('one')).size, 393)
  assert.ok(way.seen.slice(before).some((p) => /^\/log\/tile\/0\//.test(p)), way.seen.slice(before).join(' '))
})

test('it follows: what is published elsewhere is there at once', async () => {
  node = await follow('one', proxied)
  await until('it waits for news', () => way.seen.at(-1) === '/api/v1/events' || way.seen.includes('/api/v1/events'))
  await sleep(300)
  const before = Date.now()
  await say()
  await atSize('one', 394)
  assert.ok(Date.now() - before < 20000, `${Date.now() - before} ms`) // of the 30 s for which it waits
})

test('it cosigns', () => until('its cosignature is served', async () =>
  (await request(`${broker.http}/log/checkpoint`)).text.includes(`— ${cosigner.name} `)))

test('it publishes: receipt, known, refused, dry run', async () => {
  fs.writeFileSync(folder('record'), JSON.stringify(pledge(bank, 1)))
  const dry = await avow('one', proxied, 'publish', '--yes', '--dry-run', folder('record'))
  assert.equal(dry.code, 0, dry.err)
  const before = await size()
  const said = await avow('one', proxied, 'publish', '--yes', folder('record'))
  assert.equal(said.code, 0, said.err)
  assert.equal(await size(), before + 1)
  fs.writeFileSync(folder('again'), JSON.stringify(pledge(bank, 1)))
  const refused = await avow('one', proxied, 'publish', '--yes', folder('again'))
  assert.equal(refused.code, 1)
  assert.match(refused.err, /subject\.exists/)
})

// --- trouble on the way ---------------------------------------------------------------------------

test('answers that are late, cut and truncated: it goes on, and is whole in the end', async () => {
  const times = {}
  way.fate = (at) => {
    times[at] = (times[at] ?? 0) + 1
    return times[at] === 1 ? ['cut', 'truncate'][Object.keys(times).length % 2] : 30
  }
  for (let i = 0; i < 5; i++) await say()
  await atSize('one', await size())
  way.fate = () => undefined
  const r = await until('it answers', async () => {
    const peers = await json('one', 'peers')
    return peers.sources[0].state === 'answers' && peers
  })
  assert.equal(r.sources[0].url, far)
})

test('a way that was gone: what was said meanwhile comes when it is back', async () => {
  way.fate = () => 'cut'
  await say()
  const want = await size()
  await sleep(700)
  assert.equal((await status('one')).size, want - 1)
  way.fate = () => undefined
  await atSize('one', want)
  await until('it is cosigned', async () => (await status('one')).cosigned?.size === want)
})

test('what a gateway says in the place of the broker is not believed', async () => {
  const page = { headers: { 'content-type': 'text/html' }, body: '<html>Please log in</html>' }
  for (const fate of [{ status: 200, ...page }, { status: 302, headers: { location: `${broker.http}/log/checkpoint` }, body: '' }]) {
    way.fate = () => fate
    const { code, err } = await init('gateway', far, proxied)
    assert.notEqual(code, 0)
    assert.match(err, /does not serve this log: what answers there is no log/)
    assert.ok(!fs.existsSync(folder('gateway/node.conf')))
  }
  // A tile that is another: refused by the proofs, and whoever asks again has the log.
  let wrong = 0
  way.fate = (at) => (at.startsWith('/log/tile/entries/') && wrong++ < 1 ? { status: 200, headers: {}, body: Buffer.alloc(256 * 102, Buffer.concat([Buffer.of(0, 100), Buffer.alloc(100, 65)])) } : undefined)
  const r = await init('tampered', far, proxied)
  way.fate = () => undefined
  assert.equal(r.code, 0, r.err)
  assert.match(r.err, /what it sent is not the log|entry 0/)
})

// --- TLS ------------------------------------------------------------------------------------------

test('by TLS, with an authority of one\'s own; by none that is not trusted, nor for another name', async () => {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: work, stdio: 'pipe' })
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2')
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=localhost')
  fs.writeFileSync(folder('ext'), 'subjectAltName=DNS:localhost\n')
  openssl('x509', '-req', '-in', 'tls.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'ext', '-days', '2', '-out', 'tls.pem')
  const server = https.createServer({ key: fs.readFileSync(folder('tls.key')), cert: fs.readFileSync(folder('tls.pem')) }, handOn)
  const port = await listen(server)
  try {
    const trusting = { ...bare, SSL_CERT_FILE: folder('ca.pem') }
    const ok = await init('tls', `https://localhost:${port}`, trusting)
    assert.equal(ok.code, 0, ok.err)
    assert.equal((await status('tls')).root, (await status('one')).root)
    const misnamed = fs.readFileSync(folder('tls/node.conf'), 'utf8').replace('localhost', '127.0.0.1')
    for (const env of [bare, trusting]) {
      const r = await avow('tls', env, 'peers')
      assert.match(r.out, /broker +silent/)
      assert.match(r.err, /certificate|SSL/)
      fs.writeFileSync(folder('tls/node.conf'), misnamed)
    }
    const peer = await init('peer', 'tcp://127.0.0.1:1', trusting, '--peer', `https://localhost:${port}`)
    assert.equal(peer.code, 0, peer.err)
  } finally { server.close(); server.closeAllConnections() }
})

test('addresses that are none are refused', async () => {
  for (const url of ['https://', 'http://user:secret@host', 'https://host/?q=1', 'ftp://host']) {
    const r = await init('none', url, bare)
    assert.notEqual(r.code, 0)
    assert.match(r.err, /cannot use the broker's address/)
  }
})

test('the node ends cleanly while it waits for news', async () => {
  const { code } = await stop(node)
  assert.equal(code, 0, node.err)
})

await runTests()
proxy.close()
proxy.closeAllConnections()
