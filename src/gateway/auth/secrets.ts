import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export function hmacHex(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

/** Compares digests of both, so that neither the content nor the length shows in the time it takes. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}
