import { createWriteStream, openAsBlob } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { z } from 'zod'
import { AppError, randomHex } from '../../shared/index.ts'
import { errnoOf, toWriteError } from '../../shared/node/index.ts'
import { anySchema, checkSchema, failureSchema, healthSchema, taskSchema, uploadSchema } from './answers.ts'
import type { CallOptions, DownloadOutcome, GpuServerClient, ServerFile, TransferOptions } from './port.ts'

export interface GpuServerOptions {
  /** `http://host:8383` */
  readonly url: string
  /** Sent as a bearer; only servers that have a secret look at it. */
  readonly secret?: string | undefined
  /** Of a call that moves no file. */
  readonly answerMs?: number
}

const ANSWER_MS = 10_000
const MAX_ANSWER_BYTES = 1024 * 1024
const NOT_FINISHED = 400
const GONE = 404
const DISK_ERRORS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO'])

export function createGpuServerClient({ url, secret, answerMs = ANSWER_MS }: GpuServerOptions): GpuServerClient {
  const call: Call = (path, init, signal) => {
    const headers = new Headers(init.headers)
    if (secret !== undefined) headers.set('authorization', `Bearer ${secret}`)
    return send(new URL(path, url), { ...init, headers }, signal)
  }
  const ask = async <T>(schema: z.ZodType<T>, path: string, init: RequestInit, { signal }: CallOptions): Promise<T> => {
    const limit = AbortSignal.timeout(answerMs)
    const both = signal === undefined ? limit : AbortSignal.any([signal, limit])
    try {
      return await read(schema, await call(path, init, both))
    } catch (error) {
      signal?.throwIfAborted()
      throw toServerError(error)
    }
  }
  return {
    async isInitialized(options = {}) {
      const { initialized } = await ask(healthSchema, '/api/heygem/health', {}, options)
      // Health is open to everybody: whether the secret is right is told elsewhere.
      await ask(anySchema, '/api/heygem/queue', {}, options)
      return initialized
    },
    async missing(files, options = {}) {
      const body = JSON.stringify({ files: files.map(({ md5, ext }) => ({ hash: md5, ext })) })
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      const { data } = await ask(checkSchema, '/api/heygem/check_files', init, options)
      return files.filter(({ md5 }) => data[md5] !== true)
    },
    upload: (file, path, options = {}) => upload(call, file, path, options),
    async task(taskId, options = {}) {
      try {
        return await ask(taskSchema, `/api/heygem/progress?task_id=${encodeURIComponent(taskId)}`, {}, options)
      } catch (error) {
        if (error instanceof AppError && error.data?.['status'] === GONE) return undefined
        throw error
      }
    },
    download: (taskId, path, options) => download(call, taskId, path, options),
  }
}

type OnMoved = (movedBytes: number) => void

const ignore: OnMoved = () => undefined

type Call = (path: string, init: RequestInit, signal: AbortSignal | undefined) => Promise<Response>

async function send(url: URL, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
  // Somebody else's redirect would get our bearer.
  return fetch(url, { ...init, redirect: 'error', ...(signal === undefined ? {} : { signal }) })
}

async function upload(
  call: Call,
  file: ServerFile,
  path: string,
  { signal, onMoved = ignore }: TransferOptions,
): Promise<void> {
  let hash: string
  try {
    const answer = await call('/api/heygem/upload_file', await fileForm(file, path, onMoved), signal)
    hash = (await read(uploadSchema, answer)).data.hash
  } catch (error) {
    signal?.throwIfAborted()
    throw toServerError(error)
  }
  if (hash !== file.md5) {
    throw new AppError('INPUT_FETCH_FAILED', {
      message: 'the GPU server got other bytes than were sent',
      retryable: true,
    })
  }
}

/** The form that `FormData` would make, with its length, and with its bytes counted as they leave. */
async function fileForm({ md5, ext }: ServerFile, path: string, onMoved: OnMoved): Promise<RequestInit> {
  const boundary = `----dhs${randomHex(12)}`
  const field = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${md5}${ext}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  // The file is read from the disk while it is sent.
  const form = new Blob([
    field('hash', md5),
    field('ext', ext),
    head,
    await openAsBlob(path),
    `\r\n--${boundary}--\r\n`,
  ])
  let movedBytes = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      movedBytes += chunk.byteLength
      onMoved(movedBytes)
      controller.enqueue(chunk)
    },
  })
  return {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(form.size) },
    body: form.stream().pipeThrough(counted),
    duplex: 'half',
  }
}

async function download(
  call: Call,
  taskId: string,
  path: string,
  { signal, maxBytes, onMoved = ignore }: TransferOptions & { readonly maxBytes: number },
): Promise<DownloadOutcome> {
  try {
    const answer = await call(`/api/heygem/download?task_id=${encodeURIComponent(taskId)}`, {}, signal)
    if (answer.status === NOT_FINISHED || answer.status === GONE) {
      await answer.body?.cancel()
      return { kind: answer.status === GONE ? 'gone' : 'not_finished' }
    }
    if (!answer.ok || answer.body === null) throw await refusalOf(answer)
    return { kind: 'done', sizeBytes: await store(Readable.fromWeb(answer.body), path, maxBytes, onMoved) }
  } catch (error) {
    signal?.throwIfAborted()
    throw toServerError(error)
  }
}

async function store(body: Readable, path: string, maxBytes: number, onMoved: OnMoved): Promise<number> {
  let sizeBytes = 0
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
      onMoved(sizeBytes)
      yield chunk
    }
  }
  const target = createWriteStream(path, { mode: 0o600 })
  try {
    await pipeline(body, counted, target)
  } catch (error) {
    // The connection's own errors have names of the same kind: only those of a disk are taken for one.
    throw DISK_ERRORS.has(errnoOf(error) ?? '') ? toWriteError(error, path) : error
  }
  return sizeBytes
}

function tooLarge(maxBytes: number): AppError {
  const limit = `${String(Math.floor(maxBytes / 1024 / 1024))} MiB`
  return new AppError('FILE_TOO_LARGE', { message: `the result is larger than ${limit}`, data: { limit } })
}

async function read<T>(schema: z.ZodType<T>, answer: Response): Promise<T> {
  if (!answer.ok) throw await refusalOf(answer)
  const parsed = schema.safeParse(parseJson(await readText(answer)))
  if (!parsed.success) throw unreachable('the answer is not one of a GPU server')
  return parsed.data
}

async function refusalOf(answer: Response): Promise<AppError> {
  const told = failureSchema.safeParse(parseJson(await readText(answer).catch(() => '')))
  const { status } = answer
  const detail = told.success && told.data.msg !== '' ? told.data.msg : `status ${String(status)}`
  return new AppError('GPU_SERVER_REFUSED', { message: detail, data: { status, detail }, retryable: true })
}

async function readText(answer: Response): Promise<string> {
  if (answer.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let sizeBytes = 0
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > MAX_ANSWER_BYTES) throw unreachable('the answer is too long')
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toServerError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  // `fetch` hides the reason one cause deep.
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  return unreachable(cause instanceof Error ? cause.message : String(cause), thrown)
}

function unreachable(detail: string, cause?: unknown): AppError {
  return new AppError('GPU_SERVER_UNREACHABLE', {
    ...{ message: detail, retryable: true },
    ...(cause === undefined ? {} : { cause }),
  })
}
