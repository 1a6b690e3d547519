import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server } from 'socket.io'
import type { ErrorCode, Language } from '../../protocol/errors/index.ts'
import { endSocket } from '../../shared/node/index.ts'
import type { Principal } from '../auth/port.ts'
import type { GatewayParts } from '../parts.ts'
import { limitFrames } from '../sockets/frameLimit.ts'
import { ConnectRefusal, identifyClient, languageOf } from './eventAuth.ts'
import type { EventClient } from './eventAuth.ts'
import { EventLine } from './eventLine.ts'
import type { EventLineDeps, OpenedSocket } from './eventLine.ts'
import { serveRequests } from './eventRequests.ts'
import type { ClientEvents, EmittedEvents, EventSocket } from './eventRequests.ts'
import { EventRooms } from './eventRooms.ts'
import { createEventSockets } from './eventSocketServer.ts'
import type { EventSockets } from './eventSocketServer.ts'
import { LANGUAGES, startFeed } from './feed.ts'
import type { Audience } from './feed.ts'

export const SOCKET_IO_PATH = '/socket.io/'

const MAX_PACKET_BYTES = 256 * 1024

/** In Engine.IO's own words. */
const UNSUPPORTED_BODY = JSON.stringify({ code: 5, message: 'Unsupported protocol version' })
const UNSUPPORTED_VERSION = [
  'HTTP/1.1 400 Bad Request',
  ...['connection: close', 'content-type: application/json', `content-length: ${String(UNSUPPORTED_BODY.length)}`],
  ...['', UNSUPPORTED_BODY],
].join('\r\n')

/** Of each connection, the keys it counts for until it closes. */
type CountedKeys = WeakMap<EventSocket['conn'], Set<string>>

type EventServer = Server<ClientEvents, EmittedEvents, Record<string, never>, EventClient>

/** The Socket.IO door: hints of change to each tenant's own room, and `tasks.since` for whoever was away. */
export interface EventDoor {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Plain HTTP on Socket.IO's path: polling is off, and Engine.IO says so. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void
  stop(): Promise<void>
}

export function createEventDoor(parts: GatewayParts): EventDoor {
  const sockets = createEventSockets((webSocket) => {
    limitFrames(webSocket, {
      clock: parts.clock,
      maxPerSecond: parts.limits.messagesPerSecond,
      onTooMany: () => {
        parts.log.warn('an event client sends too much and is closed')
      },
    })
  })
  // Engine.IO wants to own a server's upgrades; this one never listens, so that the real one routes them by path.
  const inner = createServer()
  const io = createEventServer(inner, sockets, parts.timings.socketAuthMs)
  const rooms = new EventRooms()
  const lines = new WeakMap<OpenedSocket, EventLine>()
  const lineDeps: EventLineDeps = {
    maxUnreadBytes: parts.limits.maxUnreadBytes,
    onTooSlow: () => {
      parts.log.warn('an event client does not read and is closed')
    },
  }
  guard(io, parts)
  io.on('connection', (socket) => {
    const opened = sockets.openedBy(socket.request)
    if (opened === undefined || opened.webSocket.readyState !== opened.webSocket.OPEN) {
      socket.disconnect(true)
      return
    }
    // A client may leave and enter again on the same connection.
    const line = lines.get(opened) ?? new EventLine(opened, socket.conn, lineDeps)
    lines.set(opened, line)
    rooms.join(socket.data, line)
    serve(parts, socket, line)
  })
  const feed = startFeed(parts, audienceOf(rooms))

  return {
    handleUpgrade(request, socket, head) {
      // Engine.IO itself finds out after the upgrade, and then writes HTTP into a WebSocket.
      if (speaksVersion4(request)) inner.emit('upgrade', request, socket, head)
      else endSocket(socket, UNSUPPORTED_VERSION)
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

function speaksVersion4({ url = '' }: IncomingMessage): boolean {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('EIO') === '4'
}

function createEventServer(
  inner: ReturnType<typeof createServer>,
  { wsEngine }: EventSockets,
  connectMs: number,
): EventServer {
  return new Server(inner, {
    path: SOCKET_IO_PATH,
    transports: ['websocket'],
    wsEngine,
    allowEIO3: false,
    serveClient: false,
    maxHttpBufferSize: MAX_PACKET_BYTES,
    perMessageDeflate: false,
    httpCompression: false,
    connectTimeout: connectMs,
    cleanupEmptyChildNamespaces: true,
    // Recovery by session id stays off: `tasks.since` fills every gap, and so the credential is checked each time.
  })
}

function audienceOf(rooms: EventRooms): Audience {
  return {
    taskUpdated: (tenant, language, body) => {
      rooms.tell(tenant, language, 'task.updated', body)
    },
    taskProgress: (tenant, body) => {
      rooms.tellVolatile(tenant, LANGUAGES, 'task.progress', body)
    },
    gpuStatus: (body) => {
      rooms.tellAll('gpu.status', body)
    },
    queueStats: (body) => {
      rooms.tellAll('queue.stats', body)
    },
    hasReaders: (tenant, language) => rooms.has(tenant, language),
  }
}

function guard(io: EventServer, parts: GatewayParts): void {
  const counted: CountedKeys = new WeakMap()
  io.use((socket, next) => {
    if (socket.conn.readyState !== 'open') {
      // Gone since it asked: its close is past, so nothing would give its place back. Nobody hears this.
      next(new Error('the connection is closed'))
      return
    }
    const language = languageOf(socket.handshake)
    const code = admit(parts, counted, socket, language)
    if (code !== undefined) parts.metrics.refused('events', code)
    next(code === undefined ? undefined : new ConnectRefusal(code, language))
  })
  io.of(/^\/.+$/).use((socket, next) => {
    parts.metrics.refused('events', 'NS_FORBIDDEN')
    next(new ConnectRefusal('NS_FORBIDDEN', languageOf(socket.handshake)))
  })
}

/** Identifies the client and counts its connection, which a revoke of its key cuts. A code refuses it. */
function admit(
  parts: GatewayParts,
  counted: CountedKeys,
  socket: EventSocket,
  language: Language,
): ErrorCode | undefined {
  const principal = identifyClient(parts.auth, socket.handshake)
  if (typeof principal === 'string') {
    // As on HTTP: wrong ones are counted by address.
    return parts.rates.failedAuth.take(parts.addressOf(socket.request)) > 0 ? 'RATE_LIMITED' : principal
  }
  if (!count(parts, counted, socket.conn, principal)) return 'SOCKETS_FULL_TENANT'
  Object.assign(socket.data, { tenant: principal.tenant, language } satisfies EventClient)
  return undefined
}

/** The connection, not the socket: a client may leave and enter again on it. */
function count(parts: GatewayParts, counted: CountedKeys, conn: EventSocket['conn'], principal: Principal): boolean {
  const keys = counted.get(conn) ?? new Set()
  if (keys.has(principal.keyId)) return true
  // Its client then comes back by itself, and is told why it may not. At once: else one that does not read would stay
  // open until what waits for it is out, and hear what happens meanwhile.
  const release = parts.sockets.add(principal, () => {
    conn.close(true)
  })
  if (release === undefined) return false
  counted.set(conn, keys.add(principal.keyId))
  conn.once('close', release)
  return true
}

function serve(parts: GatewayParts, socket: EventSocket, line: EventLine): void {
  socket.on('error', (error) => {
    parts.log.debug('event socket failed', { reason: error.message })
  })
  socket.emit('gpu.status', parts.fleet.status())
  serveRequests(parts, socket, line)
}
