import { ORPCError } from '@orpc/client'
import { AppError } from '../../shared/index.ts'
import { appErrorSchema } from '../../protocol/studio/index.ts'

/** What a call to the studio was refused with: its AppError, when it declared one. */
export function toAppError(thrown: unknown): AppError {
  const json = thrown instanceof ORPCError ? appErrorSchema.safeParse(thrown.data).data : undefined
  return json === undefined ? AppError.from(thrown) : AppError.fromJSON(json)
}
