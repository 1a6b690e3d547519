import { z } from 'zod'
import { errorBodySchema } from '../http/envelope.ts'
import { submitRequestSchema } from '../http/heygem.ts'
import { requestIdSchema } from '../task/ids.ts'
import { powerStateSchema } from './power.ts'

/** Kinds of clients of the field. */
const DEVICE_TYPES = ['pc', 'mobile'] as const

const version = z.literal('1.0').default('1.0')
/** Of a question; repeated in its answer. */
const askedAs = z.string().max(64).optional()

/** First frame of a client: its licence key, as on HTTP. */
export const clientRegisterSchema = z.object({
  type: z.literal('register'),
  key: z.string().min(1).max(200),
  device_type: z.enum(DEVICE_TYPES),
  version,
})

const clientSubmitSchema = z.object({
  type: z.literal('gpu.job.submit'),
  version,
  task_type: z.string().min(1).max(64),
  /** Made where it is missing, and told in the answer. */
  request_id: requestIdSchema.optional(),
  /** The inputs and options of POST submit. */
  payload: submitRequestSchema.omit({ license_key: true, request_id: true, task_type: true }),
})

const statusQuerySchema = z.object({ type: z.literal('gpu.status.query'), version, request_id: askedAs })
const powerBootSchema = z.object({ type: z.literal('gpu.power.boot'), version, request_id: askedAs })

/** Everything a client may say after `register`. */
export const clientFrameSchema = z.discriminatedUnion('type', [clientSubmitSchema, statusQuerySchema, powerBootSchema])

export type ClientFrame = z.infer<typeof clientFrameSchema>

const told = { version: z.literal('1.0'), ts: z.number() }

const clientRegisteredSchema = z.object({
  type: z.literal('registered'),
  key: z.string(),
  device_type: z.enum(DEVICE_TYPES),
  version: z.literal('1.0'),
})

/** Taken; a worker has it, or it waits for a free one. */
const ackSchema = z.object({
  type: z.literal('ack'),
  ...told,
  request_id: z.string(),
  task_type: z.string(),
  task_id: z.string(),
  /** In the HeyGem API's words. */
  status: z.string(),
  msg: z.string(),
})

/** Taken and queued, while no GPU is online. */
const powerOfflineSchema = z.object({
  type: z.literal('gpu.power.offline'),
  ...told,
  source: z.literal('api'),
  target: z.literal('client'),
  request_id: z.string(),
  trace_id: z.string(),
  task_type: z.string(),
  task_id: z.string(),
  msg: z.string(),
  data: z.object({
    status: z.enum(['offline', 'starting']),
    task_type: z.string(),
    position: z.int().positive().nullable(),
    eta_seconds: z.number().nonnegative().nullable(),
    eta_high_seconds: z.number().nonnegative().nullable(),
  }),
})

const clientErrorSchema = z.object({
  type: z.literal('error'),
  version: z.literal('1.0'),
  request_id: z.string().nullable(),
  task_type: z.string().nullable().default(null),
  msg: z.string(),
  /** Of the live task that was submitted under this id before. */
  old_request_id: z.string().optional(),
  error: z.literal(true),
  result: errorBodySchema,
})

const clientProgressSchema = z.object({
  type: z.literal('gpu.task.progress'),
  ...told,
  task_id: z.string(),
  task_type: z.string(),
  request_id: z.string(),
  key: z.string(),
  /** In the words of a GPU server of the field. */
  status: z.string(),
  stage: z.string().nullable(),
  progress: z.number().nullable(),
  message: z.string(),
  total_frames: z.number().nullable(),
  current_frame: z.number().nullable(),
})

const resultBody = {
  ...told,
  task_id: z.string(),
  task_type: z.string(),
  request_id: z.string(),
  key: z.string(),
  error: z.boolean(),
  error_code: z.string().optional(),
  error_msg: z.string().optional(),
  result: z.object({ task_id: z.string(), status: z.string(), result_url: z.string().nullable() }),
}

const clientResultSchema = z.object({ type: z.literal('gpu.job.result'), ...resultBody })
/** The same once more, under the name older clients wait for. */
const clientResultOldSchema = z.object({ type: z.literal('gpu_task_result'), ...resultBody })

const powerOnlineSchema = z.object({
  type: z.literal('gpu.power.online'),
  ...told,
  source: z.literal('gpu'),
  target: z.literal('client'),
  data: z.object({ status: z.literal('online'), msg: z.string() }),
})
const gpuOnlineSchema = z.object({ type: z.literal('gpu_online'), msg: z.string() })

const statusResponseSchema = z.object({
  type: z.literal('gpu.status.response'),
  ...told,
  status: powerStateSchema,
  request_id: z.string().nullable(),
})

const bootResultSchema = z.object({
  type: z.literal('gpu.power.boot.result'),
  ...told,
  request_id: z.string().nullable(),
  success: z.boolean(),
  status: powerStateSchema,
  msg: z.string(),
})

/** Everything the gateway says to a client on `/dsp`, besides `connected`, `ping` and `pong`. */
export const clientBoundFrameSchema = z.discriminatedUnion('type', [
  clientRegisteredSchema,
  ackSchema,
  powerOfflineSchema,
  clientErrorSchema,
  clientProgressSchema,
  clientResultSchema,
  clientResultOldSchema,
  powerOnlineSchema,
  gpuOnlineSchema,
  statusResponseSchema,
  bootResultSchema,
])

export type ClientBoundFrame = z.infer<typeof clientBoundFrameSchema>
