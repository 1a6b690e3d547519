import type { z } from 'zod'
import { toNetworkError } from './networkError.ts'
import { readAnswer } from './readAnswer.ts'

export interface GatewayClientOptions {
  /** `http://host:port`, without a path. */
  readonly baseUrl: string
  /** Licence key; null for the routes that need none. */
  readonly token: string | null
  /** Language of the gateway's sentences. */
  readonly language: string
  /** Per request, milliseconds; default 15,000. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 15_000

/** One request to a gateway, its answer parsed; rejects with an AppError, or with the caller's own abort reason. */
export type Send = <T>(path: string, init: RequestInit, schema: z.ZodType<T>, signal?: AbortSignal) => Promise<T>

/** Sends with one credential and in one language. */
export function createSender(options: GatewayClientOptions): Send {
  const host = new URL(options.baseUrl).host
  return async (path, init, schema, signal) => {
    const limit = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    try {
      const response = await fetch(new URL(path, options.baseUrl), {
        ...init,
        redirect: 'error',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        headers: {
          ...(init.headers as Record<string, string> | undefined),
          'accept-language': options.language,
          ...(options.token === null ? {} : { authorization: `Bearer ${options.token}` }),
        },
      })
      const text = await response.text()
      return readAnswer(
        { status: response.status, text, retryAfter: response.headers.get('retry-after') },
        schema,
        host,
      )
    } catch (thrown) {
      if (signal?.aborted === true) throw signal.reason
      throw toNetworkError(thrown, host)
    }
  }
}

/** A request with a JSON body. */
export function post(body: unknown, method: 'POST' | 'PATCH' = 'POST'): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}
