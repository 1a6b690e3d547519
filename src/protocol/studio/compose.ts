import { z } from 'zod'
import { LOOP_MODES } from '../task/options.ts'
import { GPU_WAITS, PRIORITY_CLASSES } from '../task/state.ts'
import { ETA_BASES } from '../task/view.ts'
import { appErrorSchema, fileHandleSchema } from './files.ts'

export const composeOptionsSchema = z.object({
  name: z.string().trim().max(200).optional(),
  loop: z.enum(LOOP_MODES).default('restart'),
  superResolution: z.boolean().default(false),
  aiBadge: z.boolean().default(false),
  priority: z.enum(PRIORITY_CLASSES).default('normal'),
})

export type ComposeOptions = z.infer<typeof composeOptionsSchema>

export const composeRequestSchema = z.object({
  avatar: fileHandleSchema,
  voice: fileHandleSchema,
  options: composeOptionsSchema,
})

export type ComposeRequest = z.infer<typeof composeRequestSchema>

/** Things worth knowing that do not stop the task. The renderer has a sentence for each. */
export const PREFLIGHT_WARNINGS = [
  'avatar_short',
  'voice_silent',
  'voice_longer_than_avatar',
  'avatar_scaled_down',
  'preview_only',
  'gpu_offline',
  'gateway_offline',
] as const

export type PreflightWarning = (typeof PREFLIGHT_WARNINGS)[number]

/** Whether a file still has to travel: `unknown` while it is hashed or the gateway cannot be asked. */
const UPLOAD_NEEDS = ['unknown', 'needed', 'stored'] as const

/** What would happen if the task were submitted now. */
export const preflightSchema = z.object({
  /** False when there is a problem; `create` would be refused with the first of them. */
  ok: z.boolean(),
  problems: z.array(appErrorSchema.extend({ role: z.enum(['avatar', 'voice']).nullable() })),
  warnings: z.array(z.enum(PREFLIGHT_WARNINGS)),
  /** Length of the video to come: the voice's. Null until the voice is readable. */
  outputDurationMs: z.number().nonnegative().nullable(),
  upload: z.object({
    avatar: z.enum(UPLOAD_NEEDS),
    voice: z.enum(UPLOAD_NEEDS),
    /** Bytes that would travel now. */
    bytes: z.int().nonnegative(),
  }),
  /** Wait and run together, from what was learned; null when nothing is known yet. */
  estimate: z
    .object({
      seconds: z.number().nonnegative(),
      /** Nine in ten are done sooner; null where only one figure is known. */
      highSeconds: z.number().nonnegative().nullable(),
      basis: z.enum(ETA_BASES),
    })
    .nullable(),
  gpu: z.enum(GPU_WAITS).nullable(),
  engine: z.object({ name: z.string(), lipSync: z.boolean(), features: z.array(z.string()) }).nullable(),
})

export type Preflight = z.infer<typeof preflightSchema>
