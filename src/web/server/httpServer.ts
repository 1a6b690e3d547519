import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { endUnreadable, replaceCertificate, tlsOptions, toListenError } from '../../shared/node/index.ts'
import type { Certificate } from '../../shared/node/index.ts'

const STOP_GRACE_MS = 3_000

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
      reject(toListenError(error, host, port))
    })
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
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
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  endUnreadable(error, socket, () => `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
