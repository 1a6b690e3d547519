import type { WebSocket } from 'ws'
import type { Clock, Timer } from '../../shared/index.ts'

const MAX_MISSED_PONGS = 2

export interface KeepAlive {
  readonly clock: Clock
  readonly pingMs: number
  /** Told before a connection that does not answer is cut. */
  readonly onSilent: () => void
}

/** Pings a socket and cuts it after two pings without an answer: a peer that is gone sends no close. Ends with it. */
export function keepAlive(webSocket: WebSocket, { clock, pingMs, onSilent }: KeepAlive): void {
  let missed = 0
  let timer: Timer | undefined
  const next = (): void => {
    timer = clock.setTimer(() => {
      if (missed >= MAX_MISSED_PONGS) {
        onSilent()
        webSocket.terminate()
        return
      }
      missed += 1
      if (webSocket.readyState === webSocket.OPEN) webSocket.ping()
      next()
    }, pingMs)
  }
  webSocket.on('pong', () => {
    missed = 0
  })
  webSocket.once('close', () => timer?.cancel())
  next()
}
