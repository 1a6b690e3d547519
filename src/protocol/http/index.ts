export {
  ASSET_EXTENSIONS,
  assetDeleteAnswerSchema,
  assetDeleteRequestSchema,
  assetFieldsSchema,
  assetOfHashSchema,
  assetsAnswerSchema,
  assetsQuerySchema,
  assetUploadAnswerSchema,
} from './assets.ts'
export type { Asset, AssetDeleteAnswer, AssetKind } from './assets.ts'
export { failureEnvelopeSchema, successEnvelope } from './envelope.ts'
export type { ErrorBody, FailureEnvelope } from './envelope.ts'
export {
  cancelAnswerSchema,
  checkFilesAnswerSchema,
  checkFilesRequestSchema,
  fieldProgressSchema,
  healthAnswerSchema,
  queueAnswerSchema,
  queueQuerySchema,
  submitAnswerSchema,
  submitRequestSchema,
  taskIdBodySchema,
  taskIdQuerySchema,
  tasksAnswerSchema,
  tasksQuerySchema,
  uploadFileAnswerSchema,
} from './heygem.ts'
export type { FieldProgress, HealthAnswer, QueueAnswer, SubmitAnswer, SubmitRequest, TasksAnswer } from './heygem.ts'
export { CAPABILITY_HEADER, DSP_PATH, HTTP_ROUTES, PROGRESS_WS_PREFIX, REPLAY_HEADER } from './routes.ts'
