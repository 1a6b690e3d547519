export { createLogger, LOG_LEVELS } from './createLogger.ts'
export type { Logger, LoggerOptions, LogFields, LogLevel } from './createLogger.ts'
export { scrubText, scrubValue } from './scrub.ts'
