import type { LeaseRef, ResultFrame } from '../../../protocol/dsp/index.ts'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import { AppError } from '../../../shared/index.ts'

/** Engine name that tasks of field workers carry. */
export const FIELD_ENGINE = 'heygem'

export type RunEnd =
  | { readonly kind: 'done'; readonly output: TaskOutput }
  | { readonly kind: 'cancelled' }
  /** The connection went before the job was taken: nobody's fault. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string | undefined; readonly error: AppError }

const MAX_DETAIL_CHARS = 500
/** Words of the servers of the field, and only theirs. */
const OUT_OF_MEMORY = /out of memory|CUDA_ERROR_OUT_OF_MEMORY|显存不足/i

/** Only what a server says of the task itself reaches whoever submitted it: no addresses and no paths of ours. */
const TOLD: ReadonlySet<string> = new Set(['ENGINE_FAILED', 'GPU_SERVER_REFUSED', 'RESULT_INVALID'])

/** How a run that threw is told. What the engine itself says of its inputs is final; everything else is tried again. */
export function endOf(thrown: unknown): RunEnd {
  const error = AppError.from(thrown)
  const isOutOfMemory = error.code === 'ENGINE_FAILED' && OUT_OF_MEMORY.test(error.message)
  const detail = TOLD.has(error.code) ? error.message : undefined
  return { kind: 'failed', code: isOutOfMemory ? 'GPU_OOM' : error.code, detail, error }
}

/** The frame a worker of our own would send for the same end. */
export function resultFrameOf(ref: LeaseRef, end: RunEnd): ResultFrame {
  const frame = { type: 'gpu.job.result', version: '1.0', ...ref, engine: FIELD_ENGINE } as const
  switch (end.kind) {
    case 'done':
      return { ...frame, error: false, output: end.output }
    case 'cancelled':
      return { ...frame, error: true, cancelled: true }
    case 'lost':
      return { ...frame, error: true, error_code: 'WORKER_LOST', error_msg: 'its connection was lost', retryable: true }
    case 'failed': {
      const { code, detail, error } = end
      const data = error.data === undefined ? {} : { error_data: { ...error.data } }
      return {
        ...{ ...frame, error: true, error_code: code, retryable: error.retryable, ...data },
        ...(detail === undefined ? {} : { error_msg: detail }),
      }
    }
  }
}

/** The verdict of the engine, in its own words. */
export function engineFailed(words: string): AppError {
  return new AppError('ENGINE_FAILED', { message: words, data: { detail: words.slice(0, MAX_DETAIL_CHARS) } })
}
