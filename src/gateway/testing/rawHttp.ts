import { connect } from 'node:net'
import { failureEnvelopeSchema } from '../../protocol/http/index.ts'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly code: string
  /** True when the server ended the connection. */
  readonly isClosed: boolean
}

/**
 * Sends bytes that no HTTP client would send and reads until the server closes, or until one whole answer is there.
 * `chunks` are written one after the other; what a closed connection does not take any more is dropped.
 */
export function rawHttp(port: number, ...chunks: readonly string[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let text = ''
    let isClosed = false
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      for (const chunk of chunks) socket.write(chunk)
    })
    socket.on('data', (data: string) => {
      text += data
    })
    socket.on('end', () => {
      isClosed = true
      socket.destroy()
    })
    socket.on('error', (error) => {
      // A reset after the answer is the closed connection that is asked for.
      if (text === '') reject(error)
      else isClosed = true
    })
    socket.on('close', () => {
      resolve({ ...parseAnswer(text), isClosed })
    })
  })
}

/** A request head with our own Host, ready to be bent. */
export function head(port: number, line: string, ...headers: readonly string[]): string {
  return [line, `Host: 127.0.0.1:${String(port)}`, ...headers, '', ''].join('\r\n')
}

function parseAnswer(text: string): { readonly status: number; readonly head: string; readonly code: string } {
  const [answerHead = '', body = ''] = text.split('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answerHead)?.[1] ?? 0)
  const json = body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)
  const parsed = failureEnvelopeSchema.safeParse(json === '' ? null : JSON.parse(json))
  return { status, head: answerHead, code: parsed.success ? parsed.data.error.code : '' }
}
