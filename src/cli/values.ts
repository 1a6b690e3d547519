import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '../shared/index.ts'
import { LOG_LEVELS, toFileError } from '../shared/node/index.ts'
import type { LogLevel } from '../shared/node/index.ts'
import { UsageError } from './command.ts'
import type { Command } from './command.ts'

/** `5M`, `500K`, `2g`, `1048576`: bytes per second. */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)b?(?:\/s)?$/i.exec(text.trim())
  const factor = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match?.[2] ?? '').toLowerCase()]
  const bytes = Math.round(Number(match?.[1]) * (factor ?? NaN))
  if (!Number.isSafeInteger(bytes) || bytes < 1024) {
    throw new UsageError(`--limit-rate takes a rate such as 500K or 5M (at least 1K), not "${text}"`)
  }
  return bytes
}

export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new AppError('PORT_INVALID', { data: { port: text } })
  return port
}

export function parseSlots(text: string): number {
  const slots = Number(text)
  if (!Number.isInteger(slots) || slots < 1 || slots > 64) throw new UsageError(`--slots takes 1 to 64, not "${text}"`)
  return slots
}

export const LOG_LEVEL_OPTION: Command['options'][string] = {
  type: 'string',
  value: 'LEVEL',
  help: `what to write to stderr: ${LOG_LEVELS.join(', ')} (info)`,
}

export function parseLogLevel(text = 'info'): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) throw new UsageError(`--log-level takes ${LOG_LEVELS.join(', ')}, not "${text}"`)
  return level
}

/** Seconds on the command line, as milliseconds; at most an hour. */
export function parseSeconds(name: string, text: string): number {
  const seconds = Number(text)
  if (!/^\d{1,4}$/.test(text) || seconds > 3600) {
    throw new UsageError(`--${name} takes seconds from 0 to 3600, not "${text}"`)
  }
  return seconds * 1000
}

/** The one line of a secret file. */
export async function readSecretFile(path: string): Promise<string> {
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch (error) {
    const known = toFileError(error, path)
    if (known.code !== 'NOT_A_FILE') throw known
    // Its own sentence asks for a video.
    throw new AppError('SECRET_UNREADABLE', { message: 'a folder', data: { file: basename(path) }, cause: error })
  }
  const lines = content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const [secret] = lines
  if (secret === undefined || lines.length > 1) {
    const message = `${String(lines.length)} lines`
    throw new AppError('SECRET_UNREADABLE', { message, data: { file: basename(path) } })
  }
  return secret
}
