export { createGatewayMetrics } from './gatewayMetrics.ts'
export type { GatewayMetrics } from './gatewayMetrics.ts'
export type { Door } from './httpMetrics.ts'
