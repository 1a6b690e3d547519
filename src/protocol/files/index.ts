export {
  AUDIO_EXTENSIONS,
  audioExtSchema,
  MAX_POOL_FILE_BYTES,
  md5Schema,
  poolExtSchema,
  poolUploadMetadataSchema,
  sha256Schema,
  VIDEO_EXTENSIONS,
  videoExtSchema,
} from './poolFile.ts'
export type { PoolFile, PoolUploadMetadata } from './poolFile.ts'
