import { z } from 'zod'

/** The pool's wire key: MD5 of the bytes, 32 lower-case hex digits. */
export const md5Schema = z.string().regex(/^[0-9a-f]{32}$/)

/** Identity of the bytes: SHA-256, 64 lower-case hex digits. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

export const VIDEO_EXTENSIONS = ['.mp4', '.mov', '.webm', '.mkv', '.m4v', '.avi'] as const
export const AUDIO_EXTENSIONS = ['.wav', '.mp3', '.m4a', '.aac', '.flac', '.ogg', '.opus'] as const

export const videoExtSchema = z.enum(VIDEO_EXTENSIONS)
export const audioExtSchema = z.enum(AUDIO_EXTENSIONS)
export const poolExtSchema = z.enum([...VIDEO_EXTENSIONS, ...AUDIO_EXTENSIONS])

/** A file of the pool, named by both digests. `sizeBytes` is exact. */
export const poolFileSchema = z.object({
  md5: md5Schema,
  sha256: sha256Schema,
  ext: poolExtSchema,
  size: z.int().nonnegative(),
})

export type PoolFile = z.infer<typeof poolFileSchema>

/** Metadata of a tus upload to the pool (each value base64 on the wire, by the tus protocol). */
export const poolUploadMetadataSchema = z.object({
  md5: md5Schema,
  sha256: sha256Schema,
  ext: poolExtSchema,
  /** The person's own file name; shown, never used as a path. */
  name: z.string().max(255).optional(),
})

export type PoolUploadMetadata = z.infer<typeof poolUploadMetadataSchema>

/** Largest file the pool takes by default, bytes (4 GiB). */
export const MAX_POOL_FILE_BYTES = 4 * 1024 ** 3
