import { AppError } from '../../index.ts'
import { errnoOf } from '../files/index.ts'

/** A port that is another's, an address that is not this machine's, a name that is nobody's or that nobody resolves. */
const NOT_TO_BE_OPENED: ReadonlySet<string> = new Set(['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'])

/** Why a server could not listen: PORT_IN_USE, PORT_FORBIDDEN, or what `thrown` says itself. */
export function toListenError(thrown: unknown, host: string, port: number): AppError {
  const errno = errnoOf(thrown)
  const options = { data: { port, host }, cause: thrown }
  if (errno === 'EADDRINUSE') return new AppError('PORT_IN_USE', options)
  if (errno !== undefined && NOT_TO_BE_OPENED.has(errno)) return new AppError('PORT_FORBIDDEN', options)
  return AppError.from(thrown)
}
