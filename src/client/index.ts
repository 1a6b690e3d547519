export { connectGatewaySocket, createGatewayClient, walkConnection } from './gateway/index.ts'
export type {
  FileQuestion,
  GatewayClient,
  GatewayClientOptions,
  GatewaySocket,
  GatewaySocketEvent,
} from './gateway/index.ts'
export { createPoolClient } from './pool/index.ts'
export type {
  DownloadRequest,
  PoolClient,
  PoolClientOptions,
  PoolFileRef,
  PoolRetry,
  UploadOptions,
  UploadProgress,
  UploadResult,
} from './pool/index.ts'
