export { auditAnswerSchema, auditQuerySchema } from './audit.ts'
export type { AuditAnswer, AuditEntry, AuditKind } from './audit.ts'
export {
  addKeyAnswerSchema,
  addKeyBodySchema,
  keyIdParamsSchema,
  keysAnswerSchema,
  licenceKeySchema,
  revokeAnswerSchema,
  tenantIdSchema,
} from './keys.ts'
export type { AddKeyAnswer, LicenceKeyView, RevokeAnswer } from './keys.ts'
export { adminQueueSchema } from './queue.ts'
export type { AdminQueue } from './queue.ts'
export { ADMIN_ROUTES, adminPath } from './routes.ts'
export { SERVER_NOTES } from './serverNotes.ts'
export type { ServerNoteCode } from './serverNotes.ts'
export {
  adminServerAnswerSchema,
  adminServerSchema,
  adminServersAnswerSchema,
  POWER_HOOK_MAX_MS,
  powerBodySchema,
  serverIdParamsSchema,
  strategyBodySchema,
} from './servers.ts'
export type { AdminServer, AdminServerAnswer, AdminServersAnswer, ServerNoteView } from './servers.ts'
export { DEFAULT_SETTINGS, gatewaySettingsSchema, settingsPatchSchema } from './settings.ts'
export type { GatewaySettings, SettingsPatch, StrategyName } from './settings.ts'
export {
  adminRetryBodySchema,
  adminTaskAnswerSchema,
  adminTaskSchema,
  adminTasksAnswerSchema,
  adminTasksQuerySchema,
  priorityBodySchema,
  taskIdParamsSchema,
} from './tasks.ts'
export type { AdminTask, AdminTasksAnswer } from './tasks.ts'
