import { protocol } from 'electron'
import { isAppError } from '../../shared/index.ts'
import { fileResponse } from '../../shared/node/index.ts'
import { APP_SCHEME, routeOf } from './appAddress.ts'
import { assetResponse, pageResponse, plainResponse } from './pageFiles.ts'

export interface MediaFile {
  readonly path: string
  readonly contentType: string
  readonly fileName: string
}

export interface AppProtocolDeps {
  /** The built page. */
  readonly rendererDir: string
  /** Asks the studio what a handle stands for; null = nothing. */
  readonly resolveMedia: (handle: string) => Promise<MediaFile | null>
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Before the app is ready. Standard and secure, and nothing that loosens the page's own policy. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ])
}

/** Serves the page and its media to it, and nothing else. */
export function serveApp(deps: AppProtocolDeps): void {
  protocol.handle(APP_SCHEME, async (request) => {
    try {
      return await answer(request, deps)
    } catch (error) {
      deps.log('protocol.failed', { error })
      return plainResponse(500)
    }
  })
}

async function answer(request: Request, deps: AppProtocolDeps): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plainResponse(405)
  const route = routeOf(request.url)
  switch (route.kind) {
    case 'page':
      return pageResponse(deps.rendererDir)
    case 'asset':
      return assetResponse(deps.rendererDir, route.path)
    case 'media':
      return mediaResponse(request, route.handle, route.isDownload, deps)
    case 'refused':
      return plainResponse(route.status)
  }
}

async function mediaResponse(
  request: Request,
  handle: string,
  isDownload: boolean,
  deps: AppProtocolDeps,
): Promise<Response> {
  try {
    const file = await deps.resolveMedia(handle)
    if (file === null) return plainResponse(404)
    const { path, contentType, fileName } = file
    return await fileResponse(request, { path, contentType, ...(isDownload ? { downloadName: fileName } : {}) })
  } catch (error) {
    if (isAppError(error, 'FILE_NOT_FOUND') || isAppError(error, 'NOT_A_FILE')) return plainResponse(404)
    if (isAppError(error, 'PROCESS_CRASHED')) return plainResponse(503)
    throw error
  }
}
