// What hostile members and strangers do. Each attack goes on until it is told to stop; whoever runs it holds it to its part of
// a processor. `w` is what it is given: { http, link, hints, from: addresses of its own, size, people, publics: statements of others,
// notes: made and signed before, checkpoint }.
import http from 'node:http'
import net from 'node:net'
import { randomBytes } from 'node:crypto'
import { sleep } from '../e2e/lib.mjs'
import { ask, connect, subscribe } from './sp.mjs'

const stopped = { yes: false }
export const stopAttack = () => { stopped.yes = true }

// n connections that are made again when they were closed, not all at once.
async function crowd(w, n, open, pause = 200) {
  const live = new Array(n).fill(null)
  for (let i = 0; !stopped.yes; i = (i + 1) % n) {
    if (live[i] === null || live[i].closed || live[i].destroyed) live[i] = open(w.from[i % w.from.length], i)
    if (i % 20 === 19) await sleep(1)
    if (i === n - 1) await sleep(pause)
  }
}

function tcp(w, from) {
  const { hostname, port } = new URL(w.http)
  const s = net.connect({ host: hostname, port: Number(port), localAddress: from })
  s.on('error', () => {})
  return s
}
function unread(w, from, text) {
  const s = tcp(w, from)
  s.on('connect', () => { s.pause(); s.write(text) })
  s.pause()
  return s
}
const get = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

// As many at once, for ever, whatever is answered.
async function ask_http(w, n, request) {
  const agents = w.from.map((localAddress) => new http.Agent({ keepAlive: true, maxSockets: n, localAddress }))
  const { hostname, port } = new URL(w.http)
  const one = (i) => new Promise((resolve) => {
    const { body, ...o } = request(i)
    const rq = http.request({ hostname, port, agent: agents[i % agents.length], ...o }, (rs) => { rs.resume(); rs.on('close', () => resolve(rs.statusCode)) })
    rq.on('error', () => resolve(0))
    rq.end(body)
  })
  await Promise.all(Array.from({ length: n }, async (_, k) => {
    for (let i = k; !stopped.yes; i += n) {
      const status = await one(i)
      if (status === 0 || status >= 429) await sleep(50)
    }
  }))
}

async function ask_link(w, n, deep, request) {
  await crowd(w, n, (from, i) => {
    const again = (peer) => { if (!stopped.yes) peer.send(request(i)) }
    return connect(w.link, { localAddress: from, open: (p) => { for (let k = 0; k < deep; k++) again(p) }, answer: (_, p) => again(p) })
  })
}

const websocket = (from0, filter = '') => get(`/feed${from0}${filter}`, `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: avow.feed.v1\r\n`)

export const attacks = {
  // name: { size: what is meant by n, n: of the long form, few: of the short, run }
  'idle link peers': { n: 3000, few: 300, run: (w, n) => crowd(w, n, (from) => connect(w.link, { read: false, localAddress: from })) },
  'link connections that say nothing': { n: 3000, few: 300, run: (w, n) => crowd(w, n, (from) => connect(w.link, { read: false, greet: false, localAddress: from })) },
  'link peers that never read': { n: 300, few: 120, run: (w, n) => crowd(w, n, (from) => connect(w.link, { read: false, localAddress: from, open: (p) => { for (let k = 0; k < 16; k++) p.send(ask.entries(0)) } })) },
  'subscribers that never read': { n: 1000, few: 100, run: (w, n) => crowd(w, n, (from) => subscribe(w.hints, { read: false, localAddress: from })) },
  'entries without end': { n: 64, few: 16, run: (w, n) => ask_link(w, n, 16, () => ask.entries(0)) },
  'garbage on the link': { n: 200, few: 50, run: (w, n) => crowd(w, n, (from) => connect(w.link, { localAddress: from, open: (p) => p.sendRaw(randomBytes(3000)) })) },
  "strangers' TELL": { n: 64, few: 16, run: (w, n) => ask_link(w, n, 8, () => ask.tell(w.checkpoint)) },
  'TELL with bad signatures': { n: 64, few: 16, run: (w, n) => ask_link(w, n, 8, () => ask.tell(w.forged)) },
  'replayed statements by the link': { n: 32, few: 8, run: (w, n) => ask_link(w, n, 16, (i) => ask.submit(w.publics[(w.at = (w.at ?? i) + 1) % w.publics.length])) },
  'replayed statements by HTTP': { n: 64, few: 16, run: (w, n) => ask_http(w, n, (i) => ({ path: '/api/v1/statements', method: 'POST', body: w.publics[i % w.publics.length] })) },
  'pledges without end': { n: 32, few: 8, run: (w, n) => ask_http(w, n, (i) => ({ path: '/api/v1/statements', method: 'POST', body: w.notes[(w.at = (w.at ?? 0) + 1) % w.notes.length] })) },
  'unread tiles': { n: 3000, few: 300, run: (w, n) => crowd(w, n, (from) => unread(w, from, get('/log/tile/entries/000').repeat(4))) },
  'unread lists': { n: 400, few: 100, run: (w, n) => crowd(w, n, (from) => unread(w, from, get('/api/v1/pledges?limit=1000').repeat(4))) },
  'expensive reads': { n: 600, few: 100, run: (w, n) => ask_http(w, n, (i) => ({ path: `/api/v1/pledges?limit=1000&q=${i}` .replace(/&q=.*/, '') })) },
  'scans': { n: 200, few: 50, run: (w, n) => ask_http(w, n, () => ({ path: '/api/v1/pledges?status=withdrawn&limit=1000' })) },
  'long waits': { n: 2000, few: 200, run: (w, n) => crowd(w, n, (from) => unread(w, from, get(`/api/v1/events?since=${w.size + 1000000}&wait=30`))) },
  'two pipelined GETs, the first waits': { n: 4, few: 2, run: (w, n) => crowd(w, n, (from) => unread(w, from, get(`/api/v1/events?since=${w.size + 1000000}&wait=30`) + get('/api/v1/status'))) },
  'many watchers': { n: 4000, few: 300, run: (w, n) => crowd(w, n, (from) => { const s = tcp(w, from); s.on('connect', () => s.write(websocket(''))); s.on('data', () => {}); return s }) },
  'slow watchers': { n: 1000, few: 100, run: (w, n) => crowd(w, n, (from) => unread(w, from, websocket('?since=0'))) },
  'watchers with filters of their own': { n: 1000, few: 100, run: (w, n) => crowd(w, n, (from, i) => { const s = tcp(w, from); s.on('connect', () => s.write(websocket('?since=0', `&country=KE&author=XM-DAC-${i}`))); s.on('data', () => {}); return s }) },
  'idle HTTP connections': { n: 8000, few: 300, run: (w, n) => crowd(w, n, (from) => tcp(w, from)) },
  'slow headers': { n: 2000, few: 200, run: (w, n) => crowd(w, n, (from) => unread(w, from, 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ')) },
  'oversized headers': { n: 200, few: 50, run: (w, n) => crowd(w, n, (from) => { const s = unread(w, from, get('/', `X-Long: ${'y'.repeat(60000)}\r\n`)); setTimeout(() => s.destroy(), 200); return s }, 50) },
  'connect and hang up': { n: 100, few: 50, run: (w, n) => crowd(w, n, (from) => { const s = tcp(w, from); s.on('connect', () => s.resetAndDestroy()); return s }, 1) },
}
