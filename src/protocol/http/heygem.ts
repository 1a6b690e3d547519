import { z } from 'zod'
import { audioExtSchema, md5Schema, poolExtSchema, sha256Schema, videoExtSchema } from '../files/poolFile.ts'
import { taskIdSchema, requestIdSchema } from '../task/ids.ts'
import { taskOptionsSchema } from '../task/options.ts'
import { GPU_WAITS, PRIORITY_CLASSES, TASK_STATES } from '../task/state.ts'
import { ETA_BASES, HEYGEM_STATUSES, taskViewSchema } from '../task/view.ts'

/** POST /api/heygem/task/submit (and /api/heygem/submit). */
export const submitRequestSchema = z.object({
  audio_hash: md5Schema,
  audio_ext: audioExtSchema,
  video_hash: md5Schema,
  video_ext: videoExtSchema,
  /** Accepted as the credential only where a field client sends no Authorization header. */
  license_key: z.string().max(200).optional(),
  request_id: requestIdSchema.optional(),
  task_type: z.string().max(64).optional(),
  /** Length of the voice, milliseconds: makes the estimate better, and is no part of the task's identity. */
  voice_ms: z.int().positive().max(36_000_000).optional(),
  /**
   * The ended task of this licence that this one runs again, and no part of its identity. An id that is not of one (any
   * more) is left out, never refused.
   */
  retry_of: taskIdSchema.optional(),
  options: taskOptionsSchema.optional(),
})

export type SubmitRequest = z.infer<typeof submitRequestSchema>

/** The stored state right after the submit: `submitted` when a worker took the lease, else `queued` with its place. */
export const submitAnswerSchema = z.object({
  task_id: taskIdSchema,
  request_id: z.string(),
  status: z.enum(HEYGEM_STATUSES),
  state: z.enum(TASK_STATES),
  version: z.int().positive(),
  position: z.int().positive().nullable(),
  eta_seconds: z.number().nonnegative().nullable(),
  eta_high_seconds: z.number().nonnegative().nullable().default(null),
  eta_basis: z.enum(ETA_BASES).nullable(),
  /** Why the servers that are online can run nothing; absent while one can. */
  not_ready: z.string().optional(),
  /** True: an operator has paused the queue. */
  paused: z.boolean().optional(),
  /** True: every GPU server was drained by an operator or is on its way off. */
  withheld: z.boolean().optional(),
  gpu: z.enum(GPU_WAITS).nullable(),
  msg: z.string(),
})

export type SubmitAnswer = z.infer<typeof submitAnswerSchema>

export const taskIdQuerySchema = z.object({ task_id: taskIdSchema })

export const taskIdBodySchema = z.object({ task_id: taskIdSchema })

export const cancelAnswerSchema = z.object({
  task_id: taskIdSchema,
  state: z.enum(TASK_STATES),
  version: z.int().positive(),
})

/** GET /api/heygem/tasks. `cursor` is opaque; newest first. */
export const tasksQuerySchema = z.object({
  status: z.enum(HEYGEM_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
})

export const tasksAnswerSchema = z.object({ tasks: z.array(taskViewSchema), cursor: z.string().nullable() })

export type TasksAnswer = z.infer<typeof tasksAnswerSchema>

/** POST /api/heygem/check_files. */
export const checkFilesRequestSchema = z.object({
  files: z
    .array(z.object({ hash: md5Schema, ext: poolExtSchema, sha256: sha256Schema.optional() }))
    .min(1)
    .max(200),
})

/** Keyed by hash; true when the tenant's pool has the bytes. */
export const checkFilesAnswerSchema = z.record(z.string(), z.boolean())

/** POST /api/heygem/upload_file (multipart `file`, `hash`, `ext`). */
export const uploadFileAnswerSchema = z.object({ hash: md5Schema, size: z.int().nonnegative() })

/** What GET /api/heygem/queue is asked. */
export const queueQuerySchema = z.object({
  /** Of the task that would be submitted. */
  priority: z.enum(PRIORITY_CLASSES).default('normal'),
})

/** GET /api/heygem/queue. */
export const queueAnswerSchema = z.object({
  queued: z.int().nonnegative(),
  leased: z.int().nonnegative(),
  running: z.int().nonnegative(),
  workers: z.int().nonnegative(),
  slots: z.int().nonnegative(),
  cancelling: z.int().nonnegative().default(0),
  gpu: z.enum(['online', 'offline', 'starting']),
  /** When a task submitted now would begin: as likely sooner as later. */
  eta_seconds: z.number().nonnegative().nullable(),
  /** Nine in ten would begin sooner. */
  eta_high_seconds: z.number().nonnegative().nullable().default(null),
  eta_basis: z.enum(ETA_BASES).nullable().default(null),
  /** By an operator: nothing is given to workers until it goes on. */
  paused: z.boolean().default(false),
})

export type QueueAnswer = z.infer<typeof queueAnswerSchema>

/** GET /api/heygem/health: top level, without `data`, and without credentials. */
export const healthAnswerSchema = z.object({
  code: z.literal(0),
  msg: z.string(),
  initialized: z.boolean(),
  gpu: z.enum(['online', 'offline', 'starting']),
  workers: z.int().nonnegative(),
  slots: z.int().nonnegative().default(0),
  queue: z.object({
    queued: z.int().nonnegative(),
    running: z.int().nonnegative(),
    paused: z.boolean().default(false),
  }),
  version: z.string(),
  /** Tells this product's gateway from anything else that answers on the port. */
  service: z.literal('dhs-gateway'),
})

export type HealthAnswer = z.infer<typeof healthAnswerSchema>

/** GET /api/heygem/progress?task_id= and the frames of /ws/progress/{task_id}: the words of a GPU server of the field. */
export const fieldProgressSchema = z.object({
  task_id: z.string(),
  status: z.enum(['queued', 'processing', 'synthesizing', 'encoding', 'done', 'error']),
  progress: z.number().nullable(),
  message: z.string(),
  total_frames: z.number().nullable(),
  current_frame: z.number().nullable(),
  queue_position: z.number().nullable(),
  created_at: z.number(),
  started_at: z.number().nullable(),
  finished_at: z.number().nullable(),
  error: z.string().nullable(),
})

export type FieldProgress = z.infer<typeof fieldProgressSchema>
