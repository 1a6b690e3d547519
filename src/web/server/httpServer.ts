import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { AppError } from '../../shared/index.ts'
import { endSocket, errnoOf, replaceCertificate, tlsOptions } from '../../shared/node/index.ts'
import type { Certificate } from '../../shared/node/index.ts'

const STOP_GRACE_MS = 3_000
/** A port that is another's, an address that is not this machine's, a name that is nobody's or that nobody resolves. */
const NOT_TO_BE_OPENED: ReadonlySet<string> = new Set(['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'])

/** Node's defaults are too loose for a door; uploads have a least rate of their own instead of a request time-out. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8 * 1024,
  connectionsCheckingInterval: 5_000,
  requireHostHeader: true,
}

export interface HttpServerDeps {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Without one the server speaks plain HTTP. */
  readonly certificate?: Certificate | undefined
}

export interface HttpServer {
  /** Resolves with the port. Throws PORT_IN_USE or PORT_FORBIDDEN. */
  listen(port: number, host: string): Promise<number>
  /** Lets answers under way finish for a moment. Idempotent. */
  close(): Promise<void>
  /** For connections from now on. */
  replaceCertificate(certificate: Certificate): void
}

export function createHttpServer(deps: HttpServerDeps): HttpServer {
  const { certificate } = deps
  const server =
    certificate === undefined
      ? createServer(TIMEOUTS, deps.onRequest)
      : createTlsServer({ ...TIMEOUTS, ...tlsOptions(certificate), handshakeTimeout: 10_000 }, deps.onRequest)
  server.maxConnections = 1_024
  server.maxRequestsPerSocket = 1_000
  server.on('upgrade', deps.onUpgrade)
  server.on('clientError', refuseMalformed)
  return {
    listen: (port, host) => listen(server, port, host),
    close: () => close(server),
    replaceCertificate: (renewed) => {
      replaceCertificate(server, renewed)
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(toListenError(error, port, host))
    })
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function toListenError(error: Error, port: number, host: string): AppError {
  const errno = errnoOf(error)
  const options = { data: { port, host }, cause: error }
  if (errno === 'EADDRINUSE') return new AppError('PORT_IN_USE', options)
  if (errno !== undefined && NOT_TO_BE_OPENED.has(errno)) return new AppError('PORT_FORBIDDEN', options)
  return AppError.from(error)
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
  const timer = setTimeout(() => {
    server.closeAllConnections()
  }, STOP_GRACE_MS)
  server.closeIdleConnections()
  await closed
  clearTimeout(timer)
}

/** What is not HTTP gets one line of it, and the connection is closed. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Before the TLS handshake there is no way to say anything: what is written would wait for it for ever.
  const isMute = !socket.writable || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT'
  if (error.code === 'ECONNRESET' || isMute) {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  endSocket(socket, `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
