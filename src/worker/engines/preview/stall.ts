import { AppError } from '../../../shared/index.ts'

/** A copy that writes no picture for so long never will; the index of a 4 GiB file is moved to its front in less. */
export const COPY_STALL_MS = 30_000

export interface StallWatch {
  /** Aborts with MEDIA_INVALID when the count stood still. */
  readonly signal: AbortSignal
  saw(frame: number): void
  stop(): void
}

/** FFmpeg repeats an avatar whose pictures are all damaged for ever, at full speed and without a single one written. */
export function watchStall(stallMs: number): StallWatch {
  const controller = new AbortController()
  const give = (): void => {
    controller.abort(
      new AppError('MEDIA_INVALID', { message: 'no picture can be read', data: { role: 'video', file: 'avatar' } }),
    )
  }
  let timer = setTimeout(give, stallMs)
  let last = 0
  return {
    signal: controller.signal,
    saw(frame) {
      if (frame <= last) return
      last = frame
      clearTimeout(timer)
      timer = setTimeout(give, stallMs)
    },
    stop() {
      clearTimeout(timer)
    },
  }
}
