import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server } from 'socket.io'
import type { Socket } from 'socket.io'
import { describeError } from '../../protocol/errors/index.ts'
import type { ErrorCode, Language } from '../../protocol/errors/index.ts'
import type { ServerEvents, SinceAnswer, sinceFailureSchema } from '../../protocol/events/index.ts'
import type { z } from 'zod'
import { AppError } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import { ConnectRefusal, identifyClient, languageOf } from './eventAuth.ts'
import type { EventClient } from './eventAuth.ts'
import { LANGUAGES, startFeed } from './feed.ts'
import { tasksSince } from './tasksSince.ts'

export const SOCKET_IO_PATH = '/socket.io/'

const MAX_PACKET_BYTES = 256 * 1024
const CONNECT_TIMEOUT_MS = 5_000

type SinceAck = SinceAnswer | z.infer<typeof sinceFailureSchema>

interface ClientEvents {
  'tasks.since': (request: unknown, ack: (answer: SinceAck) => void) => void
}

type Emitted = { [K in keyof ServerEvents]: (body: ServerEvents[K]) => void }
type EventServer = Server<ClientEvents, Emitted, Record<string, never>, EventClient>
type EventSocket = Socket<ClientEvents, Emitted, Record<string, never>, EventClient>

/** The Socket.IO door: hints of change to each tenant's own room, and `tasks.since` for whoever was away. */
export interface EventDoor {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Plain HTTP on Socket.IO's path: polling is off, and Engine.IO says so. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void
  stop(): Promise<void>
}

export function createEventDoor(parts: GatewayParts): EventDoor {
  // Engine.IO wants to own a server's upgrades; this one never listens, so that the real one routes them by path.
  const inner = createServer()
  const io: EventServer = new Server(inner, {
    path: SOCKET_IO_PATH,
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: MAX_PACKET_BYTES,
    perMessageDeflate: false,
    httpCompression: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    cleanupEmptyChildNamespaces: true,
    // Recovery by session id stays off: `tasks.since` fills every gap, and so the credential is checked each time.
  })
  guard(io, parts)
  io.on('connection', (socket) => {
    serve(parts, socket)
  })
  const feed = startFeed(parts, {
    taskUpdated: (tenant, language, body) => {
      io.to(roomOf({ tenant, language })).emit('task.updated', body)
    },
    taskProgress: (tenant, body) => {
      const rooms = LANGUAGES.map((language) => roomOf({ tenant, language }))
      io.to(rooms).volatile.emit('task.progress', body)
    },
    gpuStatus: (body) => {
      io.emit('gpu.status', body)
    },
    queueStats: (body) => {
      io.emit('queue.stats', body)
    },
    hasReaders: (tenant, language) => (io.of('/').adapter.rooms.get(roomOf({ tenant, language }))?.size ?? 0) > 0,
  })

  return {
    handleUpgrade(request, socket, head) {
      inner.emit('upgrade', request, socket, head)
    },
    handleRequest(request, response) {
      inner.emit('request', request, response)
    },
    async stop() {
      feed.stop()
      await io.close()
    },
  }
}

function guard(io: EventServer, parts: GatewayParts): void {
  io.use((socket, next) => {
    const language = languageOf(socket.handshake)
    const code = admit(parts, socket, language)
    next(code === undefined ? undefined : new ConnectRefusal(code, language))
  })
  io.of(/^\/.+$/).use((socket, next) => {
    next(new ConnectRefusal('NS_FORBIDDEN', languageOf(socket.handshake)))
  })
}

/** Identifies the client and counts its connection, which a revoke of its key cuts. A code refuses it. */
function admit(parts: GatewayParts, socket: EventSocket, language: Language): ErrorCode | undefined {
  const principal = identifyClient(parts.auth, socket.handshake)
  if (typeof principal === 'string') return principal
  // The connection, not the socket: its client then comes back by itself, and is told why it may not.
  const release = parts.sockets.add(principal, () => {
    socket.conn.close()
  })
  if (release === undefined) return 'SOCKETS_FULL_TENANT'
  socket.conn.once('close', release)
  Object.assign(socket.data, { tenant: principal.tenant, language } satisfies EventClient)
  return undefined
}

function serve(parts: GatewayParts, socket: EventSocket): void {
  const { tenant, language } = socket.data
  void socket.join(roomOf({ tenant, language }))
  socket.on('error', (error) => {
    parts.log.debug('event socket failed', { reason: error.message })
  })
  limitRate(parts, socket)
  socket.emit('gpu.status', parts.fleet.status())
  socket.on('tasks.since', (request, ack) => {
    // Whatever the types promise: the other end decides what arrives here.
    if (typeof ack !== 'function') return
    tasksSince(parts, tenant, language, request).then(ack, (error: unknown) => {
      ack({ error: refusalOf(parts, error, language) })
    })
  })
}

function limitRate(parts: GatewayParts, socket: EventSocket): void {
  let secondMono = 0
  let packets = 0
  socket.use((_packet, next) => {
    const nowMono = parts.clock.monotonic()
    if (nowMono - secondMono >= 1_000) {
      secondMono = nowMono
      packets = 0
    }
    packets += 1
    if (packets > parts.limits.messagesPerSecond) socket.disconnect(true)
    else next()
  })
}

function refusalOf(parts: GatewayParts, thrown: unknown, language: Language): { code: string; message: string } {
  const error = AppError.from(thrown)
  if (error.code === 'INTERNAL') parts.log.error('tasks.since failed', { error: thrown })
  return { code: error.code, message: describeError(error, language).message }
}

function roomOf({ tenant, language }: EventClient): string {
  return `tenant:${tenant}:${language}`
}
