import { gatewayProofText, workerProofText } from '../../protocol/dsp/index.ts'
import { randomHex } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { metaValue } from '../store/gatewayDatabase.ts'
import { signCapability, verifyCapability } from './capability.ts'
import { assertStrong, tenantOf } from './credentials.ts'
import type { GatewayCredentials } from './credentials.ts'
import { KeyRing } from './keyRing.ts'
import { Nonces } from './nonces.ts'
import type { Auth, Capability, Principal } from './port.ts'
import { hmacHex, isSameSecret } from './secrets.ts'

export interface GatewayAuthDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly credentials: GatewayCredentials
}

const SCRAPER: Principal = { kind: 'scraper', tenant: 'scraper', keyId: 'scraper' }
const ADMIN: Principal = { kind: 'admin', tenant: 'admin', keyId: 'admin' }

/** Throws SECRET_WEAK or SECRET_SHARED before anything listens. */
export function createGatewayAuth(deps: GatewayAuthDeps): Auth {
  const { credentials, db, clock, log } = deps
  assertStrong(credentials)
  const keys = new KeyRing({ db, clock, log })
  keys.setFileKey(credentials.licenseKey, credentials.tenant ?? tenantOf(credentials.licenseKey))
  // Kept in the database: a late result must still find its way in after a restart.
  const capabilityKey = metaValue(db, 'capability_key', () => randomHex(32))
  const nonces = new Nonces(clock)
  return {
    keys,
    authenticate(bearer: string): Principal | undefined {
      // No early end: every credential is compared with the operator's, whatever it is.
      const tenant = keys.find(bearer)
      const { metricsToken } = credentials
      const isScraper = metricsToken !== undefined && isSameSecret(metricsToken, bearer)
      return isSameSecret(credentials.adminToken, bearer) ? ADMIN : isScraper ? SCRAPER : tenant
    },
    newNonce: () => nonces.give(),
    checkWorkerProof({ gatewayNonce, workerNonce, workerId, mac }) {
      if (!nonces.use(gatewayNonce)) return 'replay'
      const expected = hmacHex(credentials.workerSecret, workerProofText(gatewayNonce, workerNonce, workerId))
      return isSameSecret(expected, mac) ? 'ok' : 'invalid'
    },
    gatewayProof: (gatewayNonce, workerNonce, workerId) =>
      hmacHex(credentials.workerSecret, gatewayProofText(gatewayNonce, workerNonce, workerId)),
    issueCapability: (capability: Capability) => signCapability(capabilityKey, capability),
    readCapability: (text: string) => verifyCapability(capabilityKey, text),
  }
}
