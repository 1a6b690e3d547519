import { z } from 'zod'
import { poolFileSchema } from '../files/poolFile.ts'
import { errorBodySchema } from '../http/envelope.ts'
import { serverIdSchema, taskIdSchema } from '../task/ids.ts'
import { taskOptionsSchema } from '../task/options.ts'
import { jobInputSchema, leaseRefSchema } from './workerFrames.ts'

const version = z.literal('1.0')

/** First frame on every connection. `nonce` is used once. */
const connectedFrameSchema = z.object({
  type: z.literal('connected'),
  fd: z.int(),
  version: version.optional(),
  nonce: z.string().regex(/^[0-9a-f]{64}$/),
  /** Unix seconds. */
  server_time: z.number(),
})

export const registeredFrameSchema = z.object({
  type: z.literal('registered'),
  role: z.literal('worker'),
  version,
  server_id: serverIdSchema,
  /** HMAC-SHA256(worker secret, "DSP1\n" + worker nonce + "\n" + gateway nonce + "\n" + worker id), hex. */
  mac: z.string(),
  lease_ms: z.int().positive(),
  heartbeat_ms: z.int().positive(),
  /** Leases that go on; the worker keeps running them. */
  resumed: z.array(leaseRefSchema),
  /** Tasks the worker must stop: another lease is newer, or they have ended. */
  abandon: z.array(taskIdSchema),
})

export type RegisteredFrame = z.infer<typeof registeredFrameSchema>

/** One task to run. `capability` opens the pool for this task, epoch and direction only. */
export const jobSchema = leaseRefSchema.extend({
  version,
  task_type: z.string(),
  request_id: z.string(),
  lease_ms: z.int().positive(),
  inputs: z.array(jobInputSchema),
  options: taskOptionsSchema,
  /** Of a `delete_asset` job: files to forget; one that is not there counts as forgotten. */
  remove: z.array(poolFileSchema).max(64).optional(),
  capability: z.string(),
  /** tus endpoint for the output: a path on the gateway. */
  upload_url: z.string(),
  /** Routing fields of the unified protocol; the worker repeats them and reads nothing into them. */
  key: z.string().optional(),
  sender_fd: z.int().optional(),
})

export type Job = z.infer<typeof jobSchema>

const jobFrameSchema = jobSchema.extend({ type: z.literal('gpu.job.submit') })

const jobBatchFrameSchema = z.object({
  type: z.literal('gpu.job.dispatch.batch'),
  version,
  data: z.object({ jobs: z.array(jobSchema) }),
})

/** `ok` stored now · `dup` stored before · `superseded` a newer lease won, drop it · `retry` send it again later. */
export const RESULT_OUTCOMES = ['ok', 'dup', 'superseded', 'retry'] as const

export type ResultOutcome = (typeof RESULT_OUTCOMES)[number]

const resultAckFrameSchema = z.object({
  type: z.literal('gpu.job.result.ack'),
  version,
  task_id: taskIdSchema,
  epoch: z.int().positive(),
  outcome: z.enum(RESULT_OUTCOMES),
  error: errorBodySchema.optional(),
})

/** Answer to a heartbeat: leases that are no longer this worker's, tasks to cancel, and capabilities that go on. */
const heartbeatAckFrameSchema = z.object({
  type: z.literal('gpu.heartbeat.ack'),
  version,
  revoked: z.array(taskIdSchema),
  cancel: z.array(taskIdSchema),
  capabilities: z.record(z.string(), z.string()),
})

const cancelFrameSchema = z.object({
  type: z.literal('gpu.job.cancel'),
  version,
  task_id: taskIdSchema,
  epoch: z.int().positive(),
})

const drainFrameSchema = z.object({ type: z.literal('drain'), version })

/** A refusal on `/dsp`. */
const errorFrameSchema = z.object({
  type: z.literal('error'),
  version,
  request_id: z.string().nullable(),
  task_id: z.string().optional(),
  /** Of the lease the refused frame spoke of; a newer one of the same task is not meant. */
  epoch: z.int().positive().optional(),
  error: z.literal(true),
  /** The sentence of `result` once more, where clients of the field look for it. */
  msg: z.string().optional(),
  result: errorBodySchema,
})

const pingFrameSchema = z.object({ type: z.literal('ping') })
const pongFrameSchema = z.object({ type: z.literal('pong') })

/** Everything a gateway may say to a worker of the core dialect. */
export const gatewayFrameSchema = z.discriminatedUnion('type', [
  connectedFrameSchema,
  registeredFrameSchema,
  jobFrameSchema,
  jobBatchFrameSchema,
  resultAckFrameSchema,
  heartbeatAckFrameSchema,
  cancelFrameSchema,
  drainFrameSchema,
  errorFrameSchema,
  pingFrameSchema,
  pongFrameSchema,
])

export type GatewayFrame = z.infer<typeof gatewayFrameSchema>
