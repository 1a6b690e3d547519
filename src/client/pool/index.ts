export { createPoolClient } from './createPoolClient.ts'
export type {
  DownloadRequest,
  PoolClient,
  PoolClientOptions,
  PoolFileRef,
  PoolRetry,
  UploadOptions,
  UploadProgress,
  UploadResult,
} from './port.ts'
