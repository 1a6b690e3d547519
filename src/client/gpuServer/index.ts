export { createGpuServerClient } from './gpuServerClient.ts'
export type { GpuServerOptions } from './gpuServerClient.ts'
export type { GpuServerClient, ServerFile, ServerTask } from './port.ts'
