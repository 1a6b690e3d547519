import { gatewayKilled } from './f01GatewayKilled.ts'
import { crashInUpload, gatewayKilledAtPoint } from './f02GatewayFaultPoints.ts'
import { workerDiesBeforeAck, workerDiesInUpload, workerKilled } from './f03WorkerKilled.ts'
import { bothKilled } from './f07BothKilled.ts'
import type { FaultCase } from './fault.ts'

/** Every fault of the catalogue that is built, in its order. */
export const CATALOGUE: readonly FaultCase[] = [
  gatewayKilled,
  gatewayKilledAtPoint,
  workerKilled,
  workerDiesBeforeAck,
  workerDiesInUpload,
  bothKilled,
  crashInUpload,
]
