// The peer: a plain Socket.IO server that broadcasts what it is sent on a WebSocket beside it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], serveClient: false })
const triggers = new WebSocketServer({ port: 0, host: '127.0.0.1' })
triggers.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    io.volatile.emit('task.progress', JSON.parse(data.toString()))
  })
})
http.listen(0, '127.0.0.1')
await Promise.all([once(http, 'listening'), once(triggers, 'listening')])
const portOf = (address: unknown): unknown =>
  typeof address === 'object' && address !== null && 'port' in address ? address.port : undefined
process.once('SIGTERM', () => process.exit(0))
process.stdout.write(`${JSON.stringify({ port: portOf(http.address()), triggerPort: portOf(triggers.address()) })}\n`)
