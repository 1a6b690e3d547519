export { createWorker } from './createWorker.ts'
export type { Engine, EngineProgress, EngineReadiness, EngineRun, EngineStage } from './engines/port.ts'
export type { ReconnectTimings } from './link/reconnect.ts'
export type { Worker, WorkerOptions, WorkerState } from './settings.ts'
