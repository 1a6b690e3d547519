import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { AppError } from '../../shared/index.ts'

/**
 * Hands one block to the network. True when it is gone and its memory may be used again; false when the request wants
 * no more: it was answered, or its connection is lost.
 */
export type WriteBlock = (block: Uint8Array) => Promise<boolean>

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH'
  readonly url: string
  readonly headers: OutgoingHttpHeaders
  /** Writes the body block by block and stops at the first false; what it rejects with is what `send` rejects with. */
  readonly body?: (write: WriteBlock) => Promise<void>
  readonly signal?: AbortSignal
}

export interface HttpConnections {
  /** Resolves with the head of the answer; its body must be read or destroyed. Throws GATEWAY_* for a lost network. */
  send(exchange: Exchange): Promise<IncomingMessage>
  close(): void
}

/** No byte in either direction for so long means the connection is dead, however open it looks. */
const IDLE_TIMEOUT_MS = 30_000

/**
 * node:http rather than fetch: an answer that comes before the whole body was sent (disk full, not allowed) must be
 * seen, the source file must be closed on every way out, and a body of 4 GiB must not cross a web stream.
 */
export function createHttpConnections(): HttpConnections {
  const options = { keepAlive: true, maxSockets: 8, timeout: IDLE_TIMEOUT_MS }
  const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) }
  return {
    send: (exchange) => sendOnce(exchange, agents),
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

function sendOnce(
  exchange: Exchange,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(exchange.url)
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    const req: ClientRequest = request(url, {
      method: exchange.method,
      headers: exchange.headers,
      agent: url.protocol === 'https:' ? agents.https : agents.http,
      ...(exchange.signal === undefined ? {} : { signal: exchange.signal }),
    })
    req.setTimeout(IDLE_TIMEOUT_MS, () => {
      req.destroy(new AppError('GATEWAY_UNREACHABLE', { message: 'the connection went silent', retryable: true }))
    })
    req.once('response', (response) => {
      // Not before the answer is read: an unfinished request takes its connection with it.
      response.once('close', () => {
        if (!req.writableEnded) req.destroy()
      })
      resolve(response)
    })
    req.on('error', (error) => {
      reject(toNetworkError(error, exchange.signal))
    })
    if (exchange.body === undefined) req.end()
    else void sendBody(req, exchange.body)
  })
}

async function sendBody(req: ClientRequest, body: (write: WriteBlock) => Promise<void>): Promise<void> {
  const flow: { isWanted: boolean; wake: () => void } = { isWanted: true, wake: () => undefined }
  const leave = (): void => {
    flow.isWanted = false
    flow.wake()
  }
  req.once('response', leave).once('close', leave)
  try {
    await body(async (block) => {
      if (!flow.isWanted) return false
      // One waiter at a time, and not a race of promises: those would pile up on one that lives as long as the request.
      await new Promise<void>((resolve) => {
        flow.wake = resolve
        req.write(block, () => {
          resolve()
        })
      })
      return flow.isWanted
    })
    if (flow.isWanted) req.end()
  } catch (error) {
    req.destroy(AppError.from(error))
  }
}

/** What a lost network means to a person; the caller's own abort stays what it is. */
export function toNetworkError(error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
  if (error instanceof AppError) return error
  const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
  return new AppError(codeOfErrno(errno), {
    message: error instanceof Error ? `${errno} ${error.message}`.trim() : String(error),
    retryable: true,
    cause: error,
  })
}

function codeOfErrno(errno: string): string {
  if (errno === 'ENOTFOUND' || errno === 'EAI_AGAIN') return 'GATEWAY_NAME_UNKNOWN'
  return /CERT|TLS|SSL|EPROTO/.test(errno) ? 'GATEWAY_TLS' : 'GATEWAY_UNREACHABLE'
}
