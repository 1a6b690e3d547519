import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createNonce, pageHeaders, toFileError, withNonce } from '../../shared/node/index.ts'
import type { PageFile } from './pageFiles.ts'

const YEAR_SECONDS = 31_536_000

/** The page itself: never stored, with a nonce of its own. */
export function servePage(request: IncomingMessage, response: ServerResponse, html: string): void {
  const nonce = createNonce()
  const body = withNonce(html, nonce)
  response.writeHead(200, {
    ...pageHeaders(nonce),
    'content-length': Buffer.byteLength(body),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** A script, style or picture of the page. Throws FILE_NOT_FOUND when a new build has replaced it. */
export async function servePageFile(request: IncomingMessage, response: ServerResponse, file: PageFile): Promise<void> {
  const body = await readFile(file.path).catch((error: unknown) => {
    throw toFileError(error, file.path)
  })
  response.writeHead(200, {
    'content-type': file.contentType,
    'content-length': body.byteLength,
    'cache-control': file.isImmutable ? `public, max-age=${String(YEAR_SECONDS)}, immutable` : 'no-cache',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
