import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CAPABILITY_HEADER, HTTP_ROUTES } from '../../protocol/http/index.ts'

interface Upload {
  readonly sizeBytes: number
  readonly metadata: Readonly<Record<string, string>>
  bytes: Buffer
}

/** The pool's HTTP side, in memory: what a worker or studio can tell from the real one by its wire. */
export interface PoolServer {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** By MD5. */
  readonly files: Map<string, Buffer>
  readonly requests: { readonly method: string; readonly path: string; readonly capability: string | undefined }[]
  /** Answers the next matching request instead of the server; true when it did. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
}

export function createPoolServer(): PoolServer {
  const files = new Map<string, Buffer>()
  const uploads = new Map<string, Upload>()
  const server: PoolServer = {
    files,
    requests: [],
    intercept: undefined,
    handle(request, response) {
      const { method = 'GET', url: path = '/' } = request
      const capability = request.headers[CAPABILITY_HEADER]
      server.requests.push({ method, path, capability: typeof capability === 'string' ? capability : undefined })
      if (server.intercept?.(request, response) === true) return
      if (method === 'POST') create(request, response, uploads)
      else if (method === 'PATCH') void patch(request, response, uploads, files)
      else if (path.includes('/uploads/')) head(response, uploads.get(path))
      else serve(request, response, files.get(/\/([0-9a-f]{32})/.exec(path)?.[1] ?? ''))
    },
  }
  return server
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function create(request: IncomingMessage, response: ServerResponse, uploads: Map<string, Upload>): void {
  const id = `${HTTP_ROUTES.workerUploads}/${randomBytes(8).toString('hex')}`
  const pairs = String(request.headers['upload-metadata']).split(',')
  const metadata = Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split(' ')
      return [key, Buffer.from(value, 'base64').toString('utf8')]
    }),
  )
  uploads.set(id, { sizeBytes: Number(request.headers['upload-length']), metadata, bytes: Buffer.alloc(0) })
  response.writeHead(201, { location: id, 'tus-resumable': '1.0.0' }).end()
}

function head(response: ServerResponse, upload: Upload | undefined): void {
  if (upload === undefined) response.writeHead(404).end()
  else response.writeHead(200, offsetHeaders(upload)).end()
}

async function patch(
  request: IncomingMessage,
  response: ServerResponse,
  uploads: Map<string, Upload>,
  files: Map<string, Buffer>,
): Promise<void> {
  const upload = uploads.get(request.url ?? '')
  if (upload === undefined) return void response.writeHead(404).end()
  if (Number(request.headers['upload-offset']) !== upload.bytes.byteLength) return void response.writeHead(409).end()
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) upload.bytes = Buffer.concat([upload.bytes, chunk])
  } catch {
    return
  }
  if (upload.bytes.byteLength === upload.sizeBytes) {
    const md5 = md5Of(upload.bytes)
    if (md5 !== upload.metadata['md5'] || sha256Of(upload.bytes) !== upload.metadata['sha256']) {
      uploads.delete(request.url ?? '')
      return void response.writeHead(460).end('hash mismatch')
    }
    files.set(md5, upload.bytes)
  }
  response.writeHead(204, offsetHeaders(upload)).end()
}

function offsetHeaders(upload: Upload): Record<string, string> {
  return { 'upload-offset': String(upload.bytes.byteLength), 'upload-length': String(upload.sizeBytes) }
}

function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer | undefined): void {
  if (bytes === undefined) return void response.writeHead(404).end()
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const headers = { 'content-length': String(bytes.byteLength - from) }
  if (from === 0) response.writeHead(200, headers)
  else
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`,
    })
  if (request.method === 'HEAD') response.end()
  else response.end(bytes.subarray(from))
}
