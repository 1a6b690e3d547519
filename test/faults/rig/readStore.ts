import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { IndexedFile, StoredTaskRow } from '../auditor/evidence.ts'

const rowSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  request_id: z.string(),
  digest: z.string(),
  state: z.string(),
  epoch: z.number(),
  settled_epoch: z.number(),
  attempts: z.number(),
  stalls: z.number(),
  version: z.number(),
  payload: z.string(),
  output: z.string().nullable(),
  failure: z.string().nullable(),
})

const fileSchema = z.object({ sha256: z.string() })
const payloadSchema = z.object({ audio: fileSchema.optional(), video: fileSchema.optional() })
const failureSchema = z.object({ code: z.string() })
const indexSchema = z.object({ tenant: z.string(), md5: z.string(), sha256: z.string(), size: z.number() })
const TASK_COLUMNS =
  'id, tenant, request_id, digest, state, epoch, settled_epoch, attempts, stalls, version, payload, output, failure'

export interface ReadStore {
  readonly tasks: readonly StoredTaskRow[]
  readonly index: readonly IndexedFile[]
  readonly openUploads: readonly string[]
  readonly check: string
}

/** The gateway's database as it lies on the disk, with the gateway stopped. */
export function readStore(path: string): ReadStore {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const check = z.object({ integrity_check: z.string() }).parse(db.prepare('PRAGMA integrity_check').all()[0])
    return {
      tasks: db
        .prepare(`SELECT ${TASK_COLUMNS} FROM task ORDER BY seq`)
        .all()
        .map((row) => toTask(rowSchema.parse(row))),
      index: db
        .prepare('SELECT tenant, md5, sha256, size FROM pool_file')
        .all()
        .map((row) => indexSchema.parse(row)),
      openUploads: db
        .prepare(`SELECT id FROM upload WHERE state = 'open'`)
        .all()
        .map((row) => String(row['id'])),
      check: check.integrity_check,
    }
  } finally {
    db.close()
  }
}

function toTask(row: z.infer<typeof rowSchema>): StoredTaskRow {
  const { audio, video } = payloadSchema.parse(JSON.parse(row.payload))
  return {
    id: row.id,
    tenant: row.tenant,
    requestId: row.request_id,
    digest: row.digest,
    state: row.state,
    epoch: row.epoch,
    settledEpoch: row.settled_epoch,
    attempts: row.attempts,
    stalls: row.stalls,
    version: row.version,
    inputs: [audio, video].flatMap((file) => (file === undefined ? [] : [file.sha256])),
    outputSha256: row.output === null ? null : fileSchema.parse(JSON.parse(row.output)).sha256,
    failureCode: row.failure === null ? null : failureSchema.parse(JSON.parse(row.failure)).code,
  }
}
