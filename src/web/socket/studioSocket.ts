import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import { parseStrictJson } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { LaunchToken } from '../door/launchToken.ts'
import { keepAlive } from './keepAlive.ts'

const MAX_MESSAGE_BYTES = 1024 * 1024
const MAX_FIRST_MESSAGE_BYTES = 1024
const MAX_SOCKETS = 64
const AUTH_DEADLINE_MS = 5_000
const CLOSE_REFUSED = 4401
const CLOSE_GOING_AWAY = 1001

const helloSchema = z.strictObject({ token: z.string().max(200) })

/** Carries a contract over one authenticated socket, for as long as it is open. */
export type Carry = (socket: WebSocket) => void

export interface StudioSocketDeps {
  readonly token: LaunchToken
  readonly clock: Clock
  readonly carry: Carry
}

/** The WebSocket door: the first message is `{"token"}`, answered `{"ok":true}` or closed 4401; then the contract. */
export interface StudioSockets {
  /** Takes an upgrade whose head has been checked. False when there are too many sockets. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  close(): void
}

export function createStudioSockets(deps: StudioSocketDeps): StudioSockets {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  return {
    accept(request, socket, head) {
      if (server.clients.size >= MAX_SOCKETS) return false
      server.handleUpgrade(request, socket, head, (webSocket) => {
        greet(webSocket, deps)
      })
      return true
    },
    close() {
      for (const socket of server.clients) socket.close(CLOSE_GOING_AWAY)
      server.close()
    },
  }
}

function greet(socket: WebSocket, { token, clock, carry }: StudioSocketDeps): void {
  // Too large or malformed frames: the library closes with the right code, and 'close' tells what matters.
  socket.on('error', () => undefined)
  const refuse = (): void => {
    socket.close(CLOSE_REFUSED)
  }
  const deadline = clock.setTimer(refuse, AUTH_DEADLINE_MS)
  socket.once('close', () => {
    deadline.cancel()
  })
  socket.once('message', (data, isBinary) => {
    deadline.cancel()
    if (isBinary || !isHello(data, token)) {
      refuse()
      return
    }
    keepAlive(socket, clock)
    carry(socket)
    socket.send('{"ok":true}')
  })
}

function isHello(data: RawData, token: LaunchToken): boolean {
  if (!Buffer.isBuffer(data) || data.byteLength > MAX_FIRST_MESSAGE_BYTES) return false
  const json = parseStrictJson(data.toString())
  const hello = helloSchema.safeParse(json.ok ? json.value : undefined)
  return hello.success && token.matches(hello.data.token)
}
