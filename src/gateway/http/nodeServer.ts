import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { AppError } from '../../shared/index.ts'
import { endSocket, tlsOptions } from '../../shared/node/index.ts'
import type { Certificate } from '../../shared/node/index.ts'
import { SOCKET_IO_PATH } from '../events/index.ts'
import type { EventDoor } from '../events/index.ts'
import type { GatewayParts } from '../parts.ts'
import { splitTarget } from '../sockets/splitTarget.ts'
import type { DoorPolicy } from './checks/doorChecks.ts'
import { checkDoor } from './checks/pipeline.ts'
import { tellTurnedAway } from './answerLog.ts'
import { failureOf, newRequestId, rawFailure, SECURITY_HEADERS } from './failure.ts'
import { languageOf } from './routes/languageOf.ts'

const MAX_HEADER_BYTES = 8 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 5_000
const MAX_REQUESTS_PER_SOCKET = 1_000
const TIMEOUT_CHECK_MS = 1_000
const TCP_KEEP_ALIVE_MS = 60_000

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

export interface NodeServerDeps {
  readonly parts: GatewayParts
  readonly events: Pick<EventDoor, 'handleRequest'>
  /** Read at each request: the port, and so the names, are known only once it listens. */
  readonly policy: () => DoorPolicy
  /** Without one the server speaks plain HTTP. */
  readonly certificate?: Certificate | undefined
}

const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  // Uploads may take hours: each kind of body has its own deadline (`checks/bodyDeadlines.ts`).
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  // Node would answer a missing Host itself, without our envelope.
  requireHostHeader: false,
  // A peer that vanished sends no close, and some workers of the field answer no ping either.
  keepAlive: true,
  keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
}

/** A `node:http` or `node:https` server with our caps and the first checks in front of `next`. */
export function createNodeServer(deps: NodeServerDeps, next: RequestListener): Server {
  const { certificate, parts } = deps
  const { tlsHandshakeMs: handshakeTimeout } = parts.timings
  const onRequest: RequestListener = (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    const code = checkDoor(request, deps.policy())
    if (code !== undefined) answer(parts, request, response, new AppError(code))
    else if (splitTarget(request.url ?? '').path === SOCKET_IO_PATH) deps.events.handleRequest(request, response)
    else next(request, response)
  }
  const server =
    certificate === undefined
      ? createServer(SERVER_OPTIONS, onRequest)
      : createTlsServer({ ...SERVER_OPTIONS, ...tlsOptions(certificate), handshakeTimeout }, onRequest)
  if (certificate !== undefined) watchCertificate(deps)
  server.maxConnections = parts.limits.maxConnections
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET
  server.on('connect', (request, socket) => {
    const failure = failureOf(new AppError('METHOD_NOT_ALLOWED'), languageOf(request), newRequestId())
    endSocket(socket, rawFailure(failure))
  })
  server.on('tlsClientError', (error: Error) => {
    parts.log.debug('a TLS handshake failed', { reason: error.message })
  })
  return server
}

/** Of the one served now: it may have been read again. */
function watchCertificate({ parts, policy }: NodeServerDeps): void {
  parts.metrics.watch('dhs_certificate_not_after_seconds', 'When the certificate ends, Unix seconds.', () => {
    const { certificateEndsMs } = policy()
    return certificateEndsMs === null ? null : certificateEndsMs / 1000
  })
}

/** A refused head is the end of its connection: what follows is not read. */
function answer(parts: GatewayParts, request: IncomingMessage, response: ServerResponse, error: AppError): void {
  const failure = failureOf(error, languageOf(request), newRequestId())
  tellTurnedAway(parts, 'http', request, failure)
  response.writeHead(failure.status, {
    ...failure.headers,
    'content-type': 'application/json; charset=utf-8',
    connection: 'close',
  })
  response.end(JSON.stringify(failure.body))
}
