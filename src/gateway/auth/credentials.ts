import { createHash } from 'node:crypto'
import { AppError } from '../../shared/index.ts'

/** The secrets of a gateway, one per role. */
export interface GatewayCredentials {
  readonly licenseKey: string
  readonly workerSecret: string
  readonly adminToken: string
  /** Opens /metrics and nothing else, for whoever collects them. */
  readonly metricsToken?: string
  /** Whose work the licence key opens; derived from the key when not given. An embedded gateway's key changes at each launch. */
  readonly tenant?: string
}

const MIN_SECRET_LENGTH = 32
/** Fewer different characters than this is a pattern, not a random secret. */
const MIN_DISTINCT_CHARACTERS = 8

/** Throws SECRET_WEAK for a secret that is short or patterned, SECRET_SHARED for one that is used for two roles. */
export function assertStrong(credentials: GatewayCredentials): void {
  const { licenseKey, workerSecret, adminToken, metricsToken } = credentials
  const secrets = {
    ...{ license_key: licenseKey, worker_secret: workerSecret, admin_token: adminToken },
    ...(metricsToken === undefined ? {} : { metrics_token: metricsToken }),
  }
  const seen = new Map<string, string>()
  for (const [name, secret] of Object.entries(secrets)) {
    if (isWeakSecret(secret)) throw new AppError('SECRET_WEAK', { message: `${name} is too weak`, data: { name } })
    const other = seen.get(secret)
    if (other !== undefined) {
      throw new AppError('SECRET_SHARED', { message: `${name} is ${other} too`, data: { name, other } })
    }
    seen.set(secret, name)
  }
}

/** Short, or a pattern. */
export function isWeakSecret(secret: string): boolean {
  return secret.length < MIN_SECRET_LENGTH || new Set(secret).size < MIN_DISTINCT_CHARACTERS
}

/** The tenant a licence key stands for: the same key always means the same work. */
export function tenantOf(licenseKey: string): string {
  return `t-${createHash('sha256').update(licenseKey).digest('hex').slice(0, 16)}`
}
