import { CONNECTION_STEPS } from '../../protocol/studio/index.ts'
import type { ConnectionTest } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import { createGatewayClient } from './gatewayClient.ts'
import { peerFingerprint } from './peerCertificate.ts'

type Step = (typeof CONNECTION_STEPS)[number]

/** The step of the walk that an error stops at. */
const STEP_OF_CODE: Readonly<Record<string, Step>> = {
  GATEWAY_NAME_UNKNOWN: 'name',
  GATEWAY_UNREACHABLE: 'connect',
  GATEWAY_TLS: 'tls',
  GATEWAY_PLAIN: 'tls',
  GATEWAY_NOT_OURS: 'gateway',
  AUTH_REQUIRED: 'auth',
  AUTH_INVALID: 'auth',
}

/**
 * Walks name → connect → TLS → gateway → key → GPU and says where it stops: earlier steps are `ok`, later ones
 * `skipped`. `tls` is skipped for plain http; a gateway without a GPU online ends with `gpu` failed.
 */
export async function walkConnection(target: {
  readonly url: string
  readonly token: string
  readonly language: string
}): Promise<ConnectionTest> {
  const isTls = new URL(target.url).protocol === 'https:'
  const failure = await findFailure(target)
  const failedAt = failure === undefined ? CONNECTION_STEPS.length : CONNECTION_STEPS.indexOf(failure.step)
  return {
    steps: CONNECTION_STEPS.map((step, index) => {
      if (failure !== undefined && index === failedAt) return { step, outcome: 'failed', error: failure.error.toJSON() }
      if (index > failedAt || (step === 'tls' && !isTls)) return { step, outcome: 'skipped', error: null }
      return { step, outcome: 'ok', error: null }
    }),
  }
}

async function findFailure(target: {
  readonly url: string
  readonly token: string
  readonly language: string
}): Promise<{ readonly step: Step; readonly error: AppError } | undefined> {
  const client = createGatewayClient({ baseUrl: target.url, token: target.token, language: target.language })
  try {
    await client.health()
  } catch (thrown) {
    const error = await withFingerprint(AppError.from(thrown), new URL(target.url))
    return { step: STEP_OF_CODE[error.code] ?? 'gateway', error }
  }
  try {
    const queue = await client.queue()
    if (queue.gpu === 'online') return undefined
    return { step: 'gpu', error: new AppError('GPU_OFFLINE', { message: 'no GPU server is online', retryable: true }) }
  } catch (thrown) {
    const error = AppError.from(thrown)
    return { step: STEP_OF_CODE[error.code] ?? 'auth', error }
  }
}

/** A certificate that is not trusted is told with its fingerprint: the studio can say whether it is theirs. */
async function withFingerprint(error: AppError, url: URL): Promise<AppError> {
  if (error.code !== 'GATEWAY_TLS') return error
  const fingerprint = await peerFingerprint(url)
  if (fingerprint === undefined) return error
  const detail = `${String(error.data?.['detail'] ?? '')}, SHA-256 ${fingerprint}`
  return new AppError('GATEWAY_TLS', { message: error.message, data: { host: url.host, detail }, cause: error })
}
