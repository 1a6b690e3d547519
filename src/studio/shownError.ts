import { describeError } from '../protocol/errors/index.ts'
import { AppError, randomHex } from '../shared/index.ts'
import type { Logger } from '../shared/node/index.ts'

/**
 * Whatever was thrown, as it may leave the studio. Messages for the log name paths, the catalogue's sentences do not.
 * What nobody expected becomes INTERNAL: the detail goes to the log, an id that finds it there goes to the person.
 */
export function shownError(thrown: unknown, log: Logger): AppError {
  const error = AppError.from(thrown)
  const isExpected = error.code !== 'INTERNAL' || error.data?.['request_id'] !== undefined
  const shown = isExpected ? error : unexpected(thrown, log)
  return new AppError(shown.code, { ...shown.toJSON(), message: describeError(shown, 'en').message, cause: error })
}

function unexpected(thrown: unknown, log: Logger): AppError {
  const requestId = randomHex(6)
  const cause = thrown instanceof AppError ? (thrown.cause ?? thrown) : thrown
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  log.error('something failed unexpectedly', { requestId, detail })
  return new AppError('INTERNAL', { retryable: true, data: { request_id: requestId } })
}
