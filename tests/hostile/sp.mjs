// The link's wire as a script speaks it: SP over TCP (nng's req and sub), and the messages of docs/replication.md.
import net from 'node:net'

const REQ = 0x30, SUB = 0x21
const greeting = (protocol) => Buffer.from([0, 0x53, 0x50, 0, 0, protocol, 0, 0])

export const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b }
export const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b }

export const ask = {
  status: () => Buffer.from([1, 1]),
  entries: (from, max = 4 << 20) => Buffer.concat([Buffer.from([1, 2]), u64(from), u32(max)]),
  submit: (note, dry = 0) => Buffer.concat([Buffer.from([1, 3, dry]), Buffer.from(note)]),
  cosign: (body) => Buffer.concat([Buffer.from([1, 4]), Buffer.from(body)]),
  prove: (size) => Buffer.concat([Buffer.from([1, 5]), u64(size)]),
  tell: (checkpoint) => Buffer.concat([Buffer.from([1, 7]), Buffer.from(checkpoint)]),
}

export function parseAnswer(b) {
  const type = b[1]
  if (type === 0x82) {
    const h = b[14], at = 15 + 32 * h, cp = b.readUInt32BE(at)
    return { type, from: Number(b.readBigUInt64BE(2)), count: b.readUInt32BE(10), checkpoint: b.subarray(at + 4, at + 4 + cp).toString(), bundle: b.subarray(at + 4 + cp) }
  }
  if (type === 0x81) { const n = b[13]; return { type, size: Number(b.readBigUInt64BE(2)), waiting: b[12], origin: b.subarray(14, 14 + n).toString(), checkpoint: b.subarray(14 + n).toString() } }
  if (type === 0x83) return { type, outcome: b[2], index: Number(b.readBigUInt64BE(8)) }
  if (type === 0xff) return { type, error: b.readUInt16BE(2), text: b.subarray(4).toString() }
  return { type }
}

// One connection. { read: false }: it never reads. on.open, on.answer(bytes), on.close.
export function connect(url, { read = true, protocol = REQ, localAddress, greet = true, ...on } = {}) {
  const { hostname, port } = new URL(url.replace('tcp:', 'http:'))
  const socket = net.connect({ host: hostname, port: Number(port), localAddress })
  let next = 1, held = Buffer.alloc(0), greeted = false
  const peer = {
    socket,
    get closed() { return socket.destroyed },
    send(body) {
      const id = (next++ & 0x7fffffff) | 0x80000000
      socket.write(Buffer.concat([u64(4 + body.length), u32(id >>> 0), body]))
    },
    sendRaw(bytes) { socket.write(bytes) },
    close() { socket.destroy() },
  }
  socket.setNoDelay(true)
  socket.on('connect', () => { if (greet) socket.write(greeting(protocol)); if (!read) { socket.pause(); on.open?.(peer) } })
  if (read) {
    socket.on('data', (d) => {
      held = held.length > 0 ? Buffer.concat([held, d]) : d
      if (!greeted && held.length >= 8) { greeted = true; held = held.subarray(8); on.open?.(peer) }
      while (greeted && held.length >= 8) {
        const len = Number(held.readBigUInt64BE(0))
        if (held.length < 8 + len) break
        on.answer?.(held.subarray(8 + 4, 8 + len), peer)
        held = held.subarray(8 + len)
      }
    })
  }
  socket.on('error', () => {})
  socket.on('close', () => on.close?.(peer))
  return peer
}
export const subscribe = (url, options) => connect(url, { ...options, protocol: SUB })

// Ask one after the other; answers come as promises. Connects anew when it was hung up on.
export class Client {
  constructor(url, options = {}) { this.url = url; this.options = options; this.waiting = [] }
  open() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => { this.peer?.close(); reject(new Error('not connected')) }, 5000)
      this.peer = connect(this.url, {
        ...this.options,
        open: () => { clearTimeout(late); resolve() },
        answer: (b) => this.waiting.shift()?.(b),
        close: () => { clearTimeout(late); for (const w of this.waiting.splice(0)) w(null); reject(new Error('hung up')) },
      })
    })
  }
  async call(body, patience = 30000) {
    if (!this.peer || this.peer.closed) await this.open()
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => { this.peer.close(); reject(new Error('no answer')) }, patience)
      this.waiting.push((b) => { clearTimeout(late); if (b === null) reject(new Error('hung up')); else resolve(parseAnswer(b)) })
      this.peer.send(body)
    })
  }
  close() { this.peer?.close() }
}
