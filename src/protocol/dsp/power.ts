import { z } from 'zod'
import { serverIdSchema } from '../task/ids.ts'

/** Of one GPU server, or of all together: any running → running, else any starting, stopping, all stopped, unknown. */
export const POWER_STATES = ['unknown', 'starting', 'running', 'stopping', 'stopped'] as const

export type PowerState = (typeof POWER_STATES)[number]

export const powerStateSchema = z.enum(POWER_STATES)

export const POWER_ACTIONS = ['on', 'off'] as const

export type PowerAction = (typeof POWER_ACTIONS)[number]

/** Who asked: waiting work, idleness, an operator, or a client on `/dsp`. */
const POWER_CAUSES = ['work', 'idle', 'operator', 'client'] as const

/** How one call of the operator's power hook ended. Holds no secret and no address. */
export const powerResultSchema = z.object({
  action: z.enum(POWER_ACTIONS),
  /** Null: whichever server the hook chooses. */
  server_id: serverIdSchema.nullable(),
  cause: z.enum(POWER_CAUSES),
  success: z.boolean(),
  /** Of that server right after the call. */
  status: powerStateSchema,
  msg: z.string(),
  /** Unix seconds. */
  at: z.number(),
  duration_ms: z.int().nonnegative(),
})

export type PowerResult = z.infer<typeof powerResultSchema>
