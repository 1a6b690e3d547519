export {
  gpuStatusSchema,
  queueStatsSchema,
  serverEventSchemas,
  sinceAnswerSchema,
  sinceFailureSchema,
  sinceRequestSchema,
  storedEventSchema,
} from './socketEvents.ts'
export type { GpuStatus, QueueStats, ServerEvents, SinceAnswer, StoredEvent } from './socketEvents.ts'
