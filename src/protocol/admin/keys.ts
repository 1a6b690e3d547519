import { z } from 'zod'

const keyIdSchema = z.string().regex(/^k_(?:file|[0-9a-f]{12})$/)

/** Names a folder of the pool on every platform, so: small letters, digits, dashes. */
export const tenantIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .regex(/^(?!(?:con|prn|aux|nul|com\d|lpt\d|admin)$)/)

/** A licence key without the key. Times in Unix seconds. */
export const licenceKeySchema = z.object({
  key_id: keyIdSchema,
  tenant: z.string(),
  name: z.string(),
  /** `file`: of the gateway's credentials file, where it is changed too. */
  source: z.enum(['file', 'added']),
  created_at: z.number(),
  /** A day in UTC, such as `2026-11-22`; null when it was never used. */
  last_used_day: z.string().nullable(),
  revoked_at: z.number().nullable(),
})

export type LicenceKeyView = z.infer<typeof licenceKeySchema>

export const keysAnswerSchema = z.object({ keys: z.array(licenceKeySchema) })

/** Without a tenant the key opens one of its own. */
export const addKeyBodySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  tenant: tenantIdSchema.optional(),
})

/** `secret` is the licence key itself: told this once, stored nowhere. */
export const addKeyAnswerSchema = z.object({ key: licenceKeySchema, secret: z.string(), new_tenant: z.boolean() })

export type AddKeyAnswer = z.infer<typeof addKeyAnswerSchema>

export const keyIdParamsSchema = z.object({ key_id: keyIdSchema })

/** `already`: it was revoked before. */
export const revokeAnswerSchema = z.object({ key: licenceKeySchema, already: z.boolean() })

export type RevokeAnswer = z.infer<typeof revokeAnswerSchema>
