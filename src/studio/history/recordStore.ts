import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { isRecordEnd } from '../../protocol/studio/index.ts'
import type { RecordPhase } from '../../protocol/studio/index.ts'
import type { RecordRow } from './recordRow.ts'
import { createRemovals } from './removals.ts'
import { pairText, trigramText } from './searchText.ts'
import type { Searchable } from './searchText.ts'
import { storedRecordSchema } from './storedRecord.ts'
import type { StoredRecord } from './storedRecord.ts'

export type PhaseGroup = 'active' | 'done' | 'failed' | 'cancelled'

export interface RecordStore {
  /** Adds a record as the newest one, findable at once. */
  insert(record: StoredRecord): void
  /** Replaces a record; its names never change, so the search index stays. */
  update(record: StoredRecord): void
  /** Undefined when unknown or removed. */
  find(id: string): StoredRecord | undefined
  findByTask(taskId: string): StoredRecord | undefined
  listActive(): StoredRecord[]
  /** Active ones and those that ended after `sinceMs`, newest first. */
  listRecent(sinceMs: number): StoredRecord[]
  /** The newest `limit` done records, for learning. */
  listDone(limit: number): StoredRecord[]
  /** Hides a record until `restore`, or for good at the next `purgeRemoved`. False when there is none. */
  remove(id: string): boolean
  restore(id: string): StoredRecord
  /** True when a newer record's video has the same path: the older one's was taken away by hand. */
  isVideoOfNewer(record: StoredRecord): boolean
  /**
   * Deletes what was removed, and gives it back for what lies beside it. What this process removed less than
   * `undoForMs` ago stays.
   */
  purgeRemoved(undoForMs?: number): StoredRecord[]
  /** Digests of the videos of all records, also of removed ones that can still be restored. Reads the whole history. */
  videoDigests(): Set<string>
}

const RECENT_LIMIT = 500

export function createRecordStore(deps: {
  readonly db: Database
  readonly log: Logger
  readonly clock: Pick<Clock, 'monotonic'>
}): RecordStore {
  const { db, log, clock } = deps
  const removals = createRemovals(db, clock)
  const read = (rows: readonly RecordRow[]): StoredRecord[] => parseRows(rows, log)
  const one = (sql: string, parameter: string): StoredRecord | undefined => read(db.all<RecordRow>(sql, parameter))[0]

  return {
    insert: (record) => {
      db.transaction(() => {
        insertRow(db, record)
      })
    },
    update(record) {
      const sql = 'UPDATE records SET task_id = ?, phase_group = ?, ended_at_ms = ?, document = ? WHERE id = ?'
      const group = phaseGroup(record.phase)
      db.run(sql, record.taskId, group, record.endedAtMs, JSON.stringify(record), record.id)
    },
    find: (id) => one('SELECT position, document FROM records WHERE id = ? AND removed = 0', id),
    findByTask: (taskId) => one('SELECT position, document FROM records WHERE task_id = ? AND removed = 0', taskId),
    listActive: () =>
      read(
        db.all(
          "SELECT position, document FROM records WHERE phase_group = 'active' AND removed = 0 ORDER BY position DESC",
        ),
      ),
    listRecent: (sinceMs) =>
      read(
        db.all(
          `SELECT position, document FROM records WHERE removed = 0 AND (phase_group = 'active' OR ended_at_ms >= ?)
           ORDER BY position DESC LIMIT ${String(RECENT_LIMIT)}`,
          sinceMs,
        ),
      ),
    listDone: (limit) =>
      read(
        db.all(
          `SELECT position, document FROM records WHERE phase_group = 'done' AND removed = 0
           ORDER BY position DESC LIMIT ?`,
          limit,
        ),
      ),
    remove: (id) => removals.remove(id),
    restore(id) {
      removals.undo(id)
      const record = one('SELECT position, document FROM records WHERE id = ? AND removed = 0', id)
      if (record === undefined) throw new AppError('HISTORY_NOT_FOUND', { message: `no record ${id}` })
      return record
    },
    isVideoOfNewer: (record) =>
      db.all(
        `SELECT 1 FROM records WHERE phase_group = 'done' AND removed = 0
           AND position > (SELECT position FROM records WHERE id = ?)
           AND json_extract(document, '$.output.path') = ? LIMIT 1`,
        record.id,
        record.output?.path ?? null,
      ).length > 0,
    purgeRemoved: (undoForMs = 0) => read(removals.purge(undoForMs)),
    videoDigests: () =>
      new Set(
        db
          .all<{ sha256: string | null }>(
            // A row that cannot be read must not end the whole question.
            `SELECT DISTINCT iif(json_valid(document), json_extract(document, '$.output.sha256'), NULL) AS sha256
             FROM records`,
          )
          .flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256])),
      ),
  }
}

/** Rows whose document cannot be read are left out and logged: one bad row must not hide the history. */
export function parseRows(rows: readonly RecordRow[], log: Logger): StoredRecord[] {
  return rows.flatMap((row) => {
    const parsed = storedRecordSchema.safeParse(readJson(row.document))
    if (parsed.success) return [parsed.data]
    log.error('a history row could not be read', { position: row.position, issue: parsed.error.issues[0]?.message })
    return []
  })
}

function phaseGroup(phase: RecordPhase): PhaseGroup {
  return isRecordEnd(phase) ? phase : 'active'
}

function insertRow(db: Database, record: StoredRecord): void {
  const [row] = db.all<{ position: number }>(
    `INSERT INTO records (id, request_id, task_id, phase_group, ended_at_ms, document)
     VALUES (?, ?, ?, ?, ?, ?) RETURNING position`,
    record.id,
    record.requestId,
    record.taskId,
    phaseGroup(record.phase),
    record.endedAtMs,
    JSON.stringify(record),
  )
  if (row === undefined) throw new AppError('INTERNAL', { message: 'the record was not inserted' })
  const searchable = searchableOf(record)
  db.run('INSERT INTO record_trigrams (rowid, body) VALUES (?, ?)', row.position, trigramText(searchable))
  db.run('INSERT INTO record_pairs (rowid, body) VALUES (?, ?)', row.position, pairText(searchable))
}

function searchableOf(record: StoredRecord): Searchable {
  return { names: [record.name, record.avatar.name, record.voice.name], ids: [record.id, record.requestId] }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
