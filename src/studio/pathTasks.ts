import { basename, resolve } from 'node:path'
import type { ComposeOptions, TaskRecord } from '../protocol/studio/index.ts'
import { isRecordEnd } from '../protocol/studio/index.ts'
import { AppError } from '../shared/index.ts'
import { statRegularFile } from '../shared/node/index.ts'
import { createTask } from './api/index.ts'
import type { StoredRecord } from './history/index.ts'
import type { StudioParts } from './parts.ts'

/**
 * A task from two files, for callers that work with paths. The same job, unfinished since an earlier life of the
 * process, goes on instead of being made twice. Throws OUTPUT_EXISTS before anything is done.
 */
export async function createFromPaths(
  parts: StudioParts,
  job: {
    readonly avatarPath: string
    readonly voicePath: string
    readonly outputPath?: string
    readonly options: ComposeOptions
  },
): Promise<TaskRecord> {
  const toFile = (path: string): { path: string; name: string } => ({ path: resolve(path), name: basename(path) })
  const wantedPath = job.outputPath === undefined ? undefined : resolve(job.outputPath)
  const avatar = toFile(job.avatarPath)
  const voice = toFile(job.voicePath)
  if (wantedPath !== undefined) {
    const isSameJob = (record: StoredRecord): boolean =>
      record.wantedPath === wantedPath && record.avatar.path === avatar.path && record.voice.path === voice.path
    const unfinished = parts.store.listActive().find(isSameJob)
    if (unfinished !== undefined) return parts.ledger.view(unfinished)
    await assertFree(wantedPath)
  }
  return createTask(parts, { avatar, voice }, job.options, wantedPath === undefined ? {} : { wantedPath })
}

/** The record now and after each change, until it has ended or the signal aborts; states in between may be skipped. */
export async function* followRecord(
  parts: StudioParts,
  recordId: string,
  signal: AbortSignal,
): AsyncGenerator<TaskRecord, void> {
  let latest: TaskRecord | undefined = parts.ledger.view(parts.ledger.get(recordId))
  let wake: () => void = () => undefined
  const stop = (): void => {
    wake()
  }
  const leave = parts.ledger.onChange(({ view }) => {
    if (view.id !== recordId) return
    latest = view
    wake()
  })
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted) {
      const record = latest
      latest = undefined
      if (record === undefined) {
        await new Promise<void>((resolvePromise) => {
          wake = resolvePromise
        })
        continue
      }
      yield record
      if (isRecordEnd(record.phase)) return
    }
  } finally {
    signal.removeEventListener('abort', stop)
    leave()
  }
}

async function assertFree(path: string): Promise<void> {
  try {
    await statRegularFile(path)
  } catch (error) {
    if (AppError.from(error).code === 'FILE_NOT_FOUND') return
  }
  throw new AppError('OUTPUT_EXISTS', { message: 'the output exists', data: { file: basename(path) } })
}
