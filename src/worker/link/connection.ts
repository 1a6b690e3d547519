import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import { gatewayFrameSchema, MAX_DSP_FRAME_BYTES } from '../../protocol/dsp/index.ts'
import type { GatewayFrame, RegisterFrame, WorkerFrame } from '../../protocol/dsp/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'

export type OutgoingFrame = WorkerFrame | RegisterFrame | { readonly type: 'pong' }

export interface ConnectionEvents {
  readonly onFrame: (frame: GatewayFrame) => void
  /** A frame we cannot read: a newer gateway, or a broken one. */
  readonly onUnreadable: (problem: string) => void
  /** Once, whatever the cause. `code` 1006 when the network failed, with its error where it told one. */
  readonly onEnd: (code: number, reason: string, error?: Error) => void
}

export interface Connection {
  /** Says when it was sent, whatever the frame. False when it cannot be sent. */
  send(frame: OutgoingFrame): boolean
  /** How long nothing may arrive before the connection counts as dead. */
  setSilenceLimit(silenceMs: number): void
  close(code: number, reason: string): void
  /** Ends it without a word: the other side may have given it up long ago. */
  cut(reason: string): void
}

const CONNECT_TIMEOUT_MS = 10_000

/** One WebSocket to the gateway, from opening to its end: frames in, frames out, and a watch for silence. */
export function openConnection(url: string, clock: Clock, events: ConnectionEvents): Connection {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: MAX_DSP_FRAME_BYTES,
    handshakeTimeout: CONNECT_TIMEOUT_MS,
  })
  let silenceMs = 2 * CONNECT_TIMEOUT_MS
  let failure = ''
  let networkError: Error | undefined
  let watch: Timer = clock.setTimer(() => undefined, 0)
  const heard = (): void => {
    watch.cancel()
    watch = clock.setTimer(() => {
      failure = `nothing heard for ${silenceMs} ms`
      socket.terminate()
    }, silenceMs)
  }
  heard()
  socket.on('ping', heard)
  socket.on('message', (data, isBinary) => {
    heard()
    const parsed = isBinary ? undefined : parseFrame(data)
    if (parsed?.success === true) events.onFrame(parsed.data)
    else events.onUnreadable(parsed?.error.message.slice(0, 300) ?? 'not JSON text')
  })
  socket.on('error', (error) => {
    failure = error.message
    networkError = error
  })
  socket.once('close', (code, reason) => {
    watch.cancel()
    events.onEnd(code, reason.toString('utf8') || failure, networkError)
  })
  return {
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return false
      socket.send(JSON.stringify({ ...frame, ts: clock.now() / 1000 }))
      return true
    },
    setSilenceLimit(nextMs) {
      silenceMs = nextMs
      heard()
    },
    close(code, reason) {
      socket.close(code, reason)
    },
    cut(reason) {
      failure = reason
      socket.terminate()
    },
  }
}

function parseFrame(data: RawData) {
  try {
    return gatewayFrameSchema.safeParse(JSON.parse(textOf(data)))
  } catch {
    return undefined
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8')
}
