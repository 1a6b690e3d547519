export { createFormat } from './format.ts'
export type { Format } from './format.ts'
export { createI18n } from './setup.ts'
