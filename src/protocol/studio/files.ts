import { z } from 'zod'

/** Names a file the studio may use, without telling its path. Valid until the process ends or it is released. */
export const fileHandleSchema = z.string().regex(/^h_[0-9a-f]{32}$/)

/** An error as the renderer gets it: `code` and `data` make the sentence in the person's language. */
export const appErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  field: z.string().optional(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})

const videoTrackSchema = z.object({
  codec: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  fps: z.number().nonnegative(),
  rotation: z.number(),
  pixelFormat: z.string().optional(),
})

const audioTrackSchema = z.object({ codec: z.string(), sampleRate: z.number(), channels: z.int() })

const mediaProbeSchema = z.object({
  container: z.string(),
  durationMs: z.number().nonnegative(),
  sizeBytes: z.int().nonnegative(),
  video: videoTrackSchema.optional(),
  audio: audioTrackSchema.optional(),
})

/** A chosen file. `error` says why it cannot be used at all; then `probe` is null. */
export const fileViewSchema = z.object({
  handle: fileHandleSchema,
  name: z.string(),
  sizeBytes: z.int().nonnegative(),
  probe: mediaProbeSchema.nullable(),
  error: appErrorSchema.nullable(),
  /** Same-origin address that plays or shows the file. */
  mediaUrl: z.string(),
})

export type FileView = z.infer<typeof fileViewSchema>

/** What the person means to use a file as. */
export const FILE_ROLES = ['avatar', 'voice'] as const

export type FileRole = (typeof FILE_ROLES)[number]

/** Loudness peaks for a waveform: `peaks` between 0 and 1, evenly spaced over the duration. */
export const peaksSchema = z.object({ peaks: z.array(z.number().min(0).max(1)), durationMs: z.number().nonnegative() })
