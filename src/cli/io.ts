import { describeError, pickLanguage } from '../protocol/errors/index.ts'
import type { Language } from '../protocol/errors/index.ts'
import { AppError } from '../shared/index.ts'
import { withOperatorAdvice } from './operatorAdvice.ts'

/** Where a command reads and writes; given to it, so that tests can look. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTty: boolean
  readonly columns: number
  out(text: string): void
  err(text: string): void
}

export interface ErrorEvent {
  readonly event: 'error'
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** The language of the terminal. A variable that is set to nothing counts as not set, as everywhere else (POSIX). */
export function languageOf(io: Io): Language {
  const locale = ['LC_ALL', 'LC_MESSAGES', 'LANG'].map((name) => io.env[name] ?? '').find((value) => value !== '')
  return pickLanguage((locale ?? '').replace('_', '-'))
}

/** An error as the person gets it: a sentence, an action, never a stack. */
export function errorEvent(error: unknown, language: Language): ErrorEvent {
  const appError = AppError.from(error)
  const { message, hint } = describeError(appError, language)
  // That sentence alone does not say which of the options was meant.
  const field = appError.code === 'SCHEMA' && appError.field !== undefined ? inBrackets(appError.field, language) : ''
  return {
    event: 'error',
    code: appError.code,
    message: `${message}${field}`,
    hint: withOperatorAdvice(hint, appError.code, language),
  }
}

function inBrackets(text: string, language: Language): string {
  return language === 'zh-CN' ? `（${text}）` : ` (${text})`
}

/** The app waits these out by itself, which is what their hints say; a command has ended. */
const WAITED_OUT_BY_APP: ReadonlySet<string> = new Set(['RATE_LIMITED', 'SHUTTING_DOWN'])

function withTime(event: ErrorEvent, error: unknown, language: Language): ErrorEvent {
  const { code, retryAfterMs } = AppError.from(error)
  if (retryAfterMs === undefined || !WAITED_OUT_BY_APP.has(code)) return event
  const seconds = String(Math.ceil(retryAfterMs / 1000))
  return { ...event, hint: language === 'zh-CN' ? `请在 ${seconds} 秒后重试。` : `Try again in ${seconds} s.` }
}

/** Prints a failure the way the command was asked to speak. */
export function reportError(io: Io, json: boolean, error: unknown): void {
  const event = withTime(errorEvent(error, languageOf(io)), error, languageOf(io))
  if (json) io.out(`${JSON.stringify(event)}\n`)
  else io.err(`dhs: ${event.message}\n     ${event.hint}\n`)
  if (event.code === 'INTERNAL' && io.env['DHS_DEBUG'] !== undefined) io.err(`${String(AppError.from(error).stack)}\n`)
}

export function printJson(io: Io, event: Readonly<Record<string, unknown>>): void {
  io.out(`${JSON.stringify(event)}\n`)
}
