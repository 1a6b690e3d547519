import type { Socket } from 'node:net'
import type { Clock, Timer } from '../../index.ts'

/** How slowly an answer may be read before its connection is closed. */
export interface ReaderPatience {
  readonly clock: Pick<Clock, 'setTimer'>
  /** Length of a window. */
  readonly everyMs: number
  /** What is to leave in each. */
  readonly leastBytes: number
  /**
   * Windows that a faster one before may make up for. A system takes more from us only when about a third of what it
   * buffers is read, up to 1.5 MB on Linux: of a slow reader we see nothing for long, and then much at once.
   */
  readonly savedWindows: number
}

/**
 * Calls `giveUp` once when less leaves than it should: the reader is gone, or only holds the connection. Only while
 * something waits to be taken: time that our own disk takes does not count. Answers what ends the watch.
 */
export function watchReader(
  socket: Pick<Socket, 'bytesWritten' | 'writableLength'>,
  { clock, everyMs, leastBytes, savedWindows }: ReaderPatience,
  giveUp: () => void,
): () => void {
  // `bytesWritten` counts what still waits here too.
  const leftBytes = (): number => socket.bytesWritten - socket.writableLength
  let seenBytes = leftBytes()
  let savedBytes = 0
  const look = (): void => {
    const nowBytes = leftBytes()
    const overBytes = savedBytes + nowBytes - seenBytes - leastBytes
    if (overBytes < 0 && socket.writableLength > 0) {
      giveUp()
      return
    }
    savedBytes = Math.min(Math.max(overBytes, 0), savedWindows * leastBytes)
    seenBytes = nowBytes
    timer = clock.setTimer(look, everyMs)
  }
  let timer: Timer = clock.setTimer(look, everyMs)
  return () => {
    timer.cancel()
  }
}
