import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, errorEntry, pickLanguage } from '../../protocol/errors/index.ts'
import type { AppError } from '../../shared/index.ts'

const DRAIN_MS = 10_000

/** On every answer: never sniffed, never framed, never read by another origin. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(text)
}

/** Answers with the catalogue's sentence. A body still on its way is read and dropped, so that the answer arrives. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { message, hint } = describeError(error, pickLanguage(request.headers['accept-language']))
  const retry = error.retryAfterMs
  const more: Record<string, string> = { ...headers }
  if (retry !== undefined) more['retry-after'] = String(Math.ceil(retry / 1000))
  if (!request.complete) more['connection'] = 'close'
  sendJson(response, errorEntry(error.code).status, { error: { ...error.toJSON(), message, hint } }, more)
  if (!request.complete) dropBody(request)
}

/** Closing on a sender in mid-body resets the connection, and with it the answer it has not read yet. */
function dropBody(request: IncomingMessage): void {
  const timer = setTimeout(() => {
    request.destroy()
  }, DRAIN_MS)
  timer.unref()
  request.once('close', () => {
    clearTimeout(timer)
  })
  request.on('error', () => undefined)
  request.resume()
}
