import { adminErrors } from './adminErrors.ts'
import { appErrors } from './appErrors.ts'
import { dspErrors } from './dspErrors.ts'
import { engineErrors } from './engineErrors.ts'
import { fileErrors } from './fileErrors.ts'
import { httpErrors } from './httpErrors.ts'
import { mediaErrors } from './mediaErrors.ts'
import { poolErrors } from './poolErrors.ts'
import { powerErrors } from './powerErrors.ts'
import { taskErrors } from './taskErrors.ts'
import { tlsErrors } from './tlsErrors.ts'
import type { ErrorEntry } from './entry.ts'
import type { Language } from './language.ts'

const CATALOGUE = {
  ...httpErrors,
  ...taskErrors,
  ...poolErrors,
  ...dspErrors,
  ...powerErrors,
  ...adminErrors,
  ...mediaErrors,
  ...engineErrors,
  ...fileErrors,
  ...appErrors,
  ...tlsErrors,
}

export type ErrorCode = keyof typeof CATALOGUE

/** Every code of the product, in the order of its domains. */
export const ERROR_CODES = Object.keys(CATALOGUE) as readonly ErrorCode[]

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code)
}

/** HTTP status and retry class of a code; an unknown code is treated as INTERNAL. */
export function errorEntry(code: string): ErrorEntry {
  return isErrorCode(code) ? CATALOGUE[code] : CATALOGUE.INTERNAL
}

export interface ErrorText {
  readonly message: string
  readonly hint: string
}

/** The sentence and the advice a person is shown for an error, in their language; `x_zh` is what `x` is in Chinese. */
export function describeError(
  error: { readonly code: string; readonly data?: Readonly<Record<string, string | number | boolean>> | undefined },
  language: Language,
): ErrorText {
  const entry = errorEntry(error.code)
  const [message, hint] = language === 'zh-CN' ? entry.zh : entry.en
  return { message: fill(message, error.data, language), hint: fill(hint, error.data, language) }
}

/** A value that is missing leaves a dash, never braces, in what people read. */
function fill(
  sentence: string,
  data: Readonly<Record<string, string | number | boolean>> | undefined,
  language: Language,
): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
    const names = language === 'zh-CN' ? [`${name}_zh`, name] : [name]
    const known = names.find((one) => data !== undefined && Object.hasOwn(data, one))
    const value = known === undefined ? undefined : data?.[known]
    return value === undefined ? '–' : String(value)
  })
}
