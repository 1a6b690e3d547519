import type { FileHandle } from 'node:fs/promises'

/** A socket gives 64 KiB at a time; the disk is asked for this much. */
const BLOCK_BYTES = 512 * 1024

/** Takes chunks of any size and writes them as large blocks, in order, one at a time. */
export interface BlockWriter {
  /** Copies the chunk. A promise means: wait for it before the next one. Throws what a write before failed with. */
  push(chunk: Uint8Array): Promise<void> | undefined
  /** Resolves when all that was pushed is written. */
  flush(): Promise<void>
}

/**
 * Two fixed blocks: one fills while the other is written, and nothing else is held. Chunks are let go at once, so that
 * they are freed as young garbage and memory stays flat whatever the size of the file.
 */
export function createBlockWriter(
  write: (bytes: Uint8Array) => Promise<void>,
  blockBytes: number = BLOCK_BYTES,
): BlockWriter {
  let filling = Buffer.allocUnsafeSlow(blockBytes)
  let spare = Buffer.allocUnsafeSlow(blockBytes)
  let filledBytes = 0
  let writing: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined

  const assertSound = (): void => {
    if (failure !== undefined) throw failure.error
  }
  const writeOut = async (bytes: Uint8Array): Promise<void> => {
    try {
      await write(bytes)
    } catch (error) {
      failure = { error }
    } finally {
      writing = undefined
    }
  }
  /** Only while nothing is being written. */
  const begin = (): Promise<void> => {
    const full = filling
    const bytes = full.subarray(0, filledBytes)
    filling = spare
    spare = full
    filledBytes = 0
    return (writing = writeOut(bytes))
  }
  const push = (chunk: Uint8Array): Promise<void> | undefined => {
    assertSound()
    let rest = chunk
    for (;;) {
      const takenBytes = Math.min(rest.byteLength, blockBytes - filledBytes)
      filling.set(takenBytes === rest.byteLength ? rest : rest.subarray(0, takenBytes), filledBytes)
      filledBytes += takenBytes
      rest = rest.subarray(takenBytes)
      if (filledBytes < blockBytes) return undefined
      if (writing !== undefined) return writing.then(() => push(rest))
      void begin()
    }
  }
  return {
    push,
    async flush() {
      await writing
      assertSound()
      if (filledBytes > 0) await begin()
      assertSound()
    },
  }
}

/** A write may stop half-way without an error: what is left goes again. `position` null: where the file is. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  let doneBytes = 0
  while (doneBytes < bytes.byteLength) {
    const at = position === null ? null : position + doneBytes
    doneBytes += (await handle.write(bytes, doneBytes, bytes.byteLength - doneBytes, at)).bytesWritten
  }
}
