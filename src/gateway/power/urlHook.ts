import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { PowerAction } from '../../protocol/dsp/index.ts'
import { randomHex } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { oneLine } from './commandHook.ts'
import type { HookOutcome, PowerHook } from './port.ts'
import { signatureHeaders } from './signature.ts'

export interface UrlHookLimits {
  readonly connectMs: number
  readonly totalMs: number
  readonly answerBytes: number
}

const LIMITS: UrlHookLimits = { connectMs: 2_000, totalMs: 30_000, answerBytes: 4 * 1024 }

export interface UrlHookDeps {
  readonly url: string
  readonly secret: string
  readonly clock: Clock
  readonly limits?: UrlHookLimits
}

/** The hook as a web service of the operator's: a signed POST, of which any 2xx is success. Redirects are refusals. */
export function createUrlHook({ url, secret, clock, limits = LIMITS }: UrlHookDeps): PowerHook {
  const target = new URL(url)
  return {
    async call(action, serverId, signal) {
      // One that is aborted already says so to no listener.
      signal.throwIfAborted()
      const body = JSON.stringify({ action, server_id: serverId })
      const headers = signatureHeaders(secret, {
        ...{ method: 'POST', host: target.host, path: `${target.pathname}${target.search}`, body },
        timestamp: Math.floor(clock.now() / 1000),
        nonce: randomHex(16),
      })
      const outcome = await post({ target, headers, body, limits, clock, signal })
      signal.throwIfAborted()
      return outcome.kind === 'failed' ? { success: false, msg: outcome.why } : judge(action, outcome)
    },
  }
}

interface Call {
  readonly target: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly limits: UrlHookLimits
  readonly clock: Clock
  readonly signal: AbortSignal
}

type Answered = { readonly kind: 'answered'; readonly status: number; readonly text: string }
type Outcome = Answered | { readonly kind: 'failed'; readonly why: string }

function post({ target, headers, body, limits, clock, signal }: Call): Promise<Outcome> {
  return new Promise((resolve) => {
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(target, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      // A kept connection would outlive the call by minutes.
      agent: false,
    })
    const end = (outcome: Outcome): void => {
      total.cancel()
      connecting.cancel()
      signal.removeEventListener('abort', stop)
      resolve(outcome)
      request.destroy()
    }
    const fail = (why: string): void => {
      end({ kind: 'failed', why })
    }
    const stop = (): void => {
      fail('the gateway stops')
    }
    const connecting = clock.setTimer(() => {
      fail('the address does not answer')
    }, limits.connectMs)
    const total = clock.setTimer(() => {
      fail('the answer took too long')
    }, limits.totalMs)
    signal.addEventListener('abort', stop, { once: true })
    request.once('socket', (socket) => {
      socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connecting.cancel()
      })
    })
    request.on('error', (error) => {
      fail(`the call failed (${'code' in error ? String(error.code) : error.name})`)
    })
    request.once('response', (response) => {
      readAnswer(response, limits.answerBytes, end)
    })
    request.end(body)
  })
}

function readAnswer(response: IncomingMessage, maxBytes: number, end: (outcome: Outcome) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    if (size > maxBytes) end({ kind: 'failed', why: `the answer is longer than ${String(maxBytes)} bytes` })
  })
  response.once('end', () => {
    end({ kind: 'answered', status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
  })
  response.once('error', () => {
    end({ kind: 'failed', why: 'the answer broke off' })
  })
}

function judge(action: PowerAction, { status, text }: Answered): HookOutcome {
  const { success, msg } = readBody(text)
  const isOk = status >= 200 && status < 300 && success !== false
  const said = oneLine(msg ?? '')
  if (isOk) return { success: true, msg: said || `power ${action} was asked for` }
  const why = status >= 300 && status < 400 ? 'redirects are not followed' : said
  return { success: false, msg: [`HTTP ${String(status)}`, why].filter((part) => part !== '').join(': ') }
}

interface HookBody {
  readonly success?: boolean
  readonly msg?: string
}

/** `{success?, msg?}`; anything else says nothing beyond its status. */
function readBody(text: string): HookBody {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    return {
      ...('success' in value && typeof value.success === 'boolean' ? { success: value.success } : {}),
      ...('msg' in value && typeof value.msg === 'string' ? { msg: value.msg } : {}),
    }
  } catch {
    return {}
  }
}
