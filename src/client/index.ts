export { createAdminClient } from './admin/index.ts'
export type { AdminClient, AdminTaskQuery } from './admin/index.ts'
export {
  connectGatewaySocket,
  createGatewayClient,
  gatewayOrigin,
  isOnThisMachine,
  toNetworkError,
  walkConnection,
  withoutCredentials,
} from './gateway/index.ts'
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
export { createGpuServerClient } from './gpuServer/index.ts'
export type { GpuServerClient, GpuServerOptions, ServerFile, ServerTask } from './gpuServer/index.ts'
