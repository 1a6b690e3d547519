/**
 * Entry of a thread that takes one digest of files which still grow (see README.md for how it is bundled). It reads
 * what was written from the page cache: no byte crosses threads, and a file that was there before is no other case.
 */
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

export interface FollowThreadData {
  readonly algorithm: 'md5' | 'sha256'
}

export type FollowCommand =
  /** Goes on from where this file's digest is, up to `toBytes`. */
  | { readonly kind: 'hash'; readonly id: number; readonly path: string; readonly toBytes: number }
  | { readonly kind: 'digest'; readonly id: number }
  | { readonly kind: 'drop'; readonly id: number }

export type FollowAnswer =
  | { readonly kind: 'hashed'; readonly id: number; readonly hashedBytes: number }
  | { readonly kind: 'digest'; readonly id: number; readonly digest: string }
  | { readonly kind: 'failed'; readonly id: number; readonly errno: string | undefined; readonly message: string }

interface Following {
  readonly hash: Hash
  hashedBytes: number
}

const { algorithm } = workerData as FollowThreadData
const files = new Map<number, Following>()
// Small enough to be still in the cache of the core when it is hashed.
const block = Buffer.allocUnsafeSlow(256 * 1024)

parentPort?.on('message', (command: FollowCommand) => {
  if (command.kind === 'drop') {
    files.delete(command.id)
    return
  }
  parentPort?.postMessage(answer(command))
})

function answer(command: Exclude<FollowCommand, { kind: 'drop' }>): FollowAnswer {
  const { id } = command
  const file = files.get(id) ?? { hash: createHash(algorithm), hashedBytes: 0 }
  files.set(id, file)
  try {
    if (command.kind === 'digest') {
      files.delete(id)
      return { kind: 'digest', id, digest: file.hash.digest('hex') }
    }
    hashUpTo(file, command.path, command.toBytes)
    return { kind: 'hashed', id, hashedBytes: file.hashedBytes }
  } catch (error) {
    files.delete(id)
    const errno = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
    return { kind: 'failed', id, errno, message: error instanceof Error ? error.message : String(error) }
  }
}

/** Opened anew for each piece: an upload that rests for a day keeps no descriptor. */
function hashUpTo(file: Following, path: string, toBytes: number): void {
  const descriptor = openSync(path, 'r')
  try {
    while (file.hashedBytes < toBytes) {
      const wantedBytes = Math.min(block.length, toBytes - file.hashedBytes)
      const readBytes = readSync(descriptor, block, 0, wantedBytes, file.hashedBytes)
      if (readBytes === 0) throw new Error('the file became shorter while it was followed')
      file.hash.update(block.subarray(0, readBytes))
      file.hashedBytes += readBytes
    }
  } finally {
    closeSync(descriptor)
  }
}
