import { basename } from 'node:path'
import type { ComposeOptions, FileView, TaskRecord } from '../../protocol/studio/index.ts'
import { isRecordEnd } from '../../protocol/studio/index.ts'
import { AppError, isAppError } from '../../shared/index.ts'
import { statRegularFile } from '../../shared/node/index.ts'
import { newRecord, readInput } from '../compose/index.ts'
import type { DraftFile } from '../compose/index.ts'
import { bringVideoBack, copyVideo, hideVideo, readHistoryPage, videoPath } from '../history/index.ts'
import type { HistoryQuestion, StoredRecord } from '../history/index.ts'
import { assertAvailable } from '../parts.ts'
import type { StudioParts } from '../parts.ts'

const RECENT_MS = 24 * 3_600_000

/** Makes a task and starts it; returns when it is durable, before anything leaves this PC. */
export async function createTask(
  parts: StudioParts,
  files: { readonly avatar: DraftFile; readonly voice: DraftFile },
  options: ComposeOptions,
  extra: { readonly wantedPath?: string; readonly retryOf?: string } = {},
): Promise<TaskRecord> {
  const avatar = await readInput(parts.media, files.avatar, 'avatar')
  const voice = await readInput(parts.media, files.voice, 'voice')
  const record = newRecord({
    avatar,
    voice,
    options,
    wantedPath: extra.wantedPath ?? null,
    retryOf: extra.retryOf ?? null,
    nowMs: parts.clock.now(),
  })
  return begin(parts, record)
}

/**
 * A new record with the inputs and options of an ended one. Files that are gone from this PC are not needed while the
 * gateway that had them is in use: should it have forgotten them too, the record says which one to bring. Throws
 * NOT_FINISHED, FILE_*.
 */
export async function retryTask(parts: StudioParts, id: string): Promise<TaskRecord> {
  const old = parts.ledger.get(id)
  if (!isRecordEnd(old.phase)) throw notFinished()
  try {
    return await createTask(parts, { avatar: old.avatar, voice: old.voice }, old.options, {
      retryOf: id,
      ...(old.wantedPath === null ? {} : { wantedPath: old.wantedPath }),
    })
  } catch (error) {
    if (!isAppError(error, 'FILE_NOT_FOUND') || !isAtGateway(parts, old)) throw error
    const { avatar, voice, options, wantedPath } = old
    const nowMs = parts.clock.now()
    return begin(parts, newRecord({ avatar, voice, options, wantedPath, retryOf: id, nowMs, isStored: true }))
  }
}

/** It got a task there, so both files were there too. */
function isAtGateway({ connection }: StudioParts, { taskId, gateway, avatar, voice }: StoredRecord): boolean {
  const isHashed = avatar.digests !== null && voice.digests !== null
  return taskId !== null && isHashed && connection.key === gateway
}

function begin(parts: StudioParts, record: StoredRecord): TaskRecord {
  const shown = parts.ledger.add(record)
  parts.crew.drive(record.id)
  return shown
}

export function listTasks(parts: StudioParts): TaskRecord[] {
  return parts.store.listRecent(parts.clock.now() - RECENT_MS).map((record) => parts.ledger.view(record))
}

export function historyPage(
  parts: StudioParts,
  question: HistoryQuestion,
): { records: TaskRecord[]; cursor: string | null; total: number } {
  const page = readHistoryPage({ db: parts.db, log: parts.config.log }, question)
  return { ...page, records: page.records.map((record) => parts.ledger.view(record)) }
}

/** Throws NOT_FINISHED for an active record. */
export async function removeRecord(parts: StudioParts, id: string, withFile: boolean): Promise<void> {
  const record = parts.ledger.get(id)
  if (!isRecordEnd(record.phase)) throw notFinished()
  if (withFile && !parts.store.isVideoOfNewer(record)) await hideVideo(record)
  parts.store.remove(id)
}

export async function restoreRecord(parts: StudioParts, id: string): Promise<TaskRecord> {
  const record = parts.store.restore(id)
  await bringVideoBack(record, (path) => {
    parts.ledger.update(id, (known) =>
      known.output === null || known.output.path === path ? known : { ...known, output: { ...known.output, path } },
    )
  })
  parts.ledger.touch(id)
  return parts.ledger.view(parts.ledger.get(id))
}

export async function revealVideo(parts: StudioParts, id: string): Promise<void> {
  const { platform } = parts.config
  assertAvailable((await platform.capabilities()).revealInFolder)
  const path = videoPath(parts.ledger.get(id))
  // File managers say nothing of a file that is gone.
  await statRegularFile(path)
  await platform.revealInFolder({ path })
}

/** False when the person closed the dialog. */
export async function saveVideoAs(parts: StudioParts, id: string): Promise<boolean> {
  const { platform } = parts.config
  assertAvailable((await platform.capabilities()).saveAs)
  const record = parts.ledger.get(id)
  const destination = await platform.pickSavePath({ suggestedName: basename(videoPath(record)) })
  if (destination === null) return false
  await copyVideo(record, destination)
  return true
}

/** Inputs of a record as fresh handles; null for a file that is gone. */
export async function reopenInputs(
  parts: StudioParts,
  id: string,
): Promise<{ avatar: FileView | null; voice: FileView | null; options: ComposeOptions }> {
  const record = parts.ledger.get(id)
  return {
    avatar: await reopen(parts, record.avatar),
    voice: await reopen(parts, record.voice),
    options: record.options,
  }
}

async function reopen(parts: StudioParts, input: StoredRecord['avatar']): Promise<FileView | null> {
  const file = parts.media.handles.register(input.path, input.name)
  const view = await parts.media.describe(file)
  if (view.error?.code !== 'FILE_NOT_FOUND') return view
  parts.media.handles.release(file.handle)
  return null
}

function notFinished(): AppError {
  return new AppError('NOT_FINISHED', { message: 'the task is still active' })
}
