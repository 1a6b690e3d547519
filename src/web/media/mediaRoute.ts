import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../shared/index.ts'
import { sendFile } from '../../shared/node/index.ts'

export interface Media {
  readonly path: string
  readonly contentType: string
  readonly fileName: string
}

export interface MediaRouteDeps {
  /** What a handle stands for; null for one that is unknown. */
  readonly resolveMedia: (handle: string) => Media | null
}

/** `GET /media/<handle>` with Range; `?download=1` offers it for saving. The handle is the permission. */
export async function serveMedia(
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
  { resolveMedia }: MediaRouteDeps,
): Promise<void> {
  const media = resolveMedia(url.pathname.slice('/media/'.length))
  if (media === null) throw new AppError('HANDLE_UNKNOWN')
  const isDownload = url.searchParams.get('download') === '1'
  await sendFile(request, response, {
    path: media.path,
    contentType: media.contentType,
    ...(isDownload ? { downloadName: media.fileName } : {}),
  })
}
