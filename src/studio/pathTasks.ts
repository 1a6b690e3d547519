import { basename, resolve } from 'node:path'
import type { ComposeOptions, TaskRecord } from '../protocol/studio/index.ts'
import { isRecordEnd } from '../protocol/studio/index.ts'
import { AppError, canonicalJson } from '../shared/index.ts'
import { isSameFile, statRegularFile } from '../shared/node/index.ts'
import type { RegularFile } from '../shared/node/index.ts'
import { createTask } from './api/index.ts'
import type { StoredInput, StoredRecord } from './history/index.ts'
import type { StudioParts } from './parts.ts'

/**
 * A task from two files, for callers that work with paths. The same job, unfinished since an earlier life of the
 * process, goes on instead of being made twice. Throws OUTPUT_EXISTS or OUTPUT_TAKEN before anything is done.
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
  if (wantedPath === undefined) return createTask(parts, { avatar, voice }, job.options)
  const unfinished = await findUnfinished(parts, { avatar, voice, wantedPath, options: job.options })
  if (unfinished !== undefined) return parts.ledger.view(unfinished)
  assertNotTaken(parts, wantedPath)
  await assertFree(wantedPath)
  return createTask(parts, { avatar, voice }, job.options, { wantedPath })
}

/** Two tasks for one path could not both be done: the second would find out after its run. */
function assertNotTaken({ store }: StudioParts, wantedPath: string): void {
  if (!store.listActive().some((record) => record.wantedPath === wantedPath && record.cancel === 'none')) return
  throw new AppError('OUTPUT_TAKEN', {
    message: 'an unfinished task makes that output',
    data: { file: basename(wantedPath) },
  })
}

/** A file that changed since makes it another job. */
async function findUnfinished(
  parts: StudioParts,
  job: {
    readonly avatar: { readonly path: string }
    readonly voice: { readonly path: string }
    readonly wantedPath: string
    readonly options: ComposeOptions
  },
): Promise<StoredRecord | undefined> {
  const [avatarStamp, voiceStamp] = [await stampOf(job.avatar.path), await stampOf(job.voice.path)]
  return parts.store
    .listActive()
    .find(
      (record) =>
        record.wantedPath === job.wantedPath &&
        record.cancel === 'none' &&
        isUnchanged(record.avatar, job.avatar.path, avatarStamp) &&
        isUnchanged(record.voice, job.voice.path, voiceStamp) &&
        canonicalJson(record.options) === canonicalJson(job.options),
    )
}

/** Whatever is wrong with a file is told when the task is made. */
async function stampOf(path: string): Promise<RegularFile | undefined> {
  return statRegularFile(path).catch(() => undefined)
}

function isUnchanged(input: StoredInput, path: string, stamp: RegularFile | undefined): boolean {
  return input.path === path && stamp !== undefined && isSameFile(input.stamp, stamp)
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
