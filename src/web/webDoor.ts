import type { AnyRouter } from '@orpc/server'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorEntry } from '../protocol/errors/index.ts'
import type { ErrorCode } from '../protocol/errors/index.ts'
import { AppError } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import type { Logger } from '../shared/node/index.ts'
import { checkHead } from './door/doorChecks.ts'
import type { DoorPolicy } from './door/doorChecks.ts'
import { addressOf, hostNames, isLoopback, originsOf } from './door/hosts.ts'
import { createLaunchToken } from './door/launchToken.ts'
import { createOpenTickets } from './door/openTickets.ts'
import type { Media } from './media/mediaRoute.ts'
import type { Page } from './page/pageFiles.ts'
import { createHttpServer } from './server/httpServer.ts'
import { createRouter } from './server/router.ts'
import { carryRouter } from './socket/carryRouter.ts'
import { createStudioSockets } from './socket/studioSocket.ts'
import type { StudioSockets } from './socket/studioSocket.ts'
import type { StagingArea } from './staging/stagingArea.ts'

const SOCKET_PATH = '/studio'

export interface WebDoorDeps {
  readonly host: string
  /** 0 = any free one. */
  readonly port: number
  /** Listen beyond this machine without TLS. */
  readonly allowPlain: boolean
  readonly page: Page
  readonly staging: StagingArea
  readonly studio: {
    readonly router: AnyRouter
    readonly resolveMedia: (handle: string) => Media | null
  }
  readonly clock: Clock
  readonly log: Logger
}

/** Where the app is opened. */
export interface WebAddress {
  /** With the token in its fragment: for the person's eyes. */
  readonly url: string
  /** Opens the app once, within a minute: for the arguments of another program. */
  readonly ticketUrl: string
}

/** HTTP and WebSocket for one studio. */
export interface WebDoor {
  /** Throws PLAIN_BIND_REFUSED, PORT_IN_USE or PORT_FORBIDDEN. */
  open(): Promise<WebAddress>
  /** Idempotent. */
  close(): Promise<void>
}

export function createWebDoor(deps: WebDoorDeps): WebDoor {
  const token = createLaunchToken()
  const tickets = createOpenTickets(deps.clock)
  let policy: DoorPolicy = { hosts: new Set(), origins: new Set() }

  const sockets = createStudioSockets({ token, clock: deps.clock, carry: carryRouter(deps.studio.router) })
  const server = createHttpServer({
    onRequest: createRouter({
      ...deps,
      policy: () => policy,
      token,
      tickets,
      resolveMedia: deps.studio.resolveMedia,
    }),
    onUpgrade: (request, socket, head) => {
      upgrade(sockets, policy, { request, socket, head })
    },
  })

  return {
    async open() {
      if (!isLoopback(deps.host) && !deps.allowPlain) {
        throw new AppError('PLAIN_BIND_REFUSED', { data: { host: deps.host } })
      }
      const port = await server.listen(deps.port, deps.host)
      const hosts = hostNames(deps.host, port)
      policy = { hosts, origins: originsOf(hosts) }
      const address = addressOf(deps.host, port)
      return { url: `${address}/#token=${token.value}`, ticketUrl: address + tickets.issue() }
    },
    async close() {
      sockets.close()
      await server.close()
    },
  }
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

function upgrade(sockets: StudioSockets, policy: DoorPolicy, { request, socket, head }: Upgrade): void {
  socket.on('error', () => undefined)
  const refusal = checkHead(request, policy) ?? (request.url === SOCKET_PATH ? undefined : 'ROUTE_NOT_FOUND')
  if (refusal !== undefined) refuse(socket, refusal)
  else if (!sockets.accept(request, socket, head)) refuse(socket, 'RATE_LIMITED')
}

function refuse(socket: Duplex, code: ErrorCode): void {
  const status = String(errorEntry(code).status)
  socket.end(`HTTP/1.1 ${status} ${code}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
