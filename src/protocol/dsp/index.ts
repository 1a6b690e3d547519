export { clientBoundFrameSchema, clientFrameSchema, clientRegisterSchema } from './clientFrames.ts'
export type { ClientBoundFrame, ClientFrame } from './clientFrames.ts'
export { gatewayProofText, workerProofText } from './challenge.ts'
export { DSP_CLOSE, MAX_DSP_FRAME_BYTES } from './closeCodes.ts'
export { gatewayFrameSchema } from './gatewayFrames.ts'
export type { GatewayFrame, Job, RegisteredFrame, ResultOutcome } from './gatewayFrames.ts'
export { POWER_STATES, powerResultSchema } from './power.ts'
export type { PowerAction, PowerResult, PowerState } from './power.ts'
export { leaseRefSchema, MAX_WORKER_SLOTS, registerFrameSchema, workerFrameSchema } from './workerFrames.ts'
export type {
  EngineInfo,
  HeartbeatFrame,
  JobInput,
  LeaseRef,
  ProgressFrame,
  RegisterFrame,
  ResultFrame,
  WorkerFrame,
  WorkerInfo,
} from './workerFrames.ts'
