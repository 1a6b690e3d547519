import { AppError } from '../../shared/index.ts'

const NAME_ERRORS: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME', 'EAI_NODATA'])
const TLS_ERROR = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/

/**
 * What a failed request means to a person. `fetch` hides the reason two causes deep; only codes are looked at, never
 * texts. The caller's own abort is given back as it is.
 */
export function toNetworkError(thrown: unknown, host: string): AppError {
  if (thrown instanceof AppError) return thrown
  const code = causeCodes(thrown).find((candidate) => candidate !== undefined)
  const data = { host }
  if (code !== undefined && NAME_ERRORS.has(code)) {
    return new AppError('GATEWAY_NAME_UNKNOWN', {
      message: `${host} is not known`,
      data,
      retryable: true,
      cause: thrown,
    })
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

function causeCodes(thrown: unknown): (string | undefined)[] {
  const codes: (string | undefined)[] = []
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    codes.push('code' in error && typeof error.code === 'string' ? error.code : undefined)
    if (error instanceof AggregateError) codes.push(...error.errors.flatMap((inner: unknown) => causeCodes(inner)))
  }
  return codes
}
