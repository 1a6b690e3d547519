import { z } from 'zod'
import type { ServerTask } from './port.ts'

/** Numbers that are sometimes missing, null or text. */
const looseNumber = z.number().nonnegative().nullable().catch(null)

export const failureSchema = z.object({ code: z.number(), msg: z.string().catch('') })
export const healthSchema = z.object({ code: z.literal(0), initialized: z.boolean() })
export const anySchema = z.object({ code: z.literal(0) })
export const checkSchema = z.object({ code: z.literal(0), data: z.record(z.string(), z.boolean()) })
export const uploadSchema = z.object({ code: z.literal(0), data: z.object({ hash: z.string() }) })

export const taskSchema = z
  .object({
    code: z.literal(0),
    data: z.object({
      status: z.enum(['queued', 'processing', 'synthesizing', 'encoding', 'done', 'error']),
      progress: looseNumber,
      total_frames: looseNumber,
      current_frame: looseNumber,
      error: z.string().nullable().catch(null),
      message: z.string().nullable().catch(null),
    }),
  })
  .transform(({ data }): ServerTask => ({
    ...{ status: data.status, progress: data.progress },
    ...{ totalFrames: data.total_frames, currentFrame: data.current_frame },
    error: data.error ?? (data.status === 'error' ? data.message : null),
  }))
