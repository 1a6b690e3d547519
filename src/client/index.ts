export { connectGatewaySocket, createGatewayClient, walkConnection } from './gateway/index.ts'
export type {
  FileQuestion,
  GatewayClient,
  GatewayClientOptions,
  GatewaySocket,
  GatewaySocketEvent,
} from './gateway/index.ts'
