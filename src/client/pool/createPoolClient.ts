import { HTTP_ROUTES } from '../../protocol/http/index.ts'
import { createGrowingFileHasher } from '../../shared/node/index.ts'
import { discard, readRefusal } from './answer.ts'
import { downloadFile } from './download.ts'
import { createHttpConnections } from './httpRequest.ts'
import { persist } from './persist.ts'
import type { PersistOptions } from './persist.ts'
import type { DownloadRequest, PoolClient, PoolClientOptions, PoolFileRef } from './port.ts'
import { uploadFile } from './tusUpload.ts'

/** A client of one gateway's pool; studio and worker differ only in `headers` and `routes`. */
export function createPoolClient(options: PoolClientOptions): PoolClient {
  const connections = createHttpConnections()
  const hasher = createGrowingFileHasher()
  const routes = options.routes ?? { pool: HTTP_ROUTES.pool, uploads: HTTP_ROUTES.poolUploads }
  const toUrl = (path: string): string => new URL(path, options.baseUrl).href
  const fileUrl = (file: { readonly md5: string; readonly ext: string }): string =>
    toUrl(`${routes.pool}/${file.md5}${file.ext}`)
  const retryOf = (request: Pick<DownloadRequest, 'signal' | 'onRetry'>): PersistOptions => ({
    clock: options.clock,
    ...(options.giveUpAfterMs === undefined ? {} : { giveUpAfterMs: options.giveUpAfterMs }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.onRetry === undefined ? {} : { onRetry: request.onRetry }),
  })

  const hasOne = (file: Pick<PoolFileRef, 'md5' | 'ext' | 'sizeBytes'>, signal: AbortSignal | undefined) =>
    persist(retryOf(signal === undefined ? {} : { signal }), async () => {
      const response = await connections.send({
        method: 'HEAD',
        url: fileUrl(file),
        headers: options.headers(),
        ...(signal === undefined ? {} : { signal }),
      })
      if (response.statusCode === 404) {
        discard(response)
        return false
      }
      if (response.statusCode !== 200) throw await readRefusal(response)
      discard(response)
      return Number(response.headers['content-length']) === file.sizeBytes
    })

  return {
    async has(files, { signal } = {}) {
      const found = new Set<string>()
      for (const file of files) if (await hasOne(file, signal)) found.add(file.md5)
      return found
    },
    upload: (path, file, uploadOptions = {}) =>
      uploadFile(
        {
          connections,
          clock: options.clock,
          headers: options.headers,
          endpoint: toUrl(routes.uploads),
          giveUpAfterMs: options.giveUpAfterMs,
        },
        path,
        file,
        uploadOptions,
      ),
    download: (request) =>
      downloadFile(
        {
          connections,
          hasher,
          headers: options.headers,
          url: 'url' in request.source ? toUrl(request.source.url) : fileUrl(request.source),
          retry: retryOf(request),
        },
        request,
      ),
    close: () => {
      connections.close()
      void hasher.stop()
    },
  }
}
