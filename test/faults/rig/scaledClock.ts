import { z } from 'zod'
import type { Clock } from '../../../src/shared/index.ts'

export const clockSchema = z.object({
  /** How many times faster than real time: 60 makes a lease of 120 s run out in 2 s. */
  factor: z.number().positive(),
  /** Wall time at which the scaled and the real clock agree; the same for every process of one trial. */
  epochMs: z.number(),
  /** How far this process's wall clock is off; deadlines do not follow it. */
  skewMs: z.number().default(0),
})

export type ClockSetting = z.infer<typeof clockSchema>

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The product runs with its own numbers; only time is faster. `skew` moves the wall clock while it runs. */
export function createScaledClock(setting: ClockSetting): Clock & { skew(skewMs: number): void } {
  const { factor, epochMs } = setting
  let { skewMs } = setting
  return {
    now: () => epochMs + (Date.now() - epochMs) * factor + skewMs,
    monotonic: () => performance.now() * factor,
    setTimer(fn, delayMs) {
      const timer = setTimeout(fn, Math.min(delayMs / factor, LONGEST_TIMER_MS))
      timer.unref()
      return {
        cancel: () => {
          clearTimeout(timer)
        },
      }
    },
    skew(next) {
      skewMs = next
    },
  }
}
