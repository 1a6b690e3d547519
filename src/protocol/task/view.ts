import { z } from 'zod'
import { md5Schema, poolExtSchema, sha256Schema } from '../files/poolFile.ts'
import { taskIdSchema } from './ids.ts'
import { GPU_WAITS, RUN_STAGES, TASK_STATES } from './state.ts'
import type { TaskState } from './state.ts'

/** What a finished task made. Sizes in bytes and pixels; `fps` frames per second. */
export const taskOutputSchema = z.object({
  md5: md5Schema,
  sha256: sha256Schema,
  ext: poolExtSchema,
  size: z.int().nonnegative(),
  duration_ms: z.number().nonnegative(),
  width: z.int().nonnegative(),
  height: z.int().nonnegative(),
  fps: z.number().nonnegative(),
})

export type TaskOutput = z.infer<typeof taskOutputSchema>

/** The HeyGem API's words for a task's state. */
export const HEYGEM_STATUSES = ['queued', 'submitted', 'processing', 'done', 'error', 'cancelled'] as const

export type HeygemStatus = (typeof HEYGEM_STATUSES)[number]

/** Where an estimate comes from: the default start-up time, start-ups seen before, or earlier runs. */
export const ETA_BASES = ['startup_default', 'startup_learned', 'runs'] as const

/** Why an estimate is much later than the one told before. */
export const ETA_REASONS = ['gpu_offline', 'fewer_servers', 'others_first', 'runs_longer'] as const

/**
 * One task as its tenant sees it: the answer of `status`, an item of `tasks`, and the body of `task.updated`.
 * Times are Unix seconds with a fraction. `version` grows with every stored change; the larger one is the truth.
 */
export const taskViewSchema = z.object({
  task_id: taskIdSchema,
  request_id: z.string(),
  task_type: z.string(),
  /** The core's state; `status` is the same in the HeyGem API's words. */
  state: z.enum(TASK_STATES),
  status: z.enum(HEYGEM_STATUSES),
  version: z.int().positive(),
  /** What the run is doing; null unless it runs. */
  stage: z.enum(RUN_STAGES).nullable(),
  /** Percent of the current stage's whole run, 0–100; null where the engine tells none. Never invented. */
  progress: z.number().min(0).max(100).nullable(),
  frame: z.int().nonnegative().nullable(),
  total_frames: z.int().nonnegative().nullable(),
  /** 1 = next; null unless queued. */
  position: z.int().positive().nullable(),
  /** Median of what is expected; null where nothing is known. */
  eta_seconds: z.number().nonnegative().nullable(),
  /** Nine in ten begin sooner; null where only one figure is known. */
  eta_high_seconds: z.number().nonnegative().nullable().default(null),
  eta_basis: z.enum(ETA_BASES).nullable(),
  /** Told when the estimate jumped up by more than double. */
  eta_reason: z.enum(ETA_REASONS).optional(),
  /** Until when it waits before it is tried again, Unix seconds; absent unless a try of it failed and that is ahead. */
  not_before: z.number().optional(),
  /** When it stops waiting; absent unless queued, or when it waits until it runs. */
  expires_at: z.number().optional(),
  /** True: most of its waiting time is over. */
  expires_soon: z.boolean().optional(),
  /** Why the servers that are online can run nothing, in the words of one of them; absent while one can. */
  not_ready: z.string().optional(),
  /** True: an operator has paused the queue. Absent unless queued. */
  paused: z.boolean().optional(),
  /** True: every GPU server was drained by an operator or is on its way off. Absent unless queued. */
  withheld: z.boolean().optional(),
  /** Why it waits; null unless queued. */
  gpu: z.enum(GPU_WAITS).nullable(),
  /** A sentence in the caller's language. */
  message: z.string(),
  name: z.string().nullable(),
  server_id: z.string().nullable(),
  engine: z.string().nullable(),
  attempts: z.int().nonnegative(),
  /** Path of the result on this gateway; null until done. */
  result_url: z.string().nullable(),
  output: taskOutputSchema.nullable(),
  error_code: z.string().nullable(),
  error_msg: z.string().nullable(),
  error_hint: z.string().nullable(),
  /** What the sentence's blanks were filled with, so that a client can tell it in another language. */
  error_data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** The task this one runs again. */
  retry_of: taskIdSchema.nullable(),
  created_at: z.number(),
  started_at: z.number().nullable(),
  finished_at: z.number().nullable(),
})

export type TaskView = z.infer<typeof taskViewSchema>

const HEYGEM_STATUS_OF: Readonly<Record<TaskState, HeygemStatus>> = {
  queued: 'queued',
  leased: 'submitted',
  running: 'processing',
  cancelling: 'processing',
  succeeded: 'done',
  failed: 'error',
  dead: 'error',
  expired: 'error',
  cancelled: 'cancelled',
}

/** The HeyGem API's word for a core state. */
export function heygemStatus(state: TaskState): HeygemStatus {
  return HEYGEM_STATUS_OF[state]
}

/** One step of a running task; coalesced on its way to people. Also the body of `task.progress`. */
export const taskProgressSchema = z.object({
  task_id: taskIdSchema,
  version: z.int().positive(),
  stage: z.enum(RUN_STAGES),
  progress: z.number().min(0).max(100).nullable(),
  frame: z.int().nonnegative().nullable(),
  total_frames: z.int().nonnegative().nullable(),
})

export type TaskProgress = z.infer<typeof taskProgressSchema>
