export { fromChildSchema, toChildSchema } from './messages.ts'
export type { FromChild, GatewayStart, StudioStart, ToChild, WorkerStart } from './messages.ts'
