export { GatewayConnection } from './connection.ts'
export type { ConnectionEvent } from './connection.ts'
export type { GatewayLink } from './gatewayLink.ts'
export type { EmbeddedGateway } from './storedTarget.ts'
