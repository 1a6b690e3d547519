import { createHash } from 'node:crypto'
import type { FileDigests } from './HashPair.ts'

/** Both digests of bytes that arrive in this thread. */
export interface Digester {
  update(chunk: Uint8Array): void
  readonly sizeBytes: number
  /** Once; the digester cannot be used afterwards. */
  digest(): FileDigests
}

export function createDigester(): Digester {
  const md5 = createHash('md5')
  const sha256 = createHash('sha256')
  let sizeBytes = 0
  return {
    update(chunk) {
      md5.update(chunk)
      sha256.update(chunk)
      sizeBytes += chunk.byteLength
    },
    get sizeBytes() {
      return sizeBytes
    },
    digest: () => ({ md5: md5.digest('hex'), sha256: sha256.digest('hex'), sizeBytes }),
  }
}
