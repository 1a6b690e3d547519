import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, MINUTE_MS } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { sendFile } from '../../shared/node/index.ts'

export interface Media {
  readonly path: string
  readonly contentType: string
  readonly fileName: string
}

export interface MediaRouteDeps {
  /** What a handle stands for; null for one that is unknown. */
  readonly resolveMedia: (handle: string) => Media | null
  readonly clock: Clock
}

/** A paused player reads nothing for minutes; one that finds its connection closed asks for the rest. */
const PATIENCE = { everyMs: 10 * MINUTE_MS, leastBytes: 1, savedWindows: 0 }

/**
 * `GET /media/<handle>` with Range; `?download=1` offers it for saving. The handle is the permission. A connection that
 * is not read for ten minutes is closed.
 */
export async function serveMedia(
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
  { resolveMedia, clock }: MediaRouteDeps,
): Promise<void> {
  const media = resolveMedia(url.pathname.slice('/media/'.length))
  if (media === null) throw new AppError('HANDLE_UNKNOWN')
  const isDownload = url.searchParams.get('download') === '1'
  const served = {
    path: media.path,
    contentType: media.contentType,
    ...(isDownload ? { downloadName: media.fileName } : {}),
  }
  await sendFile(request, response, served, { clock, ...PATIENCE })
}
