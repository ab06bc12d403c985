// What honest people do all the time, and how long it takes them: publish (HTTP), watch (websocket), read (HTTP, a new connection each
// time), catch up (the link). Each one after the other, with a pause.
import http from 'node:http'
import WebSocket from 'ws'
import { pledge, request, sleep, statement } from '../e2e/lib.mjs'
import { ask, Client } from './sp.mjs'

const paths = ['/log/checkpoint', '/api/v1/status', '/api/v1/pledges?limit=20', '/api/v1/organizations?limit=20', '/healthz', '/api/v1/pledges?limit=5']
const PATIENCE = 20000

export class Honest {
  constructor({ http: url, link, key, from = '127.0.0.1', pause = 15 }) {
    Object.assign(this, { url, link, key, from, pause })
    this.samples = { publish: [], watch: [], read: [], 'catch up': [] } // [since the beginning, how long, ''|what failed]
    this.begin = performance.now()
    this.pending = new Map() // published and not seen yet: since when
    this.frames = []
    this.stop = false
    this.n = 0
  }
  note(what, begin, failed = '') { this.samples[what].push([begin - this.begin, performance.now() - begin, failed]) }
  async timed(what, fn) {
    const begin = performance.now()
    let late
    try {
      await Promise.race([fn(), new Promise((_, reject) => { late = setTimeout(() => reject(new Error('no answer')), PATIENCE) })])
      this.note(what, begin)
    } catch (e) { this.note(what, begin, String(e.message)) }
    clearTimeout(late)
    await sleep(this.pause)
  }
  async publish() {
    const via = new http.Agent({ keepAlive: true, localAddress: this.from })
    while (!this.stop) {
      const note = statement(this.key, [pledge(this.key, `h${++this.n}`)])
      const begin = performance.now()
      await this.timed('publish', async () => {
        for (;;) { // a client tries again, with the same statement
          let answer
          try { answer = await request(`${this.url}/api/v1/statements`, { method: 'POST', body: note, via }) } catch { await sleep(20); continue }
          if (answer.status === 201 || answer.status === 200) {
            const index = Number(/^index (\d+)$/m.exec(answer.text)[1])
            const frame = this.frames.find((f) => f.size > index) // often before the receipt
            if (frame) this.samples.watch.push([begin - this.begin, frame.at - begin, ''])
            else this.pending.set(index, begin)
            return
          }
          if (answer.status < 429) throw new Error(`${answer.status} ${answer.text.slice(0, 100)}`)
          if (performance.now() - begin > PATIENCE) return
          await sleep(50)
        }
      })
    }
  }
  watch() {
    if (this.stop) return
    const ws = this.ws = new WebSocket(`${this.url.replace('http', 'ws')}/feed?since=${this.seen ?? this.from0 ?? 0}`, 'avow.feed.v1', { localAddress: this.from })
    ws.on('message', (data) => {
      const m = JSON.parse(data), size = m.size ?? m.next
      if (size === undefined) return
      this.seen = size
      this.frames.push({ size, at: performance.now() })
      if (this.frames.length > 200) this.frames.shift()
      for (const [index, begin] of this.pending) if (index < size) { this.pending.delete(index); this.note('watch', begin) }
    })
    ws.on('error', () => {})
    ws.on('close', () => setTimeout(() => this.watch(), 100))
  }
  async read() {
    for (let i = 0; !this.stop; i++) {
      const via = new http.Agent({ localAddress: this.from })
      await this.timed('read', async () => {
        for (;;) {
          let answer
          try { answer = await request(`${this.url}${paths[i % paths.length]}`, { via }) } catch { if (this.stop) return; await sleep(20); continue }
          if (answer.status === 200) return
          if (answer.status < 429 || this.stop) throw new Error(`${answer.status} ${paths[i % paths.length]}`)
          await sleep(50)
        }
      })
      via.destroy()
    }
  }
  async catchUp() {
    const client = new Client(this.link, { localAddress: this.from })
    for (let i = 0; !this.stop; i++) {
      await this.timed('catch up', async () => {
        for (;;) {
          try {
            const a = await client.call(ask.entries(i * 37 % 200, 65536), PATIENCE)
            if (a.type === 0x82) return
            if (a.error !== 503) throw new Error(`${a.error} ${a.text}`)
          } catch (e) { if (this.stop || !/hung up|not connected/.test(e.message)) throw e }
          await sleep(50)
        }
      })
    }
    client.close()
  }
  async start() {
    this.from0 = (await request(`${this.url}/api/v1/status`)).json.size
    this.watch()
    this.running = Promise.all([this.publish(), this.read(), this.catchUp()])
  }
  async end() {
    this.stop = true
    await Promise.race([this.running, sleep(2000)])
    this.ws?.terminate()
    for (const [, begin] of this.pending) if (performance.now() - begin > 1000) this.note('watch', begin, 'not seen')
  }
  now() { return performance.now() - this.begin }
  // { n, p50, p99, failed } of what began in [from, to).
  sum(what, from, to) {
    const some = this.samples[what].filter(([at]) => at >= from && at < to)
    const ms = some.map(([, ms]) => ms).sort((a, b) => a - b)
    const at = (p) => ms.length === 0 ? NaN : ms[Math.min(ms.length - 1, Math.floor(ms.length * p))]
    const failed = some.filter(([, , failed]) => failed)
    return { n: ms.length, p50: at(0.5), p99: at(0.99), failed: failed.length, why: failed[0]?.[2] }
  }
}
