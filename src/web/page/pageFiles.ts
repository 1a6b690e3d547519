import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { AppError } from '../../shared/index.ts'
import { errnoOf, toFileError } from '../../shared/node/index.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
}

const INDEX = 'index.html'
/** Vite puts eight characters of the content's hash before the extension. */
const HASHED_NAME = /-[\w-]{8}\.\w+$/

export interface PageFile {
  readonly path: string
  readonly contentType: string
  /** The name changes with the content. */
  readonly isImmutable: boolean
}

export interface Page {
  /** Without a nonce yet. */
  readonly html: string
  /** By URL path. Only these are served, so that no path of a request ever reaches the disk. */
  readonly files: ReadonlyMap<string, PageFile>
}

/** The built page. Throws PAGE_NOT_BUILT where there is none. */
export async function loadPage(rendererDir: string): Promise<Page> {
  const html = await readIndex(rendererDir)
  const entries = await readdir(rendererDir, { recursive: true, withFileTypes: true })
  const files = new Map<string, PageFile>()
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const contentType = TYPES[extname(entry.name)]
    if (!entry.isFile() || contentType === undefined) continue
    const urlPath = `/${relative(rendererDir, path).split(sep).map(encodeURIComponent).join('/')}`
    files.set(urlPath, { path, contentType, isImmutable: HASHED_NAME.test(entry.name) })
  }
  return { html, files }
}

async function readIndex(rendererDir: string): Promise<string> {
  const path = join(rendererDir, INDEX)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new AppError('PAGE_NOT_BUILT')
    throw toFileError(error, path)
  }
}
