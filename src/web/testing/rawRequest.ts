import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A request with any headers: `fetch` sets Host, Origin and Sec-Fetch-* itself. */
export async function rawRequest(
  url: string,
  options: { readonly method?: string; readonly headers?: OutgoingHttpHeaders; readonly body?: Uint8Array } = {},
): Promise<RawAnswer> {
  const outgoing = request(url, { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false })
  outgoing.end(options.body)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
  })
  let body = ''
  response.setEncoding('utf8')
  for await (const text of response) body += String(text)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

/** Sends bytes as they are; answers the status line. */
export async function rawBytes(host: string, text: string): Promise<string> {
  const [name = '', port = ''] = host.split(':')
  const socket = connect(Number(port), name)
  let answer = ''
  socket.setEncoding('utf8').on('data', (part: string) => {
    answer += part
  })
  socket.write(text)
  await once(socket, 'close')
  return answer.split('\r\n')[0] ?? ''
}

/** The code of an error answer. */
export function codeOf(body: string): unknown {
  const parsed: unknown = JSON.parse(body)
  if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return undefined
  const { error } = parsed
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
