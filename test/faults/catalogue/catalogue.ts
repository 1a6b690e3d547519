import { gatewayKilled } from './f01GatewayKilled.ts'
import type { FaultCase } from './fault.ts'

/** Every fault of the catalogue that is built, in its order. */
export const CATALOGUE: readonly FaultCase[] = [gatewayKilled]
