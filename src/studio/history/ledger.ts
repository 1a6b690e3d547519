import type { RecordProgress, TaskRecord } from '../../protocol/studio/index.ts'
import { AppError, createEmitter, faultPoint } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { RecordStore } from './recordStore.ts'
import { viewRecord } from './recordView.ts'
import type { MediaAddresses } from './recordView.ts'
import type { StoredRecord } from './storedRecord.ts'

export interface LedgerChange {
  /** Null for a change of progress only. */
  readonly stored: StoredRecord | null
  /** True for the one change that ended the record; it may be told again later. */
  readonly isEnd: boolean
  readonly view: TaskRecord
}

/**
 * The records, with what is only known while the app runs: progress, and a version that grows with every change a
 * person could see. Each stored change is durable before anybody hears of it.
 */
export interface Ledger {
  add(record: StoredRecord): TaskRecord
  /** Undefined when it was removed. */
  find(id: string): StoredRecord | undefined
  /** Throws HISTORY_NOT_FOUND. */
  get(id: string): StoredRecord
  /** Stores what `change` makes of the record; nothing happens when it gives the same object back. */
  update(id: string, change: (record: StoredRecord) => StoredRecord): StoredRecord
  /** Told to listeners at most four times a second per record; null clears it. */
  setProgress(id: string, progress: RecordProgress | null): void
  view(record: StoredRecord): TaskRecord
  /** Tells the record again: something beside it changed, such as its poster. */
  touch(id: string): void
  onChange(listener: (change: LedgerChange) => void): () => void
}

interface Live {
  version: number
  progress: RecordProgress | null
  toldAtMs: number
}

const PROGRESS_EVERY_MS = 250

export function createLedger(deps: {
  readonly store: RecordStore
  readonly media: MediaAddresses
  readonly clock: Clock
}): Ledger {
  const { store, clock } = deps
  const changes = createEmitter<LedgerChange>()
  const lives = new Map<string, Live>()
  const liveOf = (record: StoredRecord): Live => {
    const live = lives.get(record.id) ?? { version: record.version, progress: null, toldAtMs: -Infinity }
    lives.set(record.id, live)
    return live
  }
  const view = (record: StoredRecord): TaskRecord =>
    viewRecord(record, lives.get(record.id) ?? { version: record.version, progress: null }, deps.media)
  const get = (id: string): StoredRecord => {
    const record = store.find(id)
    if (record === undefined) throw new AppError('HISTORY_NOT_FOUND', { message: `no record ${id}` })
    return record
  }
  const tell = (record: StoredRecord, stored: StoredRecord | null, isEnd = false): TaskRecord => {
    const shown = view(record)
    changes.emit({ stored, isEnd, view: shown })
    return shown
  }

  const update: Ledger['update'] = (id, change) => {
    const before = get(id)
    const changed = change(before)
    if (changed === before) return before
    const live = liveOf(before)
    live.version += 1
    if (changed.phase !== before.phase) live.progress = null
    const after = { ...changed, version: live.version }
    store.update(after)
    if (after.endedAtMs !== null) lives.delete(id)
    tell(after, after, before.endedAtMs === null && after.endedAtMs !== null)
    return after
  }

  return {
    find: (id) => store.find(id),
    get,
    view,
    onChange: (listener) => changes.on(listener),
    add(record) {
      store.insert(record)
      faultPoint('studio.outbox_written')
      return tell(record, record)
    },
    update,
    setProgress(id, progress) {
      const known = lives.get(id)
      if (known !== undefined) known.progress = progress
      // Before the row is read: bytes are counted far more often than anybody is told.
      const nowMs = clock.monotonic()
      if (known !== undefined && nowMs - known.toldAtMs < PROGRESS_EVERY_MS) return
      const record = store.find(id)
      if (record === undefined || record.endedAtMs !== null) return
      const live = liveOf(record)
      live.progress = progress
      live.toldAtMs = nowMs
      live.version += 1
      tell(record, null)
    },
    touch: (id) => {
      if (store.find(id) !== undefined) update(id, (same) => ({ ...same }))
    },
  }
}
