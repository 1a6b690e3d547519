import { z } from 'zod'
import { leaseRefSchema } from '../../protocol/dsp/index.ts'
import type { Job, LeaseRef } from '../../protocol/dsp/index.ts'
import { taskOutputSchema } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Migration } from '../../shared/node/index.ts'

/** How a run ended, as it is kept until the gateway has it. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('succeeded'), output: taskOutputSchema, engine: z.string() }),
  z.object({
    kind: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    engine: z.string().optional(),
  }),
  z.object({ kind: z.literal('cancelled') }),
  /** Files of a deleted asset are gone. */
  z.object({ kind: z.literal('removed') }),
])

export type Outcome = z.infer<typeof outcomeSchema>

/** A finished run whose result the gateway has not acknowledged. */
export interface SpooledResult {
  readonly ref: LeaseRef
  readonly capability: string
  readonly uploadPath: string
  readonly outcome: Outcome
  /** Where an interrupted upload goes on. */
  readonly uploadUrl: string | null
  readonly isUploaded: boolean
}

export const JOURNAL_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'identity and journal',
    up: `
      CREATE TABLE identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE journal (
        task_id TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL,
        token TEXT NOT NULL,
        capability TEXT NOT NULL,
        upload_path TEXT NOT NULL,
        outcome TEXT,
        upload_url TEXT,
        is_uploaded INTEGER NOT NULL DEFAULT 0,
        changed_at_ms INTEGER NOT NULL
      ) STRICT;`,
  },
]

interface Row {
  readonly task_id: string
  readonly epoch: number
  readonly token: string
  readonly capability: string
  readonly upload_path: string
  readonly outcome: string
  readonly upload_url: string | null
  readonly is_uploaded: number
}

/**
 * What this worker has accepted and what it still owes the gateway. Each method returns only when its change is
 * durable (synchronous = FULL), so a frame sent after it never promises what a power cut takes back.
 */
export interface Journal {
  /** Notes an accepted run; replaces an older run of the same task. */
  begin(job: Pick<Job, 'task_id' | 'epoch' | 'token' | 'capability' | 'upload_url'>): void
  /** Notes the end of the run; from here on the result is owed. */
  spool(taskId: string, outcome: Outcome): void
  /** A newer lease for the same task: what is owed is owed under this name. */
  adopt(job: Pick<Job, 'task_id' | 'epoch' | 'token' | 'capability' | 'upload_url'>): void
  noteUpload(taskId: string, change: { readonly uploadUrl: string | null; readonly isUploaded: boolean }): void
  renewCapability(taskId: string, capability: string): void
  forget(taskId: string): void
  spooled(): readonly SpooledResult[]
  find(taskId: string): SpooledResult | undefined
  /** Drops the runs that a crash interrupted, and gives their tasks: a run cannot be gone on with. */
  dropInterrupted(): readonly string[]
}

export function createJournal(db: Database, clock: Pick<Clock, 'now'>): Journal {
  const read = (where: string, ...params: readonly string[]): SpooledResult[] =>
    db
      .all<Row>(`SELECT * FROM journal WHERE outcome IS NOT NULL ${where} ORDER BY changed_at_ms`, ...params)
      .map(toSpooled)
  return {
    begin: ({ task_id, epoch, token, capability, upload_url }) => {
      db.run(
        `INSERT OR REPLACE INTO journal (task_id, epoch, token, capability, upload_path, changed_at_ms)
         VALUES (?, ?, ?, ?, ?, ?)`,
        ...[task_id, epoch, token, capability, upload_url, clock.now()],
      )
    },
    spool: (taskId, outcome) => {
      db.run(
        'UPDATE journal SET outcome = ?, upload_url = NULL, is_uploaded = 0, changed_at_ms = ? WHERE task_id = ?',
        ...[JSON.stringify(outcome), clock.now(), taskId],
      )
    },
    adopt: ({ task_id, epoch, token, capability, upload_url }) => {
      db.run(
        'UPDATE journal SET epoch = ?, token = ?, capability = ?, upload_path = ? WHERE task_id = ?',
        ...[epoch, token, capability, upload_url, task_id],
      )
    },
    noteUpload: (taskId, { uploadUrl, isUploaded }) => {
      db.run(
        'UPDATE journal SET upload_url = ?, is_uploaded = ? WHERE task_id = ?',
        ...[uploadUrl, isUploaded ? 1 : 0, taskId],
      )
    },
    renewCapability: (taskId, capability) => {
      db.run(
        'UPDATE journal SET capability = ? WHERE task_id = ? AND capability <> ?',
        ...[capability, taskId, capability],
      )
    },
    forget: (taskId) => {
      db.run('DELETE FROM journal WHERE task_id = ?', taskId)
    },
    spooled: () => read(''),
    find: (taskId) => read('AND task_id = ?', taskId)[0],
    dropInterrupted: () =>
      db
        .all<Pick<Row, 'task_id'>>('DELETE FROM journal WHERE outcome IS NULL RETURNING task_id')
        .map((row) => row.task_id),
  }
}

/** The id this data folder has for good, made on first use. */
export function readIdentity(db: Database, name: string, make: () => string): string {
  db.run('INSERT OR IGNORE INTO identity (name, value) VALUES (?, ?)', name, make())
  return db.get<{ readonly value: string }>('SELECT value FROM identity WHERE name = ?', name)?.value ?? make()
}

function toSpooled(row: Row): SpooledResult {
  return {
    ref: leaseRefSchema.parse({ task_id: row.task_id, epoch: row.epoch, token: row.token }),
    capability: row.capability,
    uploadPath: row.upload_path,
    outcome: outcomeSchema.parse(JSON.parse(row.outcome)),
    uploadUrl: row.upload_url,
    isUploaded: row.is_uploaded === 1,
  }
}
