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

/** What an engine can do beside the plain video, each where a task asks for it. */
export const ENGINE_FEATURES = ['loop', 'super_resolution', 'ai_badge'] as const

export type EngineFeature = (typeof ENGINE_FEATURES)[number]

/** What a task with these options needs of an engine; to start the avatar again is what every engine does. */
export function neededFeatures(options: Pick<TaskOptions, EngineFeature>): readonly EngineFeature[] {
  return ENGINE_FEATURES.filter((feature) =>
    feature === 'loop' ? options.loop === 'pingpong' : options[feature] === true,
  )
}

/** The task type people submit; others are refused with TASK_TYPE_UNKNOWN. */
export const HEYGEM_SUBMIT = 'heygem_submit'

/** Made by the gateway alone, for each server that holds files of a deleted asset. */
export const DELETE_ASSET = 'delete_asset'
