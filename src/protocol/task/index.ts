export { taskIdSchema } from './ids.ts'
export { DELETE_ASSET, ENGINE_FEATURES, HEYGEM_SUBMIT, LOOP_MODES, neededFeatures } from './options.ts'
export type { EngineFeature, LoopMode, TaskOptions } from './options.ts'
export { isTerminal, LEASED_STATES, LIVE_STATES, PRIORITY_CLASSES, RUN_STAGES, TASK_STATES } from './state.ts'
export type { GpuWait, PriorityClass, RunStage, TaskState, TerminalTaskState } from './state.ts'
export {
  ETA_BASES,
  ETA_REASONS,
  HEYGEM_STATUSES,
  heygemStatus,
  taskOutputSchema,
  taskProgressSchema,
  taskViewSchema,
} from './view.ts'
export type { HeygemStatus, TaskOutput, TaskProgress, TaskView } from './view.ts'
export { waitedSpan, waitSpan } from './waitSpan.ts'
