/**
 * Entry of the two threads of a hasher (see README.md for how it is bundled). Reading and SHA-256 share a thread
 * because together they take as long as MD5 alone, which nothing can split.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import {
  ABANDONED,
  END_OF_FILE,
  isCancelled,
  publishSlot,
  releaseSlot,
  waitForFilledSlot,
  waitForFreeSlot,
} from './hashRing.ts'
import type { HashRing } from './hashRing.ts'

export interface HashThreadData {
  readonly role: 'read' | 'md5'
  readonly ring: HashRing
}

export interface HashCommand {
  readonly path: string
}

export type HashThreadMessage =
  | { readonly kind: 'progress'; readonly hashedBytes: number }
  | { readonly kind: 'md5'; readonly md5: string }
  | { readonly kind: 'sha256'; readonly sha256: string; readonly sizeBytes: number }
  | { readonly kind: 'ended'; readonly reason: 'cancelled' | 'changed' | 'notAFile' }
  | { readonly kind: 'failed'; readonly errno: string | undefined; readonly message: string }
  | { readonly kind: 'abandoned' }

const PROGRESS_EVERY_MS = 100
// Never blocks in open(2) should the path have become a pipe since it was looked at.
const OPEN_FLAGS = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

const { role, ring } = workerData as HashThreadData
parentPort?.on('message', (command: HashCommand) => {
  if (role === 'md5') post(drainMd5())
  else readFile(command.path)
})

function drainMd5(): HashThreadMessage {
  const md5 = createHash('md5')
  for (let index = 0; ; index += 1) {
    const slot = waitForFilledSlot(ring, index)
    if (slot === END_OF_FILE) return { kind: 'md5', md5: md5.digest('hex') }
    if (slot === ABANDONED) return { kind: 'abandoned' }
    md5.update(slot)
    releaseSlot(ring, index)
  }
}

function readFile(path: string): void {
  let index = 0
  const publish = (lengthBytes: number): void => {
    publishSlot(ring, index, lengthBytes)
    index += 1
  }
  let outcome: HashThreadMessage
  try {
    outcome = hashOpened(path, () => waitForFreeSlot(ring, index), publish)
  } catch (error) {
    outcome = toFailure(error)
  }
  waitForFreeSlot(ring, index)
  publish(outcome.kind === 'sha256' ? END_OF_FILE : ABANDONED)
  post(outcome)
}

function hashOpened(
  path: string,
  nextSlot: () => Uint8Array,
  publish: (lengthBytes: number) => void,
): HashThreadMessage {
  const descriptor = openSync(path, OPEN_FLAGS)
  try {
    const before = fstatSync(descriptor)
    if (!before.isFile()) return { kind: 'ended', reason: 'notAFile' }
    const sha256 = createHash('sha256')
    let hashedBytes = 0
    let reportedAt = performance.now()
    for (;;) {
      if (isCancelled(ring)) return { kind: 'ended', reason: 'cancelled' }
      const slot = nextSlot()
      const lengthBytes = fill(descriptor, slot)
      if (lengthBytes === 0) break
      publish(lengthBytes)
      sha256.update(slot.subarray(0, lengthBytes))
      hashedBytes += lengthBytes
      if (performance.now() - reportedAt >= PROGRESS_EVERY_MS) {
        reportedAt = performance.now()
        post({ kind: 'progress', hashedBytes })
      }
    }
    const isUntouched =
      hashedBytes === before.size && isSame(before, fstatSync(descriptor)) && isSame(before, statSync(path))
    if (!isUntouched) return { kind: 'ended', reason: 'changed' }
    return { kind: 'sha256', sha256: sha256.digest('hex'), sizeBytes: hashedBytes }
  } finally {
    closeSync(descriptor)
  }
}

/** Fills the slot although a read may give less than asked for; 0 only at the end of the file. */
function fill(descriptor: number, slot: Uint8Array): number {
  let filledBytes = 0
  while (filledBytes < slot.length) {
    const readBytes = readSync(descriptor, slot, filledBytes, slot.length - filledBytes, null)
    if (readBytes === 0) break
    filledBytes += readBytes
  }
  return filledBytes
}

function isSame(before: Stats, after: Stats): boolean {
  return (
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs &&
    before.ino === after.ino &&
    before.dev === after.dev
  )
}

function toFailure(error: unknown): HashThreadMessage {
  const errno = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { kind: 'failed', errno, message: error instanceof Error ? error.message : String(error) }
}

function post(message: HashThreadMessage): void {
  parentPort?.postMessage(message)
}
