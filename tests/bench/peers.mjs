// What else could carry the statements: durable message systems of Debian, measured beside
// Avow on the same machine with messages of the same size. Each is optional; each listens
// on the loopback only, keeps its data in a folder of ours and is ended by its process id.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

function found(name) {
  const dirs = [...(process.env.PATH || '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return dirs.map((d) => path.join(d, name)).find((f) => fs.existsSync(f))
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

async function connected(port) {
  for (const deadline = Date.now() + 10000; ;) {
    const socket = net.connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (e) {
      if (Date.now() > deadline) throw e
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

// Redis streams: XADD, the append-only file synced before each answer, 64 clients.
export async function redis(dir, count, bytes) {
  const server = found('redis-server')
  const bench = found('redis-benchmark')
  if (!server || !bench) return null
  const port = await freePort()
  const child = spawn(server, ['--port', port, '--bind', '127.0.0.1', '--dir', dir, '--save', '',
    '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' })
  try {
    (await connected(port)).destroy()
    const { stdout } = await exec(bench, ['-h', '127.0.0.1', '-p', port, '-n', count, '-c', '64', '--csv',
      'XADD', 's', '*', 'd', 'x'.repeat(bytes)])
    const figures = stdout.trim().split('\n').pop().split(',').slice(-7).map((f) => Number(f.replaceAll('"', '')))
    return { per_second: figures[0], p50_ms: figures[3], p99_ms: figures[5] }
  } finally {
    await ended(child)
  }
}

// NATS JetStream: a stream in files, `inFlight` publishes that wait for their
// acknowledgement at once.
export async function nats(dir, count, bytes, inFlight = 64) {
  const server = found('nats-server')
  if (!server) return null
  const { stdout: version } = await exec(server, ['--version'])
  const port = await freePort()
  const child = spawn(server, ['-a', '127.0.0.1', '-p', port, '-js', '-sd', dir], { stdio: 'ignore' })
  try {
    const socket = await connected(port)
    const took = await publishAll(socket, count, bytes, inFlight)
    socket.destroy()
    return { per_second: count / took, version: version.replace('nats-server:', '').trim() }
  } finally {
    await ended(child)
  }
}

async function publishAll(socket, count, bytes, inFlight) {
  const payload = 'x'.repeat(bytes)
  const config = JSON.stringify({ name: 's', subjects: ['s'], storage: 'file' })
  let rest = '', sent = 0, acked = 0, begin = 0
  const publish = () => { sent++; return `PUB s a ${bytes}\r\n${payload}\r\n` }
  socket.setEncoding('latin1')
  socket.setNoDelay(true)
  socket.write(`CONNECT {"verbose":false,"pedantic":false}\r\nSUB a 1\r\nSUB c 2\r\n` +
    `PUB $JS.API.STREAM.CREATE.s c ${config.length}\r\n${config}\r\n`)
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('nats-server: no acknowledgement')), 60000)
    socket.on('error', reject)
    socket.on('data', (data) => {
      let out = ''
      rest += data
      for (;;) {
        const end = rest.indexOf('\r\n')
        if (end < 0) break
        const line = rest.slice(0, end)
        if (!line.startsWith('MSG ')) {
          if (line === 'PING') out += 'PONG\r\n'
          rest = rest.slice(end + 2)
          continue
        }
        const length = Number(line.split(' ').pop())
        if (rest.length < end + 2 + length + 2) break
        const body = rest.slice(end + 2, end + 2 + length)
        rest = rest.slice(end + 2 + length + 2)
        if (body.includes('"error"')) return reject(new Error(`nats-server: ${body}`))
        if (begin === 0) {
          begin = performance.now()
          while (sent < inFlight) out += publish()
        } else if (++acked === count) {
          clearTimeout(late)
          return resolve((performance.now() - begin) / 1000)
        } else if (sent < count) out += publish()
      }
      if (out) socket.write(out)
    })
  })
}
