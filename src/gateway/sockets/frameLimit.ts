import type { WebSocket } from 'ws'
import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { Clock } from '../../shared/index.ts'

/** What every WebSocket server of the gateway is made with. Its sockets go to `limitFrames`, which answers pings. */
export const SOCKET_LIMITS = {
  perMessageDeflate: false,
  /** Parts one message may come in; more would be held in memory without being a message. */
  maxFragments: 64,
  /** How long a peer may take to confirm a close before its connection is cut, milliseconds. */
  closeTimeout: 5_000,
  /** ws by itself cuts a flood of pings without a code. */
  autoPong: false,
} as const

export interface FrameLimit {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly maxPerSecond: number
  /** Told before the socket is closed with 4429, once. */
  readonly onTooMany?: () => void
}

/**
 * Closes a socket with 4429 when it sends more frames in a second than it may: messages, pings and pongs alike, since
 * each costs the same to read. Whoever handles its messages looks at `readyState` first: what came after is ignored.
 */
export function limitFrames(webSocket: WebSocket, { clock, maxPerSecond, onTooMany }: FrameLimit): void {
  let secondMono = clock.monotonic()
  let frames = 0
  const count = (): void => {
    const nowMono = clock.monotonic()
    if (nowMono - secondMono >= 1_000) {
      secondMono = nowMono
      frames = 0
    }
    frames += 1
    if (frames <= maxPerSecond || webSocket.readyState !== webSocket.OPEN) return
    onTooMany?.()
    webSocket.close(DSP_CLOSE.rate, 'RATE_LIMITED')
  }
  webSocket.on('message', count)
  webSocket.on('ping', (data) => {
    count()
    if (webSocket.readyState === webSocket.OPEN) webSocket.pong(data)
  })
  webSocket.on('pong', count)
}
