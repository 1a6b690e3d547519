import { basename } from 'node:path'
import type { IncomingMessage } from 'node:http'
import { AppError, faultPoint, isAppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { isSameFile, statRegularFile } from '../../shared/node/index.ts'
import type { RegularFile } from '../../shared/node/index.ts'
import { discard, readRefusal } from './answer.ts'
import type { Exchange, HttpConnections, WriteBlock } from './httpRequest.ts'
import { persist } from './persist.ts'
import type { PoolFileRef, UploadOptions, UploadResult } from './port.ts'
import { createPacer } from './rateLimit.ts'
import { sendFile } from './sendFile.ts'

export interface UploadContext {
  readonly connections: HttpConnections
  readonly clock: Clock
  readonly headers: () => Readonly<Record<string, string>>
  /** tus endpoint, absolute. */
  readonly endpoint: string
  readonly giveUpAfterMs: number | undefined
}

const TUS = { 'tus-resumable': '1.0.0' }
/** An upload the gateway has lost is begun again this often before the loss is told. */
const MAX_RESTARTS = 3

interface UploadState {
  url: string | undefined
  resumedFromBytes: number | undefined
  restarts: number
  isSent: boolean
}

/** A tus 1.0 upload that survives broken connections, and through `resumeUrl` the end of the process. */
export async function uploadFile(
  context: UploadContext,
  path: string,
  file: PoolFileRef,
  options: UploadOptions,
): Promise<UploadResult> {
  const source = await statSource(path, file)
  const url = options.resumeUrl === undefined ? undefined : onOwnOrigin(options.resumeUrl, context.endpoint)
  const state: UploadState = { url, resumedFromBytes: undefined, restarts: 0, isSent: false }
  await persist(
    {
      clock: context.clock,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(context.giveUpAfterMs === undefined ? {} : { giveUpAfterMs: context.giveUpAfterMs }),
      ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
    },
    async (moved) => {
      const offset = await findOffset(context, state, file, options)
      state.resumedFromBytes = offset
      if (offset < file.sizeBytes) await sendFrom(context, { path, source, file, state, options, moved }, offset)
    },
  )
  report(options, file.sizeBytes, file, state)
  return { resumedFromBytes: state.resumedFromBytes ?? 0, isSent: state.isSent }
}

async function statSource(path: string, file: PoolFileRef): Promise<RegularFile> {
  const source = await statRegularFile(path)
  if (source.sizeBytes !== file.sizeBytes) throw changed(path)
  return source
}

/** Where to go on: asked from the upload there is, or 0 of a new one. */
async function findOffset(
  context: UploadContext,
  state: UploadState,
  file: PoolFileRef,
  options: UploadOptions,
): Promise<number> {
  if (state.url !== undefined) {
    const response = await send(context, { method: 'HEAD', url: state.url, headers: {} }, options.signal)
    if (response.statusCode === 200 || response.statusCode === 204) {
      discard(response)
      return offsetOf(response, file.sizeBytes)
    }
    const refusal = await readRefusal(response)
    if (!isLost(response.statusCode)) throw refusal
    forget(state, options, refusal)
  }
  return createUpload(context, state, file, options)
}

async function createUpload(
  context: UploadContext,
  state: UploadState,
  file: PoolFileRef,
  options: UploadOptions,
): Promise<number> {
  const headers = {
    'upload-length': String(file.sizeBytes),
    'upload-metadata': metadataOf(file),
    'content-length': '0',
  }
  const response = await send(context, { method: 'POST', url: context.endpoint, headers }, options.signal)
  const location = response.headers.location
  if (response.statusCode !== 201 || location === undefined) {
    // Content the pool already has may be answered at once instead of with an upload.
    if (response.statusCode === 200 || response.statusCode === 204) {
      discard(response)
      return file.sizeBytes
    }
    throw await readRefusal(response)
  }
  discard(response)
  state.url = onOwnOrigin(location, context.endpoint)
  options.onUploadUrl?.(state.url)
  return response.headers['upload-offset'] === undefined ? 0 : offsetOf(response, file.sizeBytes)
}

/** The credential goes to the endpoint's own host only, whatever a Location or a stored address says. */
function onOwnOrigin(location: string, endpoint: string): string {
  const named = new URL(location, endpoint)
  const own = new URL(endpoint)
  own.pathname = named.pathname
  own.search = named.search
  return own.href
}

interface Sending {
  readonly path: string
  readonly source: RegularFile
  readonly file: PoolFileRef
  readonly state: UploadState
  readonly options: UploadOptions
  readonly moved: () => void
}

async function sendFrom(context: UploadContext, sending: Sending, offset: number): Promise<void> {
  const { path, source, file, state, options } = sending
  if (!isSameFile(source, await statRegularFile(path))) throw changed(path)
  state.isSent = true
  const response = await send(
    context,
    {
      method: 'PATCH',
      url: state.url ?? context.endpoint,
      headers: {
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
        'content-length': String(file.sizeBytes - offset),
      },
      body: bodyOf(context.clock, sending, offset),
    },
    options.signal,
  )
  if (response.statusCode === 204 || response.statusCode === 200) {
    discard(response)
    sending.moved()
    if (offsetOf(response, file.sizeBytes) === file.sizeBytes) return
    throw new AppError('OFFSET_MISMATCH', { message: 'the pool took a part only', retryable: true })
  }
  const refusal = await readRefusal(response)
  if (!isLost(response.statusCode)) throw refusal
  forget(state, options, refusal)
  // The loop begins again with a new upload.
  throw new AppError('OFFSET_MISMATCH', { message: 'the upload is gone', retryable: true, cause: refusal })
}

function bodyOf(clock: Clock, sending: Sending, offset: number): (write: WriteBlock) => Promise<void> {
  const { path, file, options, state } = sending
  const limit = options.limitBytesPerSecond
  const passHalf = once(() => {
    faultPoint('worker.upload_half')
  })
  const pacer = createPacer(clock, typeof limit === 'function' ? limit : () => limit, options.signal)
  return (write) =>
    sendFile(write, {
      ...{ path, fromBytes: offset, toBytes: file.sizeBytes, pacer },
      // Bytes that leave are not yet progress of the retry loop: only what the pool confirms resets its back-off.
      onSending: (sentBytes) => {
        if (sentBytes >= file.sizeBytes / 2 && offset < file.sizeBytes / 2) passHalf()
        report(options, sentBytes, file, state)
      },
      onShorter: () => changed(path),
    })
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}

function report(options: UploadOptions, sentBytes: number, file: PoolFileRef, state: UploadState): void {
  const resumedFromBytes = state.resumedFromBytes ?? 0
  options.onProgress?.({ sentBytes, totalBytes: file.sizeBytes, resumedFromBytes })
}

function send(context: UploadContext, exchange: Omit<Exchange, 'signal'>, signal: AbortSignal | undefined) {
  return context.connections.send({
    ...exchange,
    headers: { ...TUS, ...context.headers(), ...exchange.headers },
    ...(signal === undefined ? {} : { signal }),
  })
}

function offsetOf(response: IncomingMessage, sizeBytes: number): number {
  const header = response.headers['upload-offset']
  const offset = Number(typeof header === 'string' ? header : Number.NaN)
  if (Number.isSafeInteger(offset) && offset >= 0 && offset <= sizeBytes) return offset
  throw new AppError('GATEWAY_NOT_OURS', { message: 'the answer carries no usable Upload-Offset' })
}

function isLost(status: number | undefined): boolean {
  return status === 404 || status === 410
}

function forget(state: UploadState, options: UploadOptions, refusal: AppError): void {
  state.restarts += 1
  if (state.restarts > MAX_RESTARTS || isAppError(refusal, 'INPUT_MISSING')) throw refusal
  state.url = undefined
  state.resumedFromBytes = undefined
  options.onUploadUrl?.(null)
}

function metadataOf(file: PoolFileRef): string {
  const fields = {
    md5: file.md5,
    sha256: file.sha256,
    ext: file.ext,
    ...(file.name === undefined ? {} : { name: file.name }),
  }
  return Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

function changed(path: string): AppError {
  return new AppError('INPUT_CHANGED', {
    message: `${path} changed after it was hashed`,
    data: { file: basename(path) },
  })
}
