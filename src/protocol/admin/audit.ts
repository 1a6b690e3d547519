import { z } from 'zod'

/** `refused` calls never acted: a wrong credential, a malformed request. */
const AUDIT_KINDS = ['change', 'read', 'refused'] as const

export type AuditKind = (typeof AUDIT_KINDS)[number]

const values = z.record(z.string(), z.unknown())

/** One call of an operator's route. `at` in Unix seconds. */
const auditEntrySchema = z.object({
  number: z.int().positive(),
  at: z.number(),
  kind: z.enum(AUDIT_KINDS),
  /** `admin`, `tenant:<id>` for a licence key that tried, `nobody` without a right credential. */
  actor: z.string(),
  address: z.string(),
  method: z.string(),
  route: z.string(),
  request_id: z.string(),
  /** Names of the path, the query and the body, as they were understood; secrets removed. */
  input: values.nullable(),
  /** HTTP status and error code; null while it runs, or because the gateway died meanwhile. */
  status: z.int().nullable(),
  code: z.string().nullable(),
  before: values.nullable(),
  after: values.nullable(),
})

export type AuditEntry = z.infer<typeof auditEntrySchema>

/** Newest first; `cursor` is the number of the page's last entry. */
export const auditQuerySchema = z.object({
  kind: z.enum(AUDIT_KINDS).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.coerce.number().int().positive().optional(),
})

export const auditAnswerSchema = z.object({ entries: z.array(auditEntrySchema), cursor: z.int().positive().nullable() })

export type AuditAnswer = z.infer<typeof auditAnswerSchema>
