import { z } from 'zod'
import { AUDIO_EXTENSIONS, md5Schema, poolExtSchema, sha256Schema, VIDEO_EXTENSIONS } from '../files/poolFile.ts'
import { taskIdSchema } from '../task/ids.ts'
import { TASK_STATES } from '../task/state.ts'

/** A voice is sound, an avatar is the video of a face. */
const ASSET_KINDS = ['voice', 'avatar'] as const

export type AssetKind = (typeof ASSET_KINDS)[number]

/** Endings a file of each kind may have. */
export const ASSET_EXTENSIONS: Readonly<Record<AssetKind, readonly string[]>> = {
  voice: AUDIO_EXTENSIONS,
  avatar: VIDEO_EXTENSIONS,
}

const assetIdSchema = z.string().regex(/^a_[0-9a-f]{32}$/)

const nameSchema = z.string().trim().min(1).max(200)

/** What is said of a file that comes with the same request. Without `hash` it is whatever arrives. */
export const assetFieldsSchema = z.object({
  kind: z.enum(ASSET_KINDS),
  name: nameSchema.optional(),
  hash: md5Schema.optional(),
  ext: poolExtSchema.optional(),
})

/** POST /api/asset/upload as JSON: makes an asset of a file the pool has already. */
export const assetOfHashSchema = z.object({
  kind: z.enum(ASSET_KINDS),
  name: nameSchema.optional(),
  hash: md5Schema,
  ext: poolExtSchema,
})

/** Times are Unix seconds, sizes bytes. */
const assetSchema = z.object({
  id: assetIdSchema,
  kind: z.enum(ASSET_KINDS),
  name: z.string(),
  hash: md5Schema,
  sha256: sha256Schema,
  ext: poolExtSchema,
  size: z.int().nonnegative(),
  created_at: z.number(),
  /** Null until a task was made with it. */
  last_used_at: z.number().nullable(),
  /** Whole days until it goes by itself when it is not used; null = it is kept. */
  days_left: z.int().nonnegative().nullable(),
  /** False when the server has lost its file: upload it again, or delete it. */
  usable: z.boolean(),
})

export type Asset = z.infer<typeof assetSchema>

/** `existing`: the same content was an asset of that kind already; this is it, under its newest name. */
export const assetUploadAnswerSchema = assetSchema.extend({ existing: z.boolean() })

/** GET /api/asset/list. Newest first; `cursor` of one page asks for the next. */
export const assetsQuerySchema = z.object({
  kind: z.enum(ASSET_KINDS).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
})

export const assetsAnswerSchema = z.object({
  assets: z.array(assetSchema),
  cursor: z.string().nullable(),
  /** What all of this licence's files take, bytes; null = no limit but the disk. */
  used_bytes: z.int().nonnegative(),
  quota_bytes: z.int().positive().nullable(),
})

/** POST /api/asset/delete. */
export const assetDeleteRequestSchema = z.object({ id: assetIdSchema })

/** One server that may hold the bytes. `state` null: nothing was sent to it yet. */
const assetRemovalSchema = z.object({
  task_id: taskIdSchema.nullable(),
  server_id: z.string().nullable(),
  state: z.enum(TASK_STATES).nullable(),
})

/** The asset itself is gone with the answer; `queued`: some of its bytes go later, by themselves. */
export const assetDeleteAnswerSchema = z.object({
  id: assetIdSchema,
  deleted: z.literal(true),
  queued: z.boolean(),
  tasks: z.array(assetRemovalSchema),
})

export type AssetDeleteAnswer = z.infer<typeof assetDeleteAnswerSchema>
