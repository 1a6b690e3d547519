import { z } from 'zod'
import { powerResultSchema, powerStateSchema } from '../dsp/power.ts'
import { engineInfoSchema, heartbeatFrameSchema } from '../dsp/workerFrames.ts'
import { serverIdSchema } from '../task/ids.ts'
import { STRATEGIES } from './settings.ts'

const SERVER_STATES = ['online', 'suspect', 'offline', 'draining'] as const

/** Something that happened to a server, or that keeps it from taking tasks. `at` in Unix seconds. */
export const serverNoteSchema = z.object({
  /** One of SERVER_NOTES; a newer gateway may know more. */
  code: z.string(),
  /** A sentence in the caller's language. */
  message: z.string(),
  at: z.number(),
})

export type ServerNoteView = z.infer<typeof serverNoteSchema>

/** One GPU server as an operator sees it. Times in Unix seconds. */
export const adminServerSchema = z.object({
  server_id: serverIdSchema,
  worker_id: z.string(),
  name: z.string(),
  state: z.enum(SERVER_STATES),
  /** By an operator. Outlives reconnects. */
  drained: z.boolean(),
  /** Tasks it runs now · it may run at once now · it declared. */
  running: z.int().nonnegative(),
  limit: z.int().nonnegative(),
  slots: z.int().nonnegative(),
  task_types: z.array(z.string()),
  engines: z.array(engineInfoSchema),
  /** CPU 0–1, memory in bytes, GPUs; null before the first heartbeat that told them. */
  load: heartbeatFrameSchema.shape.load.unwrap().nullable(),
  connected_since: z.number().nullable(),
  last_seen: z.number().nullable(),
  power: powerStateSchema,
  /** Learned from earlier starts; null before the first. */
  boot_seconds: z.number().nonnegative().nullable(),
  /** Why it takes nothing now; empty while it does. */
  reasons: z.array(serverNoteSchema),
})

export type AdminServer = z.infer<typeof adminServerSchema>

export const adminServersAnswerSchema = z.object({
  strategy: z.enum(STRATEGIES),
  /** Whether there is a hook, the state of all servers together, and the hook's last 20 calls, newest first. */
  power: z.object({ hook: z.boolean(), state: powerStateSchema, results: z.array(powerResultSchema) }),
  servers: z.array(adminServerSchema),
})

export type AdminServersAnswer = z.infer<typeof adminServersAnswerSchema>

/** One server with what happened to it, newest first, and the last calls of the power hook that were about it. */
export const adminServerAnswerSchema = z.object({
  server: adminServerSchema,
  history: z.array(serverNoteSchema),
  power_results: z.array(powerResultSchema),
})

export type AdminServerAnswer = z.infer<typeof adminServerAnswerSchema>

export const serverIdParamsSchema = z.object({ server_id: serverIdSchema })

export const strategyBodySchema = z.strictObject({ strategy: z.enum(STRATEGIES) })

/** So long the power hook may take to answer; whoever asks for a call waits longer. */
export const POWER_HOOK_MAX_MS = 60_000

/** Null or absent: the hook, or the order of the servers, decides. */
export const powerBodySchema = z.strictObject({
  action: z.enum(['on', 'off']),
  server_id: serverIdSchema.nullable().default(null),
})
