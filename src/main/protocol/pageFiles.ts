import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { createNonce, errnoOf, pageHeaders, resolveInside, withNonce } from '../../shared/node/index.ts'

/** What Vite makes. Anything else in the folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

const HASHED = /-[\w-]{8,}\.\w+$/

/** The page, with this response's nonce in its policy and in its `csp-nonce` meta. */
export async function pageResponse(rendererDir: string): Promise<Response> {
  const html = await readOrNull(resolveInside(rendererDir, 'index.html'))
  if (html === null) return plainResponse(404)
  const nonce = createNonce()
  return new Response(withNonce(html.toString(), nonce), { status: 200, headers: pageHeaders(nonce) })
}

/** A file the page loads. `path` is checked here again: it stays inside the folder or is refused. */
export async function assetResponse(rendererDir: string, path: string): Promise<Response> {
  const type = TYPES[extname(path).toLowerCase()]
  if (type === undefined) return plainResponse(404)
  let file: string
  try {
    file = resolveInside(rendererDir, path)
  } catch {
    return plainResponse(400)
  }
  const content = await readOrNull(file)
  if (content === null) return plainResponse(404)
  const headers = {
    'content-type': type,
    'x-content-type-options': 'nosniff',
    'cache-control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
  return new Response(new Uint8Array(content), { status: 200, headers })
}

export function plainResponse(status: 400 | 404 | 405 | 500 | 503): Response {
  return new Response(null, { status, headers: { 'x-content-type-options': 'nosniff' } })
}

async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return null
    throw error
  }
}
