export { SERVER_NOTES } from './serverNotes.ts'
export type { ServerNoteCode } from './serverNotes.ts'
export { ADAPTIVE_MODES, DEFAULT_SETTINGS, gatewaySettingsSchema, settingsPatchSchema, STRATEGIES } from './settings.ts'
export type { GatewaySettings, SettingsPatch, StrategyName } from './settings.ts'
