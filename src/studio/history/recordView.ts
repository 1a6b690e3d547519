import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { RecordProgress, TaskRecord } from '../../protocol/studio/index.ts'
import type { StoredInput, StoredRecord } from './storedRecord.ts'

/** Addresses under which the renderer can play files. */
export interface MediaAddresses {
  addressOf(path: string): string
  /** Null while there is no poster of that content. */
  posterAddressOf(sha256: string): string | null
}

/** What the renderer sees of a record: no path, no digest of an input, and whether the files are still there. */
export function viewRecord(
  record: StoredRecord,
  live: { readonly version: number; readonly progress: RecordProgress | null },
  media: MediaAddresses,
): TaskRecord {
  return {
    id: record.id,
    requestId: record.requestId,
    taskId: record.taskId,
    version: Math.max(record.version, live.version),
    name: record.name,
    phase: record.phase,
    createdAtMs: record.createdAtMs,
    endedAtMs: record.endedAtMs,
    avatar: viewInput(record.avatar),
    voice: viewInput(record.voice),
    options: record.options,
    progress: live.progress,
    wait: record.wait,
    timeline: record.timeline,
    blocked: record.blocked,
    cancelling: record.cancel !== 'none' && record.endedAtMs === null,
    error: record.error,
    output: viewOutput(record, media),
    engine: record.engine,
    lipSync: record.lipSync,
    serverId: record.serverId,
    retryOf: record.retryOf,
  }
}

function viewInput(input: StoredInput): TaskRecord['avatar'] {
  return {
    name: input.name,
    sizeBytes: input.stamp.sizeBytes,
    durationMs: input.durationMs,
    available: existsSync(input.path),
  }
}

function viewOutput(record: StoredRecord, media: MediaAddresses): TaskRecord['output'] {
  if (record.output === null) return null
  const { path, ...output } = record.output
  const missing = !existsSync(path)
  return {
    ...output,
    fileName: basename(path),
    missing,
    mediaUrl: missing ? null : media.addressOf(path),
    posterUrl: media.posterAddressOf(output.sha256),
  }
}
