import { z } from 'zod'
import { GPU_WAITS } from '../task/state.ts'
import { ETA_BASES, ETA_REASONS } from '../task/view.ts'
import { composeOptionsSchema } from './compose.ts'
import { appErrorSchema } from './files.ts'
import { RECORD_PHASES, TIMELINE_STEPS } from './phases.ts'

export const recordIdSchema = z.string().regex(/^r_[0-9a-f]{32}$/)

/** Progress of the current step. Every field is null where nobody tells it: no invented numbers. */
export const recordProgressSchema = z.object({
  step: z.enum(TIMELINE_STEPS),
  /** 0–1. */
  fraction: z.number().min(0).max(1).nullable(),
  bytesDone: z.number().nonnegative().nullable(),
  bytesTotal: z.number().nonnegative().nullable(),
  bytesPerSecond: z.number().nonnegative().nullable(),
  frame: z.int().nonnegative().nullable(),
  totalFrames: z.int().nonnegative().nullable(),
  secondsLeft: z.number().nonnegative().nullable(),
  /** Bytes an earlier try had already sent; set when an upload or download goes on where it stopped. */
  resumedFromBytes: z.number().nonnegative().nullable(),
})

export type RecordProgress = z.infer<typeof recordProgressSchema>

export const recordWaitSchema = z.object({
  position: z.int().positive().nullable(),
  etaSeconds: z.number().nonnegative().nullable(),
  /** Nine in ten begin sooner; null where only one figure is known. */
  etaHighSeconds: z.number().nonnegative().nullable().optional(),
  /** When the gateway said so, Unix ms: from there on the estimate runs down. */
  etaAtMs: z.number().optional(),
  /** Why it is much later than was told before. */
  etaReason: z.enum(ETA_REASONS).optional(),
  /** Why the servers that are online can run nothing, in the words of one of them. */
  notReady: z.string().optional(),
  etaBasis: z.enum(ETA_BASES).nullable(),
  gpu: z.enum(GPU_WAITS).nullable(),
  /** When the waiting began, Unix ms. */
  sinceMs: z.number(),
  /** Since when no GPU has been online, as far as this PC knows, Unix ms; absent while one is. */
  gpuOffSinceMs: z.number().optional(),
  /** An operator has paused the queue. */
  isPaused: z.boolean().optional(),
  /** Every GPU server was drained by an operator or is on its way off. */
  isWithheld: z.boolean().optional(),
  /** A try of it failed: when it is tried again, Unix ms. */
  retryAtMs: z.number().optional(),
  /** When it stops waiting and expires, Unix ms; told once that is near. */
  expiresAtMs: z.number().optional(),
})

const recordInputSchema = z.object({
  name: z.string(),
  sizeBytes: z.int().nonnegative(),
  durationMs: z.number().nonnegative(),
  /** False when the file is no longer where it was. */
  available: z.boolean(),
})

const recordOutputSchema = z.object({
  fileName: z.string(),
  sizeBytes: z.int().nonnegative(),
  durationMs: z.number().nonnegative(),
  width: z.int().nonnegative(),
  height: z.int().nonnegative(),
  fps: z.number().nonnegative(),
  sha256: z.string(),
  /** True when the file is no longer in the output folder. */
  missing: z.boolean(),
  /** Plays, and in a browser downloads with `?download=1`; null while missing. */
  mediaUrl: z.string().nullable(),
  posterUrl: z.string().nullable(),
})

/** One task of this PC: a row of Tasks while it is active, a row of History for ever. Times are Unix ms. */
export const recordSchema = z.object({
  id: recordIdSchema,
  requestId: z.string(),
  taskId: z.string().nullable(),
  /** Grows with every change of this row on this PC. */
  version: z.int().nonnegative(),
  name: z.string(),
  phase: z.enum(RECORD_PHASES),
  createdAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  avatar: recordInputSchema,
  voice: recordInputSchema,
  options: composeOptionsSchema,
  progress: recordProgressSchema.nullable(),
  wait: recordWaitSchema.nullable(),
  timeline: z.array(
    z.object({ step: z.enum(TIMELINE_STEPS), startedAtMs: z.number(), endedAtMs: z.number().nullable() }),
  ),
  /** Why it does not go on right now, while it keeps trying (gateway away, disk full, rate limit). */
  blocked: appErrorSchema.nullable(),
  /** A cancel was asked for and is on its way. */
  cancelling: z.boolean(),
  error: appErrorSchema.nullable(),
  output: recordOutputSchema.nullable(),
  engine: z.string().nullable(),
  /** False: the preview engine made it, lips are not synced. Null until the engine is known. */
  lipSync: z.boolean().nullable(),
  serverId: z.string().nullable(),
  /** The record this one runs again. */
  retryOf: recordIdSchema.nullable(),
})

/** Named so that it does not shadow TypeScript's `Record`. */
export type TaskRecord = z.infer<typeof recordSchema>

/** History filters; all must hold. `query` matches name, file names and ids, Chinese substrings too. */
export const historyQuerySchema = z.object({
  query: z.string().max(200).optional(),
  phase: z.enum(['active', 'done', 'failed', 'cancelled']).optional(),
  /** Opaque, from the page before. */
  cursor: z.string().max(200).optional(),
  limit: z.int().min(1).max(200).default(50),
})

export const historyPageSchema = z.object({
  records: z.array(recordSchema),
  cursor: z.string().nullable(),
  /** Rows that match in all. */
  total: z.int().nonnegative(),
})

export type HistoryPage = z.infer<typeof historyPageSchema>
