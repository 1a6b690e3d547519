import { z } from 'zod'
import { md5Schema, poolExtSchema, sha256Schema } from '../../protocol/files/index.ts'
import {
  appErrorSchema,
  composeOptionsSchema,
  RECORD_PHASES,
  recordWaitSchema,
  TIMELINE_STEPS,
} from '../../protocol/studio/index.ts'
import { taskOutputSchema } from '../../protocol/task/index.ts'

/** One input as it was when the task was made: a later change of the file is noticed by its stamp. */
const storedInputSchema = z.object({
  path: z.string(),
  /** The person's own file name. */
  name: z.string(),
  ext: poolExtSchema,
  durationMs: z.number().nonnegative(),
  stamp: z.object({
    sizeBytes: z.int().nonnegative(),
    mtimeMs: z.number(),
    inode: z.number(),
    device: z.number(),
  }),
  digests: z.object({ md5: md5Schema, sha256: sha256Schema }).nullable(),
})

export type StoredInput = z.infer<typeof storedInputSchema>

const storedOutputSchema = z.object({
  path: z.string(),
  sizeBytes: z.int().nonnegative(),
  durationMs: z.number().nonnegative(),
  width: z.int().nonnegative(),
  height: z.int().nonnegative(),
  fps: z.number().nonnegative(),
  sha256: sha256Schema,
})

export type StoredOutput = z.infer<typeof storedOutputSchema>

/** Everything the studio knows of a task and must still know after a crash. Times are Unix ms. */
export const storedRecordSchema = z.object({
  id: z.string(),
  requestId: z.string(),
  taskId: z.string().nullable(),
  version: z.int().nonnegative(),
  name: z.string(),
  phase: z.enum(RECORD_PHASES),
  createdAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  avatar: storedInputSchema,
  voice: storedInputSchema,
  options: composeOptionsSchema,
  /** Exact path the video must get (command line); null = a free name in the output folder. */
  wantedPath: z.string().nullable(),
  wait: recordWaitSchema.nullable(),
  timeline: z.array(
    z.object({ step: z.enum(TIMELINE_STEPS), startedAtMs: z.number(), endedAtMs: z.number().nullable() }),
  ),
  blocked: appErrorSchema.nullable(),
  /** `asked` by the person · `told` to the gateway. */
  cancel: z.enum(['none', 'asked', 'told']),
  /** True once a submit may have reached the gateway: from then on the task may exist there. */
  submitTried: z.boolean(),
  /** Address of the gateway that has the task; null until it took it. */
  gateway: z.string().nullable(),
  /** Times a missing input was uploaded anew. */
  reuploads: z.int().nonnegative(),
  /** Largest task version seen: older news is old. */
  taskVersion: z.int().nonnegative(),
  /** What the gateway says it made; the download is checked against it. */
  announced: taskOutputSchema.nullable(),
  /** Where the finished file is about to appear: a crash in between finds it there instead of fetching it twice. */
  plannedPath: z.string().nullable(),
  error: appErrorSchema.nullable(),
  output: storedOutputSchema.nullable(),
  engine: z.string().nullable(),
  lipSync: z.boolean().nullable(),
  serverId: z.string().nullable(),
  retryOf: z.string().nullable(),
})

export type StoredRecord = z.infer<typeof storedRecordSchema>
