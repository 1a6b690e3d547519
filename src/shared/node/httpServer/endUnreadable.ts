import type { Duplex } from 'node:stream'
import { endSocket } from '../streams/index.ts'

/** Ends a connection on which something came that is no HTTP, with `answer` where one can be heard. For `clientError`. */
export function endUnreadable(error: NodeJS.ErrnoException, socket: Duplex, answer: () => string): void {
  // Before the TLS handshake there is no way to say anything: what is written would wait for it for ever.
  const isMute = !socket.writable || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT'
  if (error.code === 'ECONNRESET' || isMute) socket.destroy()
  // The rest of a malformed stream is not read: it could be taken for a second request.
  else endSocket(socket, answer())
}
