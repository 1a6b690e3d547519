import { z } from 'zod'
import { gpuStatusSchema, queueStatsSchema } from '../events/socketEvents.ts'
import { appErrorSchema } from './files.ts'

/** `connecting` first try · `online` · `offline` keeps trying · `refused` the key is wrong, a person must act. */
const CONNECTION_STATES = ['connecting', 'online', 'offline', 'refused'] as const

export const connectionSchema = z.object({
  kind: z.enum(['embedded', 'remote']),
  state: z.enum(CONNECTION_STATES),
  /** Host and port of the gateway, for people. */
  host: z.string(),
  gatewayVersion: z.string().nullable(),
  latencyMs: z.number().nonnegative().nullable(),
  gpu: gpuStatusSchema.nullable(),
  queue: queueStatsSchema.nullable(),
  error: appErrorSchema.nullable(),
})

export type Connection = z.infer<typeof connectionSchema>

/** `null` licence key = keep the one stored for that address. */
export const connectionTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({ kind: z.literal('remote'), url: z.string().max(500), licenseKey: z.string().max(200).nullable() }),
])

export type ConnectionTarget = z.infer<typeof connectionTargetSchema>

/** The walk of a connection test, in order. */
export const CONNECTION_STEPS = ['name', 'connect', 'tls', 'gateway', 'auth', 'gpu'] as const

export const connectionTestSchema = z.object({
  steps: z.array(
    z.object({
      step: z.enum(CONNECTION_STEPS),
      outcome: z.enum(['ok', 'failed', 'skipped']),
      error: appErrorSchema.nullable(),
    }),
  ),
})

export type ConnectionTest = z.infer<typeof connectionTestSchema>
