// The peer of the live feed: a plain `ws` server that sends every client the same frames,
// shaped like the feed's, as fast as they are taken.
//   fan-out.mjs WATCHERS MESSAGES EVENTS BYTES
// Prints its port; begins when WATCHERS are there; MESSAGES of EVENTS each, BYTES an event.
import { WebSocketServer } from 'ws'

const [watchers, messages, events, bytes] = process.argv.slice(2).map(Number)
const HIGH = 256 * 1024 // as much as the feed keeps for a watcher

const server = new WebSocketServer({
  port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 1024,
  handleProtocols: (offered) => [...offered][0]
})

function frame(n) {
  const list = []
  for (let i = n * events; i < (n + 1) * events; i++) {
    const head = `{"index":${i},"n":1,"text":"`
    list.push(`${head}${'x'.repeat(Math.max(0, bytes - head.length - 3))}"}`)
  }
  return Buffer.from(`{"size":${(n + 1) * events},"events":[${list.join(',')}]}`)
}

const frames = Array.from({ length: messages }, (_, n) => frame(n))

function feed(socket) {
  let next = 0
  const more = () => {
    while (next < messages && socket.bufferedAmount < HIGH) socket.send(frames[next++], { binary: false })
    if (next < messages) setTimeout(more, 1)
  }
  more()
}

const sockets = []
server.on('connection', (socket) => {
  socket.send('{"hello":{}}')
  sockets.push(socket)
  if (sockets.length === watchers) setTimeout(() => sockets.forEach(feed), 200)
})
server.on('listening', () => console.log(server.address().port))
process.on('SIGTERM', () => process.exit(0))
