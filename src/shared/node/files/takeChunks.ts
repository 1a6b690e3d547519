import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { freeBytes } from '../streams/index.ts'

/**
 * Hands each chunk to `take`, which copies it, as it comes and stops the source while that asks to wait. Rejects with what `take` threw
 * or the source broke with; the source is then left paused, not destroyed: its answer may still have to go out.
 */
export function takeChunks(source: Readable, take: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  // The chunks of a message of HTTP are nobody's but ours; a stream made by hand may hand over what it keeps.
  const isMessage = source instanceof IncomingMessage
  const free = isMessage ? freeBytes : (): void => undefined
  const stopFreeing = isMessage && typeof source.statusCode === 'number' ? freeReads(source) : (): void => undefined
  return new Promise((resolve, reject) => {
    let isSettled = false
    const settle = (act: () => void): void => {
      isSettled = true
      stopFreeing()
      source.off('data', onData).off('end', onEnd).off('close', onClose)
      source.pause()
      act()
    }
    const fail = (error: unknown): void => {
      settle(() => {
        reject(error instanceof Error ? error : new Error(String(error)))
      })
    }
    const onData = (chunk: Buffer): void => {
      try {
        const wait = take(chunk)
        if (wait === undefined) {
          free(chunk)
          return
        }
        source.pause()
        wait.then(() => {
          free(chunk)
          if (!isSettled) source.resume()
        }, fail)
      } catch (error) {
        fail(error)
      }
    }
    const onEnd = (): void => {
      settle(resolve)
    }
    const onClose = (): void => {
      fail(source.errored ?? new Error('the stream ended early'))
    }
    // Stays: a late error of a source that was given up must not end the process.
    source.on('error', fail)
    if (source.destroyed) onClose()
    else source.on('data', onData).once('end', onEnd).once('close', onClose)
  })
}

/**
 * For an answer Node copies each chunk out of what the socket read: that first copy is garbage of the same size. The
 * parser heard it before us and is done with it.
 */
function freeReads({ socket }: IncomingMessage): () => void {
  socket.on('data', freeBytes)
  return () => {
    socket.off('data', freeBytes)
  }
}
