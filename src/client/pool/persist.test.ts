import { expect, it, vi } from 'vitest'
import { AppError, createFakeClock } from '../../shared/index.ts'
import { persist } from './persist.ts'

it.each(['STORE_UNAVAILABLE', 'DB_BUSY', 'SHUTTING_DOWN'])('outlasts %s of the gateway', async (code) => {
  const clock = createFakeClock()
  let tries = 0
  const done = persist({ clock }, async () => {
    tries += 1
    if (tries < 3) throw new AppError(code, { retryable: true })
    return 'through'
  })
  for (const wait of [1, 2]) {
    await vi.waitFor(() => {
      expect([tries, clock.pendingTimers]).toEqual([wait, 1])
    })
    clock.advance(60_000)
  }
  expect(await done).toBe('through')
})

it.each(['QUOTA', 'HASH_MISMATCH', 'AUTH_INVALID'])('leaves %s to whoever asked', async (code) => {
  const failed = persist({ clock: createFakeClock() }, () => Promise.reject(new AppError(code)))
  await expect(failed).rejects.toMatchObject({ code })
})
