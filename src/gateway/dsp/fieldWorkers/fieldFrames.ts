import { z } from 'zod'

const text = z.string().max(256)

/** First frame; it names no worker, so the address it comes from has to. */
const registerSchema = z.object({ type: z.literal('register'), role: z.literal('worker') })
/** It repeats itself at every connect; being connected says the same. */
const powerOnlineSchema = z.object({ type: z.literal('gpu.power.online') })
const activeSchema = z.object({ type: z.literal('gpu.task.active'), task_id: text })

/** For a job it means *accepted*, under a task id of the worker's own. */
const resultSchema = z.object({
  type: z.literal('gpu.job.result'),
  request_id: text,
  error: z.union([z.boolean(), z.string(), z.null()]).optional(),
  error_msg: z.string().nullable().optional().catch(null),
  result: z
    .object({ task_id: text.optional().catch(undefined) })
    .nullable()
    .optional()
    .catch(null),
})

/** Only a hint to ask now: percent and frames of it are often invented, and most runs send none. */
const progressSchema = z.object({ type: z.literal('gpu.task.progress'), task_id: text })

/** What a field worker says. Unknown fields are ignored. */
export const fieldFrameSchema = z.discriminatedUnion('type', [
  registerSchema,
  powerOnlineSchema,
  activeSchema,
  resultSchema,
  progressSchema,
])

export type FieldFrame = z.infer<typeof fieldFrameSchema>
export type FieldResultFrame = z.infer<typeof resultSchema>

/** One job as a field worker takes it: it knows neither credit nor lease. */
export interface FieldJobFrame {
  readonly type: 'gpu.job.submit'
  readonly version: '1.0'
  readonly task_type: string
  /** Of this try alone: a repeated one is silently ignored, and it becomes the name of a folder. */
  readonly request_id: string
  readonly key: string
  readonly sender_fd: number
  readonly payload: {
    readonly audio_hash: string
    readonly audio_ext: string
    readonly video_hash: string
    readonly video_ext: string
  }
}

/** What the gateway says to a field worker, besides refusals. */
export type FieldBoundFrame =
  | { readonly type: 'connected'; readonly fd: number }
  | { readonly type: 'registered'; readonly role: 'worker'; readonly server_id: string }
  | { readonly type: 'pong' }
  | FieldJobFrame

/** Answer to a job, in our words. */
export type Acceptance =
  { readonly kind: 'accepted'; readonly remoteId: string } | { readonly kind: 'refused'; readonly detail: string }

export function acceptanceOf(frame: FieldResultFrame): Acceptance {
  const remoteId = frame.result?.task_id
  const isError = frame.error !== undefined && frame.error !== null && frame.error !== false && frame.error !== ''
  if (!isError && remoteId !== undefined && remoteId !== '') return { kind: 'accepted', remoteId }
  const told = typeof frame.error === 'string' ? frame.error : undefined
  return { kind: 'refused', detail: frame.error_msg ?? told ?? 'no reason given' }
}
