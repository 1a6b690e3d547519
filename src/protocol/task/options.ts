import { z } from 'zod'
import { PRIORITY_CLASSES } from './state.ts'

/** What happens when the voice outlasts the avatar video: start again, or play forward and backward. */
export const LOOP_MODES = ['restart', 'pingpong'] as const

export type LoopMode = (typeof LOOP_MODES)[number]

/** Options of a `heygem_submit` task. An engine that cannot do one of them says so in its `features`. */
export const taskOptionsSchema = z.object({
  loop: z.enum(LOOP_MODES).optional(),
  /** The person's name for the video. */
  name: z.string().trim().min(1).max(200).optional(),
  super_resolution: z.boolean().optional(),
  ai_badge: z.boolean().optional(),
  priority: z.enum(PRIORITY_CLASSES).optional(),
})

export type TaskOptions = z.infer<typeof taskOptionsSchema>

/** The task type people submit; others are refused with TASK_TYPE_UNKNOWN. */
export const HEYGEM_SUBMIT = 'heygem_submit'

/** Made by the gateway alone, for each server that holds files of a deleted asset. */
export const DELETE_ASSET = 'delete_asset'
