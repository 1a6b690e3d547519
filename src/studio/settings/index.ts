export { createSettingsStore } from './settingsStore.ts'
export type { SettingsStore } from './settingsStore.ts'
