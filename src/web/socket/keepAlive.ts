import type { WebSocket } from 'ws'
import type { Clock, Timer } from '../../shared/index.ts'

const PING_MS = 20_000
const MAX_UNSENT_BYTES = 32 * 1024 * 1024

/** Ends a socket whose page has vanished without a word, or that reads so slowly that its messages pile up here. */
export function keepAlive(socket: WebSocket, clock: Pick<Clock, 'setTimer'>): void {
  let isAnswered = true
  socket.on('pong', () => {
    isAnswered = true
  })
  const check = (): Timer =>
    clock.setTimer(() => {
      if (!isAnswered || socket.bufferedAmount > MAX_UNSENT_BYTES) {
        socket.terminate()
        return
      }
      isAnswered = false
      socket.ping()
      timer = check()
    }, PING_MS)
  let timer = check()
  socket.once('close', () => {
    timer.cancel()
  })
}
