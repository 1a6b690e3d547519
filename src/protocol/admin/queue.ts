import { z } from 'zod'
import { PRIORITY_CLASSES, TASK_STATES } from '../task/state.ts'

/** The queue at one moment. */
export const adminQueueSchema = z.object({
  paused: z.boolean(),
  /** Stored tasks by state; ended ones as long as they are kept. */
  by_state: z.record(z.enum(TASK_STATES), z.int().nonnegative()),
  /** Waiting tasks by class. */
  by_class: z.record(z.enum(PRIORITY_CLASSES), z.int().nonnegative()),
  /** Waiting, but not before a back-off is over. */
  backing_off: z.int().nonnegative(),
  /** Waiting for a worker of their own, because one vanished under them. */
  suspects: z.int().nonnegative(),
  /** Waiting for one worker only. */
  targeted: z.int().nonnegative(),
  oldest_wait_seconds: z.number().nonnegative().nullable(),
  /** Unix seconds; null when there is none yet. */
  last_backup_at: z.number().nullable(),
  /** For a week: the database goes on from a backup, as of `state_of`. Unix seconds. */
  restored: z.object({ at: z.number(), state_of: z.number().nullable() }).nullable(),
  tenants: z.array(z.object({ tenant: z.string(), queued: z.int().nonnegative(), running: z.int().nonnegative() })),
})

export type AdminQueue = z.infer<typeof adminQueueSchema>
