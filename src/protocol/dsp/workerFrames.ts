import { z } from 'zod'
import { poolFileSchema } from '../files/poolFile.ts'
import { leaseTokenSchema, taskIdSchema, workerIdSchema } from '../task/ids.ts'
import { RUN_STAGES } from '../task/state.ts'
import { taskOutputSchema } from '../task/view.ts'
import { notReadyCodeShape } from './notReadyCode.ts'

/** Largest number of tasks one worker may hold. */
export const MAX_WORKER_SLOTS = 64

const version = z.literal('1.0').default('1.0')
/** Unix seconds, when it was sent. */
const ts = z.number().optional()

/** Names one lease: the gateway refuses every write whose epoch or token is not the newest. */
export const leaseRefSchema = z.object({
  task_id: taskIdSchema,
  epoch: z.int().positive(),
  token: leaseTokenSchema,
})

export type LeaseRef = z.infer<typeof leaseRefSchema>

export const engineInfoSchema = z.object({
  name: z.string().min(1).max(64),
  version: z.string().max(128),
  ready: z.boolean(),
  reason: z.string().max(1000).optional(),
  ...notReadyCodeShape,
  /** Options the engine can do: see `ENGINE_FEATURES`. It gets no task that asks for another one. */
  features: z.array(z.string().max(64)).max(32).default([]),
  /** False for the preview engine: lips are not synced, and every view says so. */
  lip_sync: z.boolean().default(true),
})

export type EngineInfo = z.infer<typeof engineInfoSchema>

/** What a worker can do, told when it registers. */
export const workerInfoSchema = z.object({
  id: workerIdSchema,
  name: z.string().min(1).max(100),
  /** New at every start of the process: tells a restart from a reconnect, and two machines with one id apart. */
  boot_id: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  task_types: z.array(z.string().min(1).max(64)).min(1).max(32),
  max_concurrent: z.int().min(1).max(MAX_WORKER_SLOTS),
  engines: z.array(engineInfoSchema).max(16),
  features: z.array(z.string().max(64)).max(32),
})

export type WorkerInfo = z.infer<typeof workerInfoSchema>

const nonceSchema = z.string().regex(/^[0-9a-f]{64}$/)

export const registerFrameSchema = z.object({
  type: z.literal('register'),
  role: z.literal('worker'),
  version,
  ts,
  worker: workerInfoSchema,
  /** mac = HMAC-SHA256(worker secret, "DSP1\n" + gateway nonce + "\n" + worker nonce + "\n" + worker id), hex. */
  auth: z.object({ nonce: nonceSchema, mac: z.string().regex(/^[0-9a-f]{64}$/) }),
  resume: z.array(leaseRefSchema).max(MAX_WORKER_SLOTS).default([]),
})

export type RegisterFrame = z.infer<typeof registerFrameSchema>

const acceptFrameSchema = leaseRefSchema.extend({ type: z.literal('gpu.job.accept'), version, ts })

const rejectFrameSchema = leaseRefSchema.extend({
  type: z.literal('gpu.job.reject'),
  version,
  ts,
  reason: z.string().max(1000),
  /** False when this worker will never take it (a task type it does not know), as against not now. */
  retryable: z.boolean().optional(),
  /** `OPTION_UNSUPPORTED`: another engine may be able to do it, so nobody is to blame. Other codes mean nothing yet. */
  code: z.string().max(64).optional(),
})

export const progressFrameSchema = leaseRefSchema.extend({
  type: z.literal('gpu.task.progress'),
  version,
  ts,
  stage: z.enum(RUN_STAGES),
  /** Percent of the run; null where the engine tells none. */
  progress: z.number().nullable(),
  current_frame: z.int().nonnegative().nullable().optional(),
  total_frames: z.int().nonnegative().nullable().optional(),
})

export type ProgressFrame = z.infer<typeof progressFrameSchema>

export const heartbeatFrameSchema = z.object({
  type: z.literal('gpu.heartbeat'),
  version,
  ts,
  /** Runs, and results still owed: those say `upload`, and are never taken for runs that hang. */
  tasks: z
    .array(
      leaseRefSchema.extend({
        stage: z.enum(RUN_STAGES),
        progress: z.number().nullable(),
        /** Bytes of the inputs that have arrived: a slow transfer is not a run that hangs. */
        moved_bytes: z.int().nonnegative().optional(),
      }),
    )
    .max(MAX_WORKER_SLOTS),
  /** `cpu` and `util` are shares (0–1), memory is bytes, `temp` °C; null where a card does not tell. */
  load: z
    .object({
      cpu: z.number().min(0).max(1),
      mem_used: z.number().nonnegative(),
      gpus: z
        .array(
          z.object({
            name: z.string().max(200),
            util: z.number().min(0).max(1).nullable(),
            mem_used: z.number().nonnegative(),
            mem_total: z.number().nonnegative(),
            temp: z.number().nullable(),
          }),
        )
        .max(32),
    })
    .optional(),
})

export type HeartbeatFrame = z.infer<typeof heartbeatFrameSchema>

/** The end of a run: either an output that is already in the pool, or an error. Sent again until it is acked. */
export const resultFrameSchema = leaseRefSchema.extend({
  type: z.literal('gpu.job.result'),
  version,
  ts,
  error: z.boolean(),
  output: taskOutputSchema.optional(),
  engine: z.string().max(64).optional(),
  /** `cancelled` marks the answer to a cancel request. */
  cancelled: z.boolean().optional(),
  error_code: z.string().max(64).optional(),
  error_msg: z.string().optional(),
  error_data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  retryable: z.boolean().optional(),
})

export type ResultFrame = z.infer<typeof resultFrameSchema>

/** The worker takes nothing new and ends when its runs have. */
const drainingFrameSchema = z.object({ type: z.literal('gpu.worker.draining'), version, ts })

/** Told again whenever an engine's readiness changes. */
const enginesFrameSchema = z.object({
  type: z.literal('gpu.worker.engines'),
  version,
  ts,
  engines: z.array(engineInfoSchema).max(16),
})

/** Everything a worker of the core dialect may say after `register`. */
export const workerFrameSchema = z.discriminatedUnion('type', [
  acceptFrameSchema,
  rejectFrameSchema,
  progressFrameSchema,
  heartbeatFrameSchema,
  resultFrameSchema,
  drainingFrameSchema,
  enginesFrameSchema,
])

export type WorkerFrame = z.infer<typeof workerFrameSchema>

/** One input of a job. `url` is a path on the gateway the worker is connected to. */
export const jobInputSchema = poolFileSchema.extend({ role: z.enum(['audio', 'video']), url: z.string() })

export type JobInput = z.infer<typeof jobInputSchema>
