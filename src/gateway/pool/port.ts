import type { Readable } from 'node:stream'
import type { PoolFile } from '../../protocol/files/index.ts'

/** `input`: a person brought it · `result`: a worker made it. */
export type FileOrigin = 'input' | 'result'

/** Why a file that was in the pool is not there any more. */
export type WhyGone = 'damaged' | 'lost' | 'expired' | 'quota' | 'deleted'

export interface OpenedPoolFile {
  readonly file: PoolFile
  /** Absolute path for a range responder; adapters without paths will answer a stream instead. */
  readonly path: string
}

export interface PoolTotals {
  readonly files: number
  readonly bytes: number
}

/** How many files went, and why. */
export interface SweepReport {
  readonly temporaries: number
  readonly expired: number
  readonly unindexed: number
  /** False after a leap of the wall clock: nothing went by its age. */
  readonly areAgesBelieved: boolean
}

/** What the sender says of the bytes; what is said is checked against what arrives. */
export interface DeclaredFile {
  readonly md5?: string
  readonly sha256?: string
  readonly ext: PoolFile['ext']
  readonly sizeBytes?: number
  /** `input` when not given. */
  readonly origin?: FileOrigin
}

/** Whether something refers to a file, so that it must stay. Synchronous: nothing may come between it and the removal. */
export type IsInUse = (tenant: string, file: PoolFile) => boolean

/** `used`: it stays, for now · `absent`: there was nothing to remove. */
export type DiscardOutcome = 'removed' | 'used' | 'absent'

/**
 * The tenant's files, identified by SHA-256 and found by MD5. A file is visible only when it is complete, verified
 * and durable; nothing is ever overwritten. Never answers about another tenant's files.
 */
export interface PoolPort {
  /** Counts as use: what was found is kept for the time a submit takes, and for the retention from now. */
  find(tenant: string, md5: string): Promise<PoolFile | undefined>
  findMany(tenant: string, md5s: readonly string[]): Promise<ReadonlyMap<string, PoolFile>>
  /** Like `find`, without counting as use. */
  peek(tenant: string, md5: string): Promise<PoolFile | undefined>
  /** Whether this very file is there at this moment: synchronous, for whoever makes something refer to it. */
  has(tenant: string, file: PoolFile): boolean
  /** Undefined when unknown; verifies size and time first and answers INPUT_CORRUPT for a file that was altered. */
  open(tenant: string, md5: string): Promise<OpenedPoolFile | undefined>
  /** Of a file that was here once; undefined when it never was, or nobody remembers. */
  whyGone(tenant: string, md5: string): Promise<WhyGone | undefined>
  /**
   * Reads `source` to its end, hashing as it goes, and publishes it. Errors: HASH_MISMATCH, LENGTH_MISMATCH,
   * HASH_COLLISION, FILE_TOO_LARGE, QUOTA, DISK_FULL; then nothing is visible.
   */
  put(tenant: string, declared: DeclaredFile, source: Readable): Promise<PoolFile>
  /** For whoever writes beside the pool: called before each write with its bytes, throws DISK_FULL at the low-disk mark. */
  checkSpace(bytes: number): Promise<void>
  /** Says what must stay. Until then everything is in use, and nothing is removed. */
  guardBy(isInUse: IsInUse): void
  /** Calls with each file that came, or came again; answers how to leave. */
  onBrought(listener: (tenant: string, file: PoolFile) => void): () => void
  /** Removes a file nobody uses. Answers when it cannot be seen any more. */
  discard(tenant: string, file: PoolFile, why: WhyGone): Promise<DiscardOutcome>
  /** Reads and hashes a file now, because somebody says that it is damaged; puts it aside when it is. */
  verify(tenant: string, md5: string): Promise<void>
  /** When the file was last brought, Unix milliseconds, as against asked for; undefined when it is not there. */
  broughtAtMs(tenant: string, md5: string): Promise<number | undefined>
  /** Whether another tenant has the same content. */
  isHeldByOthers(tenant: string, sha256: string): Promise<boolean>
  /** What a tenant's files take in all. */
  usedBytes(tenant: string): Promise<number>
  /** The whole pool. Kept up with each change: asking costs nothing. */
  totals(): Promise<PoolTotals>
  /**
   * Removes temporary files of uploads nobody went on with, what is kept no longer, and what a crash left. When `signal`
   * aborts it ends with the file under way.
   */
  sweep(signal?: AbortSignal): Promise<SweepReport>
  close(): Promise<void>
}
