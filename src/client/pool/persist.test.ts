import { describe, expect, it } from 'vitest'
import { AppError, createFakeClock } from '../../shared/index.ts'
import { persist } from './persist.ts'

/** Fails so often with that code, then gives the number of tries. */
function failing(code: string, times: number): () => Promise<number> {
  let tries = 0
  return async () => {
    tries += 1
    if (tries <= times) throw new AppError(code, { retryable: true })
    return tries
  }
}

describe('persist', () => {
  it.each(['GATEWAY_UNREACHABLE', 'DB_BUSY', 'STORE_UNAVAILABLE', 'SHUTTING_DOWN'])(
    'goes on after %s',
    async (code) => {
      const clock = createFakeClock()
      const retry = Promise.withResolvers<number>()
      const outcome = persist({ clock, onRetry: ({ delayMs }) => retry.resolve(delayMs) }, failing(code, 1))
      clock.advance((await retry.promise) + 1)
      await new Promise(setImmediate)
      clock.advance(1_000)
      expect(await outcome).toBe(2)
    },
  )

  it.each(['DISK_FULL', 'QUOTA', 'HASH_MISMATCH', 'INTERNAL'])(
    'tells %s at once: waiting does not help',
    async (code) => {
      await expect(persist({ clock: createFakeClock() }, failing(code, 1))).rejects.toMatchObject({ code })
    },
  )
})
