import { AppError } from '../../../shared/index.ts'

/** What the tus library throws: an answer's status and text. */
interface TusRefusal {
  readonly status_code: number
  readonly body: string
}

const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  404: 'UPLOAD_NOT_FOUND',
  409: 'OFFSET_MISMATCH',
  410: 'UPLOAD_NOT_FOUND',
  412: 'VERSION_UNSUPPORTED',
  413: 'FILE_TOO_LARGE',
}

/** A refusal of the tus library in our own words. */
export function fromTus(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (!isRefusal(error)) return AppError.from(error)
  return refusal(error.status_code, error.body)
}

/** `text` is the library's own sentence: for logs. */
export function refusal(status: number, text: string): AppError {
  if (status >= 500 && status !== 501) return AppError.from(new Error(text))
  return new AppError(CODE_BY_STATUS[status] ?? 'BAD_REQUEST', { message: text.trim(), data: { supported: '1.0.0' } })
}

function isRefusal(error: unknown): error is TusRefusal {
  return (
    typeof error === 'object' &&
    error !== null &&
    'status_code' in error &&
    typeof error.status_code === 'number' &&
    'body' in error &&
    typeof error.body === 'string'
  )
}
