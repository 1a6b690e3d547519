import { writeSync } from 'node:fs'
import { pino } from 'pino'
import { openRotatingFile } from './rotatingFile.ts'
import type { LogDestination } from './rotatingFile.ts'
import { scrubText, scrubValue } from './scrub.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFields = Readonly<Record<string, unknown>>

/** Structured log; every line passes the scrubber, so secrets and home folders never reach the destination. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to every line; it shares the destination, only the first one closes it. */
  child(fields: LogFields): Logger
  close(): void
}

export interface LoggerOptions {
  readonly name: string
  readonly level?: LogLevel | 'silent'
  /** `stderr`, or a file that rotates by size. */
  readonly destination: string
  /** One readable line instead of JSON. */
  readonly pretty?: boolean
}

const STDERR = 2

export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination === 'stderr' ? stderrDestination() : openRotatingFile(options.destination)
  const write = options.pretty === true ? (line: string) => destination.write(toReadable(line)) : destination.write
  const logger: BaseLogger = pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return wrap(logger, () => {
    destination.close()
  })
}

type BaseLogger = Pick<ReturnType<typeof pino>, LogLevel | 'isLevelEnabled' | 'child'>

function wrap(logger: BaseLogger, close: () => void): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (!logger.isLevelEnabled(level)) return
      logger[level](scrubValue(fields), '%s', scrubText(message))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(scrubValue(fields) as Record<string, unknown>), () => undefined),
    close,
  }
}

function stderrDestination(): LogDestination {
  return {
    write: (line) => {
      try {
        writeSync(STDERR, line)
      } catch {
        // The reader of our stderr is gone or slow; losing the line is better than dying for it.
      }
    },
    close: () => undefined,
  }
}

function toReadable(line: string): string {
  const { level, time, name, msg, pid: _pid, ...fields } = JSON.parse(line) as Record<string, unknown>
  const clock = String(time).slice(11, 23)
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(name)}: ${String(msg)}${rest}\n`
}
