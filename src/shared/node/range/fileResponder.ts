import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { pipeline } from 'node:stream/promises'
import { constants } from 'node:fs'
import { AppError } from '../../index.ts'
import { toFileError } from '../files/index.ts'
import { freeingSink } from '../streams/index.ts'
import { mediaHeaders } from './mediaHeaders.ts'
import type { MediaAnswer } from './mediaHeaders.ts'
import { planRange } from './planRange.ts'
import type { RangePlan } from './planRange.ts'
import { watchReader } from './slowReader.ts'
import type { ReaderPatience } from './slowReader.ts'

export interface ServedFile {
  readonly path: string
  readonly contentType: string
  /** Digest of the content, without quotes: enables 304 and If-Range. */
  readonly etag?: string
  /** Offers the file for saving under this name. */
  readonly downloadName?: string
  readonly cacheControl?: string
}

const CHUNK_BYTES = 256 * 1024
const OPEN_FLAGS = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

interface Conditions {
  readonly isHead: boolean
  readonly range: string | null
  readonly ifRange: string | null
  readonly ifNoneMatch: string | null
}

interface Opened {
  readonly handle: FileHandle
  readonly plan: RangePlan
  readonly answer: MediaAnswer
}

/**
 * Answers GET and HEAD on a `node:http` response, with one Range, If-Range and If-None-Match. Throws FILE_NOT_FOUND,
 * FILE_UNREADABLE or NOT_A_FILE before anything is sent; resolves when the answer is out, the client is gone, or it
 * reads more slowly than `patience` allows and its connection was closed.
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
  patience: ReaderPatience,
): Promise<void> {
  const conditions: Conditions = {
    isHead: request.method === 'HEAD',
    range: request.headers.range ?? null,
    ifRange: headerOf(request, 'if-range'),
    ifNoneMatch: request.headers['if-none-match'] ?? null,
  }
  const { handle, plan, answer } = await openFor(file, conditions)
  try {
    response.writeHead(answer.status, answer.headers)
    if (!hasBody(answer, conditions)) {
      response.end()
      return
    }
    await sendBody(request, response, streamOf(handle, plan), patience)
  } catch (error) {
    // The client closed the connection, which players do at every seek.
    if (!response.destroyed) throw toFileError(error, file.path)
  } finally {
    await handle.close()
  }
}

/** Without the watch a reader that stops would hold the file and the connection for ever. */
async function sendBody(
  { socket }: IncomingMessage,
  response: ServerResponse,
  body: Readable,
  patience: ReaderPatience,
): Promise<void> {
  const endWatch = watchReader(socket, patience, () => {
    response.destroy()
  })
  try {
    await pipeline(body, freeingSink(response))
  } finally {
    endWatch()
  }
}

/** The same answer as a web `Response`, for protocol handlers of the desktop shell. Throws like `sendFile`. */
export async function fileResponse(request: Request, file: ServedFile): Promise<Response> {
  const conditions: Conditions = {
    isHead: request.method === 'HEAD',
    range: request.headers.get('range'),
    ifRange: request.headers.get('if-range'),
    ifNoneMatch: request.headers.get('if-none-match'),
  }
  const { handle, plan, answer } = await openFor(file, conditions)
  if (!hasBody(answer, conditions)) {
    await handle.close()
    return new Response(null, { status: answer.status, headers: answer.headers })
  }
  return new Response(webStreamOf(handle, plan), { status: answer.status, headers: answer.headers })
}

async function openFor(file: ServedFile, conditions: Conditions): Promise<Opened> {
  let handle: FileHandle
  try {
    handle = await open(file.path, OPEN_FLAGS)
  } catch (error) {
    throw toFileError(error, file.path)
  }
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) {
      throw new AppError('NOT_A_FILE', { message: `${file.path} is not a file`, data: { file: basename(file.path) } })
    }
    const quoted = file.etag === undefined ? undefined : `"${file.etag}"`
    // If-Range with anything but our strong tag: the client's part may be of another file, so send the whole.
    const isRangeValid = conditions.ifRange === null || conditions.ifRange === quoted
    const plan = planRange(isRangeValid ? conditions.range : null, stats.size)
    const answer = mediaHeaders({ plan, sizeBytes: stats.size, ...file })
    if (matchesTag(conditions.ifNoneMatch, quoted)) return { handle, plan, answer: notModified(answer) }
    return { handle, plan, answer }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function matchesTag(ifNoneMatch: string | null, quoted: string | undefined): boolean {
  if (ifNoneMatch === null || quoted === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === quoted || tag.trim() === '*')
}

function notModified(answer: MediaAnswer): MediaAnswer {
  const kept = ['etag', 'cache-control'].flatMap((name) => {
    const value = answer.headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { status: 304, headers: Object.fromEntries(kept) }
}

function hasBody(answer: MediaAnswer, conditions: Conditions): boolean {
  return !conditions.isHead && (answer.status === 200 || answer.status === 206)
}

function streamOf(handle: FileHandle, plan: RangePlan): Readable {
  const bounds = plan.kind === 'partial' ? { start: plan.start, end: plan.end } : { start: 0 }
  return handle.createReadStream({ ...bounds, highWaterMark: CHUNK_BYTES, autoClose: false })
}

/** Reads only what the consumer asks for, and closes the file when it is through or gives up. */
function webStreamOf(handle: FileHandle, plan: RangePlan): ReadableStream<Uint8Array> {
  let position = plan.kind === 'partial' ? plan.start : 0
  const stopAt = plan.kind === 'partial' ? plan.end + 1 : Number.MAX_SAFE_INTEGER
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const wantedBytes = Math.min(CHUNK_BYTES, stopAt - position)
        const { bytesRead, buffer } = await readOrClose(handle, wantedBytes, position)
        position += bytesRead
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
        if (bytesRead === 0 || position >= stopAt) {
          await handle.close()
          controller.close()
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  )
}

/** A stream that failed is never cancelled: nobody else would close the file. */
async function readOrClose(handle: FileHandle, wantedBytes: number, position: number) {
  try {
    return await handle.read(new Uint8Array(wantedBytes), 0, wantedBytes, position)
  } catch (error) {
    await handle.close()
    throw error
  }
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}
