import type { Clock, Timer } from '../../shared/index.ts'

const LEAST_BYTES_PER_SECOND = 4 * 1024
const CHECK_MS = 15_000

/**
 * Passes a body through and calls `giveUp` when it comes slower than 4 KiB/s: its sender is gone, or only holds the
 * connection. Time that our own disk takes does not count.
 */
export async function* withLeastRate(
  body: AsyncIterable<Buffer>,
  clock: Pick<Clock, 'setTimer'>,
  giveUp: () => void,
): AsyncGenerator<Buffer> {
  let receivedBytes = 0
  let isWaiting = true
  const check = (): Timer =>
    clock.setTimer(() => {
      if (isWaiting && receivedBytes < (LEAST_BYTES_PER_SECOND * CHECK_MS) / 1000) {
        giveUp()
        return
      }
      receivedBytes = 0
      timer = check()
    }, CHECK_MS)
  let timer = check()
  try {
    for await (const chunk of body) {
      isWaiting = false
      receivedBytes += chunk.byteLength
      yield chunk
      isWaiting = true
    }
  } finally {
    timer.cancel()
  }
}
