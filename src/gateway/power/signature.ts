import { createHash, createHmac } from 'node:crypto'

export interface SignedRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly body: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly nonce: string
}

/**
 * Headers that prove who calls the hook, and that nothing was changed or repeated. The signature is HMAC-SHA256 over
 * "v1\n" + method + "\n" + host + "\n" + path + "\n" + timestamp + "\n" + nonce + "\n" + SHA-256 of the body, in hex.
 */
export function signatureHeaders(secret: string, request: SignedRequest): Readonly<Record<string, string>> {
  const { method, host, path, body, timestamp, nonce } = request
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const signed = ['v1', method, host, path, String(timestamp), nonce, bodyHash].join('\n')
  return {
    'x-dhs-key-id': keyId(secret),
    'x-dhs-timestamp': String(timestamp),
    'x-dhs-nonce': nonce,
    'x-dhs-signature': `v1=${createHmac('sha256', secret).update(signed).digest('hex')}`,
  }
}

/** Tells which secret was used, and nothing about it: for a receiver that knows an old and a new one. */
function keyId(secret: string): string {
  return createHmac('sha256', secret).update('dhs power key id').digest('hex').slice(0, 16)
}
