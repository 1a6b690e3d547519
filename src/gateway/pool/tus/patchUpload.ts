import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../../shared/index.ts'
import { refusal } from './tusErrors.ts'
import type { UploadStore } from './uploadStore.ts'

const TUS_VERSION = '1.0.0'

/** The tus PATCH: appends the body to the upload, whose owner was checked before. Rejects before anything was sent. */
export async function patchUpload(
  uploads: UploadStore,
  id: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const offset = readOffset(req)
  const unlock = await uploads.locks.acquire(id, () => {
    // With the body complete only the publish is left, and that is waited for.
    if (!req.complete) req.destroy(new Error('another request goes on with this upload'))
  })
  try {
    const upload = await uploads.getUpload(id)
    const size = upload.size ?? 0
    if (upload.offset === offset) assertFits(req, offset, size)
    const reached = await uploads.write(req, id, offset)
    if (reached < size) res.setHeader('Upload-Expires', new Date(uploads.expiresAtMs(id)).toUTCString())
    res.setHeader('Tus-Resumable', TUS_VERSION)
    res.setHeader('Upload-Offset', String(reached))
    res.writeHead(204)
    res.end()
  } catch (error) {
    // What was not read of the body must not be taken for the next request.
    if (!req.complete && !res.headersSent) res.setHeader('Connection', 'close')
    throw error
  } finally {
    unlock()
  }
}

function readOffset(req: IncomingMessage): number {
  if (req.headers['tus-resumable'] !== TUS_VERSION) throw refusal(412, 'Tus-Resumable must be 1.0.0')
  if (req.headers['content-type'] !== 'application/offset+octet-stream') {
    throw new AppError('CONTENT_TYPE', { message: 'a PATCH needs application/offset+octet-stream' })
  }
  const offset = req.headers['upload-offset']
  if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset)) throw refusal(400, 'Upload-Offset is missing')
  return Number(offset)
}

/** A body that is announced as too long is refused before it is read. */
function assertFits(req: IncomingMessage, offset: number, size: number): void {
  const length = Number(req.headers['content-length'] ?? 0)
  if (offset + length > size) {
    throw new AppError('LENGTH_MISMATCH', { message: 'the body is longer than the rest of the upload' })
  }
}
