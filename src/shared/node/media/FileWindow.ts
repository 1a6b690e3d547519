import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { toFileError } from '../files/index.ts'

/** No index of a sane file is larger; a hostile size field must not make us allocate it. */
const MAX_READ_BYTES = 256 * 1024 * 1024
/** A file whose structure leads a parser in circles ends here; an honest MP3 of four hours does not. */
const MAX_TOTAL_BYTES = 1024 * 1024 * 1024
const MAX_READS = 200_000

/** Random access to one open file: the only thing a parser gets, so it cannot reach any other. */
export interface FileWindow {
  readonly sizeBytes: number
  /** Bytes [start, end), fewer at the end of the file. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

export async function openWindow(path: string, signal?: AbortSignal): Promise<FileWindow> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK))
  } catch (error) {
    throw toFileError(error, path)
  }
  const { size: sizeBytes } = await handle.stat()
  let totalBytes = 0
  let readCount = 0
  return {
    sizeBytes,
    async read(start, end) {
      const wantedBytes = Math.max(0, Math.min(end, sizeBytes) - start)
      if (wantedBytes > MAX_READ_BYTES) throw new Error(`a part of ${String(wantedBytes)} bytes is too large`)
      signal?.throwIfAborted()
      totalBytes += wantedBytes
      readCount += 1
      if (totalBytes > MAX_TOTAL_BYTES || readCount > MAX_READS) throw new Error('the structure of the file has no end')
      const buffer = new Uint8Array(wantedBytes)
      let filledBytes = 0
      while (filledBytes < wantedBytes) {
        const position = start + filledBytes
        const { bytesRead } = await handle.read(buffer, filledBytes, wantedBytes - filledBytes, position)
        if (bytesRead === 0) break
        filledBytes += bytesRead
      }
      return buffer.subarray(0, filledBytes)
    },
    close: () => handle.close(),
  }
}
