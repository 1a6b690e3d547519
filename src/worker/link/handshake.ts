import { createHmac, timingSafeEqual } from 'node:crypto'
import { gatewayProofText, workerProofText } from '../../protocol/dsp/index.ts'
import type { RegisterFrame } from '../../protocol/dsp/index.ts'
import { randomHex } from '../../shared/index.ts'

/** One challenge of one connection: our proof, and how to check theirs. */
export interface Handshake {
  readonly auth: RegisterFrame['auth']
  isGatewayProof(mac: string): boolean
}

/** Proves to the gateway that we have the secret, and lets it prove the same, without either sending it. */
export function createHandshake(secret: string, gatewayNonce: string, workerId: string): Handshake {
  const nonce = randomHex(32)
  const sign = (text: string): Buffer => createHmac('sha256', secret).update(text).digest()
  const expected = sign(gatewayProofText(gatewayNonce, nonce, workerId))
  return {
    auth: { nonce, mac: sign(workerProofText(gatewayNonce, nonce, workerId)).toString('hex') },
    isGatewayProof(mac) {
      const given = Buffer.from(mac, 'hex')
      return given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
    },
  }
}
