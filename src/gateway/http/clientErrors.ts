import type { Socket } from 'node:net'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import { endUnreadable } from '../../shared/node/index.ts'
import { failureOf, newRequestId, rawFailure } from './failure.ts'

/** What the HTTP parser refused before there was a request. Answered like anything else, then closed. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  endUnreadable(error, socket, () => rawFailure(failureOf(new AppError(codeOf(error.code)), 'en', newRequestId())))
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
