export { describeError, ERROR_CODES, errorEntry, isErrorCode, pickLanguage } from './catalogue.ts'
export type { ErrorCode, ErrorText, Language } from './catalogue.ts'
export type { ErrorEntry } from './entry.ts'
