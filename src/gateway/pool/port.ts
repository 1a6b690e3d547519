import type { Readable } from 'node:stream'
import type { PoolFile } from '../../protocol/files/index.ts'

export interface OpenedPoolFile {
  readonly file: PoolFile
  /** Absolute path for a range responder; adapters without paths will answer a stream instead. */
  readonly path: string
}

/** What the sender says of the bytes; checked against what arrives. `sha256` is missing from field clients. */
export interface DeclaredFile {
  readonly md5: string
  readonly sha256?: string
  readonly ext: PoolFile['ext']
  readonly sizeBytes?: number
}

/**
 * The tenant's files, identified by SHA-256 and found by MD5. A file is visible only when it is complete, verified
 * and durable; nothing is ever overwritten. Never answers about another tenant's files.
 */
export interface PoolPort {
  find(tenant: string, md5: string): Promise<PoolFile | undefined>
  findMany(tenant: string, md5s: readonly string[]): Promise<ReadonlyMap<string, PoolFile>>
  /** Undefined when unknown; verifies size and time first and answers INPUT_CORRUPT for a file that was altered. */
  open(tenant: string, md5: string): Promise<OpenedPoolFile | undefined>
  /**
   * Reads `source` to its end, hashing as it goes, and publishes it.
   * Errors: HASH_MISMATCH, LENGTH_MISMATCH, HASH_COLLISION, FILE_TOO_LARGE, DISK_FULL; then nothing is visible.
   */
  put(tenant: string, declared: DeclaredFile, source: Readable): Promise<PoolFile>
  /** Removes temporary files of uploads nobody went on with. */
  sweep(): Promise<number>
  close(): Promise<void>
}
