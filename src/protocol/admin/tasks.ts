import { z } from 'zod'
import { md5Schema, poolExtSchema } from '../files/poolFile.ts'
import { requestIdSchema, taskIdSchema } from '../task/ids.ts'
import { PRIORITY_CLASSES, TASK_STATES } from '../task/state.ts'
import { taskOutputSchema, taskViewSchema } from '../task/view.ts'

/** One task as an operator sees it: what its tenant sees, and where it stands. Times in Unix seconds. */
export const adminTaskSchema = taskViewSchema.omit({ result_url: true }).extend({
  tenant: z.string(),
  priority: z.enum(PRIORITY_CLASSES),
  worker_id: z.string().nullable(),
  /** Runs whose worker vanished. */
  stalls: z.int().nonnegative(),
  /** Waits for this worker only. */
  target_worker: z.string().nullable(),
  /** Waits until then before it is given again; null while it need not. */
  not_before: z.number().nullable(),
  lease_until: z.number().nullable(),
  /** A result that came after the cancel: kept for a day, never the task's own. */
  late_output: taskOutputSchema.nullable(),
  /** A foreign engine's own words about the failure; text only. */
  error_detail: z.string().nullable(),
  inputs: z.array(z.object({ role: z.string(), md5: md5Schema, ext: poolExtSchema, size: z.int().nonnegative() })),
})

export type AdminTask = z.infer<typeof adminTaskSchema>

const tenant = z.string().min(1).max(64)

/** Newest first. `state` takes several, separated by commas; `id` is the beginning of a task's id. */
export const adminTasksQuerySchema = z.object({
  state: z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(TASK_STATES)).min(1))
    .optional(),
  tenant: tenant.optional(),
  id: z
    .string()
    .regex(/^t_[0-9a-f]{4,32}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: taskIdSchema.optional(),
})

export const adminTasksAnswerSchema = z.object({ tasks: z.array(adminTaskSchema), cursor: z.string().nullable() })

export type AdminTasksAnswer = z.infer<typeof adminTasksAnswerSchema>

export const adminTaskAnswerSchema = z.object({ task: adminTaskSchema })

export const taskIdParamsSchema = z.object({ task_id: taskIdSchema })

/** One new task for each `request_id`, and one for all calls without it: what is sent again answers that task. */
export const adminRetryBodySchema = z.strictObject({ request_id: requestIdSchema.optional() })

export const priorityBodySchema = z.strictObject({ priority: z.enum(PRIORITY_CLASSES) })
