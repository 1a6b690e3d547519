import { AppError, delay } from '../../shared/index.ts'
import type { AppErrorJson } from '../../shared/index.ts'
import { browserClock } from './browserClock.ts'
import type { AddFileOptions } from './door.ts'
import { LINK_LOST } from './studioLink.ts'

interface UploadOptions extends AddFileOptions {
  readonly token: string
  readonly origin: string
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly offset: number | null
}

const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000]

/**
 * Streams a file to the web host (`PUT /files?id=…&name=…&size=…`, body from `upload-offset` on). After a break it asks
 * with HEAD how far the host got and goes on there. Answers the file's handle.
 */
export async function uploadFile(file: File, options: UploadOptions): Promise<string> {
  const url = new URL('/files', options.origin)
  url.search = new URLSearchParams({ id: uploadId(), name: file.name, size: String(file.size) }).toString()
  let offset = 0
  for (let failures = 0; ; failures += 1) {
    const answer = await send('PUT', url, file, offset, options)
    if (answer?.status === 200 || answer?.status === 201) return readHandle(answer)
    const pauseMs = PAUSES_MS[failures]
    if (pauseMs === undefined || (answer !== null && isRefusal(answer.status))) throw readFailure(answer, file)
    await delay(browserClock, pauseMs, options.signal)
    const reached = (await send('HEAD', url, null, 0, options))?.offset ?? 0
    // As long as something arrives between two breaks it is worth going on.
    if (reached > offset) failures = 0
    offset = reached
  }
}

/** 202: more has to come. 409: the offset was wrong. 5xx: try again. All else is an answer. */
const isRefusal = (status: number): boolean => status !== 202 && status !== 409 && status < 500

/** One request. Null: the connection broke; nobody knows how far it got. Fetch cannot tell the progress of a body. */
async function send(
  method: 'PUT' | 'HEAD',
  url: URL,
  file: File | null,
  offset: number,
  { token, signal, onProgress }: UploadOptions,
): Promise<Answer | null> {
  signal.throwIfAborted()
  const request = new XMLHttpRequest()
  const settled = Promise.withResolvers<Answer | null>()
  const abort = () => request.abort()
  request.open(method, url)
  request.setRequestHeader('authorization', `Bearer ${token}`)
  if (file !== null) request.setRequestHeader('upload-offset', String(offset))
  request.upload.onprogress = (event) => {
    if (file !== null && file.size > 0) onProgress(Math.min(1, (offset + event.loaded) / file.size))
  }
  request.onload = () =>
    settled.resolve({ status: request.status, body: request.responseText, offset: readOffset(request) })
  request.onerror = () => settled.resolve(null)
  request.onabort = () => settled.reject(signal.reason)
  signal.addEventListener('abort', abort)
  request.send(file === null ? null : file.slice(offset))
  try {
    return await settled.promise
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

const uploadId = (): string => crypto.randomUUID().replaceAll('-', '')

function readOffset(request: XMLHttpRequest): number | null {
  const header = request.getResponseHeader('upload-offset')
  return header === null || !/^\d+$/.test(header) ? null : Number(header)
}

function readHandle(answer: Answer): string {
  const body = parse(answer.body)
  if (typeof body === 'object' && body !== null && 'handle' in body && typeof body.handle === 'string') {
    return body.handle
  }
  throw new AppError('INTERNAL', { message: 'The host answered an upload without a handle.' })
}

function readFailure(answer: Answer | null, file: File): AppError {
  if (answer === null) return new AppError(LINK_LOST, { retryable: true })
  const body = parse(answer.body)
  if (isErrorBody(body)) return AppError.fromJSON(body.error)
  return new AppError('FILE_UNREADABLE', { data: { file: file.name } })
}

function isErrorBody(body: unknown): body is { error: AppErrorJson } {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
