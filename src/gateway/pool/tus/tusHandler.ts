import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server } from '@tus/server'
import { AppError, randomHex } from '../../../shared/index.ts'
import { fromTus, refusal } from './tusErrors.ts'
import { patchUpload } from './patchUpload.ts'
import type { UploadGrant, UploadStore } from './uploadStore.ts'

export interface TusHandlerDeps {
  readonly uploads: UploadStore
  /** Path the uploads live under; ids follow it. */
  readonly basePath: string
  /** Throws AppError for a request that may not upload. */
  readonly authorize: (req: IncomingMessage) => UploadGrant | Promise<UploadGrant>
}

/** One request on its way through the library, which knows neither tenants nor our errors. */
interface Passage {
  readonly grant: UploadGrant
  refused: AppError | undefined
}

const UPLOAD_ID = /^[0-9a-f]{32}$/

/**
 * tus 1.0 (creation, termination, expiration) for `node:http`. Resolves when the request is answered; rejects with an
 * AppError before anything was sent, so that the door answers in its own envelope. Bytes of a PATCH go straight from
 * the socket to the pool; everything else of the protocol is the tus library's.
 */
export function createTusHandler(deps: TusHandlerDeps): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const passages = new AsyncLocalStorage<Passage>()
  const server = createServer(deps, passages)
  return async (req, res) => {
    const grant = await deps.authorize(req)
    if (req.method === 'PATCH') {
      const id = uploadIdOf(req.url ?? '')
      if (id === undefined) throw refusal(404, 'no upload id in the address')
      deps.uploads.assertOwner(id, grant.tenant)
      await patchUpload(deps.uploads, id, req, res)
      return
    }
    const passage: Passage = { grant, refused: undefined }
    const response = await passages.run(passage, () => server.handleWeb(toWebRequest(req)))
    if (passage.refused !== undefined) throw passage.refused
    await answer(response, res)
  }
}

function createServer(deps: TusHandlerDeps, passages: AsyncLocalStorage<Passage>): Server {
  const { uploads, basePath } = deps
  const passage = (): Passage => {
    const current = passages.getStore()
    if (current === undefined) throw new AppError('INTERNAL', { message: 'a tus request outside its passage' })
    return current
  }
  return new Server({
    path: basePath,
    datastore: uploads,
    locker: uploads.locks,
    relativeLocation: true,
    // No page of another origin uploads here, and the library's default is `*`.
    allowedOrigins: [],
    namingFunction: () => randomHex(16),
    getFileIdFromRequest: (req) => uploadIdOf(req.url),
    onUploadCreate: async (_, upload) => {
      await uploads.admit(upload, passage().grant)
      return {}
    },
    onIncomingRequest: async (req, id) => {
      if (req.method !== 'POST') uploads.assertOwner(id, passage().grant.tenant)
    },
    onResponseError: (_, error) => {
      passage().refused = fromTus(error)
      return undefined
    },
  })
}

function uploadIdOf(url: string): string | undefined {
  const id = /\/([^/?]+)\/?(?:\?.*)?$/.exec(url)?.[1]
  return id !== undefined && UPLOAD_ID.test(id) ? id : undefined
}

/** Without the body: only PATCH has one that counts, and PATCH does not come here. */
function toWebRequest(req: IncomingMessage): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === 'string' && name !== 'content-type') headers.set(name, value)
  }
  return new Request(new URL(req.url ?? '/', 'http://gateway'), { method: req.method ?? 'GET', headers })
}

/** The library's few refusals that are answers and not errors become errors here. */
async function answer(response: Response, res: ServerResponse): Promise<void> {
  const text = await response.text()
  if (response.status >= 400) throw refusal(response.status, text)
  for (const [name, value] of response.headers) res.setHeader(name, value)
  res.writeHead(response.status)
  res.end(text)
}
