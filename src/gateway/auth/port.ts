import type { Job } from '../../protocol/dsp/index.ts'

export interface Principal {
  /** `scraper`: may read /metrics and nothing else. */
  readonly kind: 'tenant' | 'admin' | 'scraper'
  /** Never from a body or a query: only from the credential. */
  readonly tenant: string
  /** Which key it was: what a revoke names. Holds nothing of the key itself. */
  readonly keyId: string
}

/** What a worker may do with the pool for one lease. */
export interface Capability {
  readonly taskId: string
  readonly epoch: number
  readonly tenant: string
}

export interface LicenceKey {
  /** `k_` and 12 hex digits, or `k_file` for the key of the credentials file. */
  readonly id: string
  readonly tenant: string
  readonly name: string
  /** `file`: of the gateway's own credentials, which are changed there and not here. */
  readonly source: 'file' | 'added'
  readonly createdMs: number
  /** `2026-11-22` in UTC; null when it was never used. */
  readonly lastUsedDay: string | null
  readonly revokedMs: number | null
}

export interface AddedKey {
  readonly key: LicenceKey
  /** The key itself: told once, stored nowhere. */
  readonly secret: string
  /** Nobody had a key of this tenant before. */
  readonly isNewTenant: boolean
}

export type RevokeOutcome =
  | { readonly kind: 'revoked'; readonly key: LicenceKey }
  | { readonly kind: 'already'; readonly key: LicenceKey }
  | { readonly kind: 'missing' }
  | { readonly kind: 'of_the_file' }

/** The licence keys of a gateway. Several may open one tenant. */
export interface LicenceKeys {
  /** The one of the file, then oldest first, revoked ones too. */
  list(): readonly LicenceKey[]
  /** Without a tenant it opens one of its own. Durable before it returns. */
  add(key: { readonly name: string; readonly tenant?: string | undefined }): AddedKey
  /** From its return on nothing is opened by it. */
  revoke(id: string): RevokeOutcome
  /** Told after the revoke is durable. */
  onRevoked(listener: (keyId: string) => void): () => void
}

export interface Auth {
  /** Undefined for a wrong credential; takes the same time for every wrong one. */
  authenticate(bearer: string): Principal | undefined
  readonly keys: LicenceKeys
  newNonce(): string
  /** `ok` once per nonce; `replay` for a nonce used before or never given. */
  checkWorkerProof(proof: {
    readonly gatewayNonce: string
    readonly workerNonce: string
    readonly workerId: string
    readonly mac: string
  }): 'ok' | 'invalid' | 'replay'
  gatewayProof(gatewayNonce: string, workerNonce: string, workerId: string): string
  issueCapability(capability: Capability): Job['capability']
  /** Checks the MAC only; whether the epoch is still the newest is the queue's to say. */
  readCapability(text: string): Capability | undefined
}
