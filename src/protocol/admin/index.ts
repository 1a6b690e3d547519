export { ADAPTIVE_MODES, DEFAULT_SETTINGS, gatewaySettingsSchema, settingsPatchSchema, STRATEGIES } from './settings.ts'
export type { GatewaySettings, SettingsPatch, StrategyName } from './settings.ts'
