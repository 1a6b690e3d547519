import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { toFileError } from '../../shared/node/index.ts'
import type { WriteBlock } from './httpRequest.ts'
import { MAX_BLOCK_BYTES } from './rateLimit.ts'
import type { Pacer } from './rateLimit.ts'

export interface FileSending {
  readonly path: string
  readonly fromBytes: number
  readonly toBytes: number
  readonly pacer: Pacer
  /** Called with the position up to which bytes are on their way. */
  readonly onSending: (positionBytes: number) => void
  /** What is thrown when the file ends before `toBytes`. */
  readonly onShorter: () => Error
}

/**
 * Sends a part of a file through two fixed blocks: the disk fills one while the network takes the other. No more than
 * these two are ever held, so memory stays flat for any size and a slow network stops the reading.
 */
export async function sendFile(write: WriteBlock, sending: FileSending): Promise<void> {
  const { toBytes, pacer, onSending, onShorter } = sending
  const handle = await openSource(sending.path)
  let [filling, spare] = [Buffer.allocUnsafeSlow(MAX_BLOCK_BYTES), Buffer.allocUnsafeSlow(MAX_BLOCK_BYTES)]
  let position = sending.fromBytes
  let reading = readBlock(handle, filling, position, sending)
  try {
    while (position < toBytes) {
      const block = await reading
      if (block.byteLength === 0) throw onShorter()
      position += block.byteLength
      ;[filling, spare] = [spare, filling]
      reading = readBlock(handle, filling, position, sending)
      // Its failure is told when its turn comes.
      reading.catch(() => undefined)
      onSending(position)
      await pacer.pass(block.byteLength)
      if (!(await write(block))) return
    }
  } finally {
    // The block under way belongs to the kernel until then.
    await reading.catch(() => undefined)
    await handle.close()
  }
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    throw toFileError(error, path)
  }
}

async function readBlock(
  handle: FileHandle,
  into: Buffer,
  position: number,
  { path, toBytes, pacer }: FileSending,
): Promise<Uint8Array> {
  try {
    const { bytesRead } = await handle.read(into, 0, Math.min(pacer.blockBytes(), toBytes - position), position)
    return into.subarray(0, bytesRead)
  } catch (error) {
    throw toFileError(error, path)
  }
}
