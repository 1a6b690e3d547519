import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { ServerOptions, WebSocket } from 'ws'
import { SOCKET_LIMITS } from '../sockets/frameLimit.ts'
import type { OpenedSocket } from './eventLine.ts'

export interface EventSockets {
  /** For Engine.IO, which makes an instance of its own. */
  readonly wsEngine: new (options?: ServerOptions) => WebSocketServer
  /** The connection that came with this request. */
  openedBy(request: object): OpenedSocket | undefined
}

/** The WebSockets under Engine.IO: with our limits, and known to us before Engine.IO hears of them. */
export function createEventSockets(onOpen: (webSocket: WebSocket) => void): EventSockets {
  const opened = new WeakMap<object, OpenedSocket>()

  class EventSocketServer extends WebSocketServer {
    constructor(options: ServerOptions = {}) {
      super({ ...options, ...SOCKET_LIMITS })
    }

    override handleUpgrade(
      request: IncomingMessage,
      stream: Duplex,
      head: Buffer,
      callback: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, stream, head, (webSocket, same) => {
        opened.set(request, { webSocket, stream })
        onOpen(webSocket)
        callback(webSocket, same)
      })
    }
  }

  return { wsEngine: EventSocketServer, openedBy: (request) => opened.get(request) }
}
