import { ORPCError } from '@orpc/server'
import type { AppErrorJson } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { shownError } from '../shownError.ts'

type MakeFailed = (options: { data: AppErrorJson; message: string }) => Error

/** What a procedure throws, as the contract's FAILED with the AppError inside. */
export function toDeclared(thrown: unknown, failed: MakeFailed, log: Logger): Error {
  if (thrown instanceof ORPCError) return thrown
  const shown = shownError(thrown, log).toJSON()
  return failed({ data: shown, message: shown.message })
}
