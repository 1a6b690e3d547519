import { gatewayProofText, workerProofText } from '../../protocol/dsp/index.ts'
import { randomHex } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { metaValue } from '../store/gatewayDatabase.ts'
import { signCapability, verifyCapability } from './capability.ts'
import { assertStrong, tenantOf } from './credentials.ts'
import type { GatewayCredentials } from './credentials.ts'
import { Nonces } from './nonces.ts'
import type { Auth, Capability, Principal } from './port.ts'
import { hmacHex, isSameSecret, sha256 } from './secrets.ts'

export interface GatewayAuthDeps {
  readonly db: Database
  readonly clock: Clock
  readonly credentials: GatewayCredentials
}

/** Throws SECRET_WEAK before anything listens. */
export function createGatewayAuth(deps: GatewayAuthDeps): Auth {
  const { credentials, db, clock } = deps
  assertStrong(credentials)
  const tenant = credentials.tenant ?? tenantOf(credentials.licenseKey)
  rememberTenant(db, tenant, credentials.licenseKey, clock.now())
  // Kept in the database: a late result must still find its way in after a restart.
  const capabilityKey = metaValue(db, 'capability_key', () => randomHex(32))
  const nonces = new Nonces(clock)
  const principals: readonly (readonly [secret: string, principal: Principal])[] = [
    [credentials.licenseKey, { kind: 'tenant', tenant }],
    [credentials.adminToken, { kind: 'admin', tenant: 'admin' }],
  ]
  return {
    authenticate(bearer: string): Principal | undefined {
      // No early end: every wrong credential is compared with all of them.
      const matching = principals.filter(([secret]) => isSameSecret(secret, bearer))
      return matching[0]?.[1]
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

/** Only the key's hash is stored. */
function rememberTenant(db: Database, tenant: string, licenseKey: string, nowMs: number): void {
  db.run(
    `INSERT INTO tenant(id, key_hash, created) VALUES (?, ?, ?)
     ON CONFLICT(id) DO UPDATE SET key_hash = excluded.key_hash`,
    ...[tenant, sha256(licenseKey).toString('hex'), nowMs],
  )
}
