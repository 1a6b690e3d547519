import { Transform } from 'node:stream'
import type { TransformCallback } from 'node:stream'
import type { Clock } from '../../shared/index.ts'

/** How long the bytes of one block take at the limit; the debt of a block is paid before the next. */
function paceMs(sizeBytes: number, limitBytesPerSecond: number | undefined): number {
  if (limitBytesPerSecond === undefined || limitBytesPerSecond <= 0) return 0
  return (sizeBytes / limitBytesPerSecond) * 1000
}

/** Counts what passes, and holds it back when there is a limit. `readLimit` is asked for each block. */
export function createPacer(
  clock: Clock,
  readLimit: () => number | undefined,
  onBytes: (sizeBytes: number) => void,
): Transform {
  let freeAtMs = clock.monotonic()
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      onBytes(chunk.byteLength)
      const nowMs = clock.monotonic()
      freeAtMs = Math.max(freeAtMs, nowMs) + paceMs(chunk.byteLength, readLimit())
      const waitMs = freeAtMs - nowMs
      if (waitMs < 1) done(null, chunk)
      else clock.setTimer(() => done(null, chunk), waitMs)
    },
  })
}
