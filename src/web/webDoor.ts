import type { AnyRouter } from '@orpc/server'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorEntry } from '../protocol/errors/index.ts'
import type { ErrorCode } from '../protocol/errors/index.ts'
import { AppError } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import {
  addressAt,
  allowedHosts,
  endSocket,
  fewDaysLeft,
  isLoopbackBind,
  ownOrigins,
  readCertificate,
} from '../shared/node/index.ts'
import type { Certificate, Logger, OwnNames, TlsFiles } from '../shared/node/index.ts'
import { checkHead } from './door/doorChecks.ts'
import type { DoorPolicy } from './door/doorChecks.ts'
import { createLaunchToken } from './door/launchToken.ts'
import { createOpenTickets } from './door/openTickets.ts'
import type { Media } from './media/mediaRoute.ts'
import type { Page } from './page/pageFiles.ts'
import { createHttpServer } from './server/httpServer.ts'
import type { HttpServer } from './server/httpServer.ts'
import { createRouter } from './server/router.ts'
import { carryRouter } from './socket/carryRouter.ts'
import { createStudioSockets } from './socket/studioSocket.ts'
import type { StudioSockets } from './socket/studioSocket.ts'
import type { StagingArea } from './staging/stagingArea.ts'

const SOCKET_PATH = '/studio'

/** How the app is reached. */
export interface WebReach {
  readonly host: string
  /** Listen beyond this machine without TLS. */
  readonly allowPlain: boolean
  /** Serves https and wss with this certificate. */
  readonly tls?: TlsFiles
  /** A TLS proxy stands in front: requests must come through its TLS. */
  readonly trustsProxy?: boolean
  /** Addresses people use besides its own, such as a proxy's; the first is the one that is shown. */
  readonly publicUrls?: readonly URL[]
}

export interface WebDoorDeps extends WebReach {
  /** 0 = any free one. */
  readonly port: number
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
  /** The one that is listened on. */
  readonly port: number
  /** With the token in its fragment: for the person's eyes. */
  readonly url: string
  /** Opens the app once, within a minute: for the arguments of another program. */
  readonly ticketUrl: string
}

/** HTTP and WebSocket for one studio. */
export interface WebDoor {
  /** Throws PLAIN_BIND_REFUSED, PORT_IN_USE, PORT_FORBIDDEN or TLS_*. */
  open(): Promise<WebAddress>
  /** Reads the certificate's files again, for connections from now on. Throws TLS_*; the old one is kept then. */
  reloadCertificate(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

const CLOSED: DoorPolicy = { hosts: new Set(), origins: new Set(), trustsProxy: false }

export function createWebDoor(deps: WebDoorDeps): WebDoor {
  const token = createLaunchToken()
  const tickets = createOpenTickets(deps.clock)
  let policy = CLOSED
  let listening: { readonly server: HttpServer; readonly port: number } | undefined

  const sockets = createStudioSockets({ token, clock: deps.clock, carry: carryRouter(deps.studio.router) })
  const createServer = (certificate: Certificate | undefined): HttpServer =>
    createHttpServer({
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
      certificate,
    })

  return {
    async open() {
      const { host, allowPlain, tls, trustsProxy = false } = deps
      if (!isLoopbackBind(host) && !allowPlain && tls === undefined && !trustsProxy) {
        throw new AppError('PLAIN_BIND_REFUSED', { data: { host } })
      }
      const certificate = await certificateOf(deps)
      const server = createServer(certificate)
      const port = await server.listen(deps.port, host)
      listening = { server, port }
      policy = policyAt(deps, port, certificate)
      const address = deps.publicUrls?.[0]?.origin ?? addressAt(namesAt(deps, port, certificate))
      return { port, url: `${address}/#token=${token.value}`, ticketUrl: address + tickets.issue() }
    },
    async reloadCertificate() {
      const certificate = await certificateOf(deps)
      if (certificate === undefined || listening === undefined) return
      listening.server.replaceCertificate(certificate)
      policy = policyAt(deps, listening.port, certificate)
    },
    async close() {
      sockets.close()
      await listening?.server.close()
    },
  }
}

async function certificateOf({ tls, clock, log }: WebDoorDeps): Promise<Certificate | undefined> {
  if (tls === undefined) return undefined
  const certificate = await readCertificate(tls, clock.now())
  const daysLeft = fewDaysLeft(certificate, clock.now())
  if (daysLeft !== undefined) log.warn('the certificate ends soon', { daysLeft })
  return certificate
}

function namesAt({ host, publicUrls = [] }: WebReach, port: number, certificate: Certificate | undefined): OwnNames {
  const scheme = certificate === undefined ? 'http' : 'https'
  return { bindHost: host, port, scheme, names: certificate?.names ?? [], extra: publicUrls.map((url) => url.host) }
}

function policyAt(reach: WebReach, port: number, certificate: Certificate | undefined): DoorPolicy {
  const { trustsProxy = false, publicUrls = [] } = reach
  const names = namesAt(reach, port, certificate)
  const hosts = allowedHosts(names)
  const behindProxy = trustsProxy ? ownOrigins(hosts, 'https') : []
  const origins = [...ownOrigins(hosts, names.scheme), ...behindProxy, ...publicUrls.map((url) => url.origin)]
  return { hosts, origins: new Set(origins), trustsProxy }
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
  endSocket(socket, `HTTP/1.1 ${status} ${code}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
