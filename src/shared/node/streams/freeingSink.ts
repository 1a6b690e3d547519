import { Writable } from 'node:stream'
import { freeBytes } from './freeBytes.ts'

/**
 * Passes a file's chunks to a request or response, one at a time, and gives each one's memory back when it is out.
 * `target` must be one whose write callback means that the bytes have left: a socket's, not a stream that keeps them.
 */
export function freeingSink(target: Writable): Writable {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      target.write(chunk, (error) => {
        // After a failure the system may still hold them.
        if (error === null || error === undefined) freeBytes(chunk)
        done(error ?? null)
      })
    },
    final(done) {
      target.end(done)
    },
    destroy(error, done) {
      if (error !== null) target.destroy(error)
      done(error)
    },
  })
  target.once('close', () => sink.destroy())
  return sink
}
