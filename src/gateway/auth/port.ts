import type { Job } from '../../protocol/dsp/index.ts'

export interface Principal {
  readonly kind: 'tenant' | 'admin'
  /** Never from a body or a query: only from the credential. */
  readonly tenant: string
}

/** What a worker may do with the pool for one lease. */
export interface Capability {
  readonly taskId: string
  readonly epoch: number
  readonly tenant: string
}

export interface Auth {
  /** Undefined for a wrong credential; takes the same time for every wrong one. */
  authenticate(bearer: string): Principal | undefined
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
