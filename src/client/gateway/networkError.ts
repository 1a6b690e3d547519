import { AppError } from '../../shared/index.ts'

const NAME_ERRORS: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME', 'EAI_NODATA'])
/** A record that is no TLS: plain HTTP answered. Some ways of Node tell it as EPROTO with OpenSSL's number of it. */
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$|^EPROTO .*\berror:0A(?:00010B|0000C6):/s
const TLS_ERROR = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/

/**
 * What a failed request means to a person. `fetch` hides the reason two causes deep; only codes are looked at, never
 * words. The caller's own abort is given back as it is.
 */
export function toNetworkError(thrown: unknown, host: string): AppError {
  if (thrown instanceof AppError) return thrown
  const [failed] = codedCauses(thrown)
  const code = failed?.code
  const data = { host }
  if (code !== undefined && NAME_ERRORS.has(code)) {
    return new AppError('GATEWAY_NAME_UNKNOWN', {
      message: `${host} is not known`,
      data,
      retryable: true,
      cause: thrown,
    })
  }
  if (failed !== undefined && NO_TLS.test(failed.code === 'EPROTO' ? `EPROTO ${failed.message}` : failed.code)) {
    return new AppError('GATEWAY_PLAIN', { message: `${host} does not speak TLS`, data, cause: thrown })
  }
  if (code !== undefined && TLS_ERROR.test(code)) {
    return new AppError('GATEWAY_TLS', {
      message: `TLS with ${host} failed`,
      data: { host, detail: code },
      cause: thrown,
    })
  }
  return new AppError('GATEWAY_UNREACHABLE', {
    message: `${host} does not answer (${code ?? 'no code'})`,
    data,
    retryable: true,
    cause: thrown,
  })
}

interface Coded {
  readonly code: string
  readonly message: string
}

function codedCauses(thrown: unknown): Coded[] {
  const found: Coded[] = []
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string') found.push({ code: error.code, message: error.message })
    if (error instanceof AggregateError) found.push(...error.errors.flatMap((inner: unknown) => codedCauses(inner)))
  }
  return found
}
