import { ORPCError } from '@orpc/server'
import { describeError } from '../../protocol/errors/index.ts'
import { AppError, randomHex } from '../../shared/index.ts'
import type { AppErrorJson } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'

type MakeFailed = (options: { data: AppErrorJson; message: string }) => Error

/**
 * What a procedure throws, as the contract's FAILED with the AppError inside. What nobody expected becomes INTERNAL:
 * the detail goes to the log, an id that finds it there goes to the person.
 */
export function toDeclared(thrown: unknown, failed: MakeFailed, log: Logger): Error {
  if (thrown instanceof ORPCError) return thrown
  const error = thrown instanceof AppError && thrown.code !== 'INTERNAL' ? thrown : unexpected(thrown, log)
  const shown = withoutPaths(error).toJSON()
  return failed({ data: shown, message: shown.message })
}

function unexpected(thrown: unknown, log: Logger): AppError {
  const requestId = randomHex(6)
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  log.error('a procedure failed unexpectedly', { requestId, detail })
  return new AppError('INTERNAL', {
    message: 'unexpected',
    retryable: true,
    data: { request_id: requestId },
    cause: thrown,
  })
}

/** Paths stay on this side of the contract: messages for the log name them, the catalogue's sentences do not. */
function withoutPaths(error: AppError): AppError {
  return new AppError(error.code, { ...error.toJSON(), message: describeError(error, 'en').message })
}
