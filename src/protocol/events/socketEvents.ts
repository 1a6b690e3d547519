import { z } from 'zod'
import { notReadyCodeShape } from '../dsp/notReadyCode.ts'
import { taskProgressSchema, taskViewSchema } from '../task/view.ts'

/** One stored event of a tenant's log. `cursor` grows; events are hints, the task's `version` is the truth. */
export const storedEventSchema = z.object({
  cursor: z.string(),
  kind: z.literal('task.updated'),
  task: taskViewSchema,
})

export type StoredEvent = z.infer<typeof storedEventSchema>

export const gpuStatusSchema = z.object({
  status: z.enum(['online', 'offline', 'starting']),
  workers: z.int().nonnegative(),
  slots: z.int().nonnegative(),
  /** Engines of the workers online, each named once; told so that a form offers only what can be done. */
  engines: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      ready: z.boolean(),
      reason: z.string().optional(),
      ...notReadyCodeShape,
      features: z.array(z.string()),
      lip_sync: z.boolean(),
    }),
  ),
})

export type GpuStatus = z.infer<typeof gpuStatusSchema>

export const queueStatsSchema = z.object({ queued: z.int().nonnegative(), running: z.int().nonnegative() })

export type QueueStats = z.infer<typeof queueStatsSchema>

/** Schema of each event the gateway sends on Socket.IO. */
export const serverEventSchemas = {
  'task.updated': storedEventSchema,
  'task.progress': taskProgressSchema,
  'gpu.status': gpuStatusSchema,
  'queue.stats': queueStatsSchema,
} as const

export type ServerEvents = {
  [K in keyof typeof serverEventSchemas]: z.infer<(typeof serverEventSchemas)[K]>
}

/** Client → server with an ack. `cursor` null asks for the newest cursor only (a first start). */
export const sinceRequestSchema = z.object({
  cursor: z.string().max(64).nullable(),
  limit: z.int().min(1).max(500).optional(),
})

/** `reset` true: the cursor is too old or unknown; fetch the tasks again, then follow from `cursor`. */
export const sinceAnswerSchema = z.object({
  events: z.array(storedEventSchema),
  cursor: z.string(),
  more: z.boolean(),
  reset: z.boolean(),
})

export type SinceAnswer = z.infer<typeof sinceAnswerSchema>

/** Ack of a refused client event. */
export const sinceFailureSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
