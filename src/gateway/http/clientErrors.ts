import type { Socket } from 'node:net'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import { endSocket } from '../../shared/node/index.ts'
import { failureOf, newRequestId, rawFailure } from './failure.ts'

/** What the HTTP parser refused before there was a request. Answered like anything else, then closed. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  // Before the handshake there is no way to say anything: what is written would wait for it for ever.
  const isMute = !socket.writable || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT'
  if (error.code === 'ECONNRESET' || isMute) {
    socket.destroy()
    return
  }
  const failure = failureOf(new AppError(codeOf(error.code)), 'en', newRequestId())
  // The rest of a malformed stream is not read: it could be taken for a second request.
  endSocket(socket, rawFailure(failure))
}

function codeOf(code: string | undefined): ErrorCode {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'HEADERS_TOO_LARGE'
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'BODY_TOO_LARGE'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'REQUEST_TIMEOUT'
    case 'HPE_INVALID_METHOD':
      return 'METHOD_NOT_ALLOWED'
    default:
      return 'BAD_REQUEST'
  }
}
