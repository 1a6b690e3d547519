import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/index.ts'
import { isWeakSecret } from '../auth/credentials.ts'
import type { PowerHookOptions } from './port.ts'

/** As said on the command line; the environment's `DHS_POWER_COMMAND`, `_URL` and `_SECRET_FILE` stand in for each. */
export interface PowerFlags {
  /** An executable, a `.json` file with an argv array, or the array itself as JSON. */
  readonly command?: string | undefined
  readonly url?: string | undefined
  readonly secretFile?: string | undefined
}

const argvSchema = z.array(z.string().max(4_096)).min(1).max(64)
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Which power hook the operator configured; undefined for none. Throws POWER_HOOK_INVALID, SECRET_UNREADABLE or
 * SECRET_WEAK before anything starts.
 */
export async function readPowerOptions(
  flags: PowerFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PowerHookOptions | undefined> {
  const command = given(flags.command ?? env['DHS_POWER_COMMAND'])
  const url = given(flags.url ?? env['DHS_POWER_URL'])
  if (command !== undefined && url !== undefined)
    throw invalid('a command and an address are both given', '命令和地址只能给出一个')
  if (command !== undefined) return { kind: 'command', argv: checkExecutable(await readArgv(command)) }
  if (url === undefined) return undefined
  const secretFile = given(flags.secretFile ?? env['DHS_POWER_SECRET_FILE'])
  if (secretFile === undefined)
    throw invalid('an address needs --power-secret-file', '使用地址时需要 --power-secret-file')
  return { kind: 'url', url: checkUrl(url), secret: await readSecret(secretFile) }
}

async function readArgv(command: string): Promise<readonly string[]> {
  if (command.startsWith('[')) return parseArgv(command)
  if (!command.endsWith('.json')) return [command]
  try {
    return parseArgv(await readFile(command, 'utf8'))
  } catch (error) {
    throw error instanceof AppError ? error : invalid(`${command} cannot be read`, `无法读取 ${command}`, error)
  }
}

function parseArgv(text: string): readonly string[] {
  try {
    return argvSchema.parse(JSON.parse(text))
  } catch (error) {
    throw invalid('the command must be a JSON array of texts', '命令必须是由文本组成的 JSON 数组', error)
  }
}

/** There is no shell and no search path: exactly this program is run. */
function checkExecutable(argv: readonly string[]): readonly string[] {
  const [program = '', ...args] = argv
  const path = isAbsolute(program) ? program : resolve(program)
  try {
    accessSync(path, process.platform === 'win32' ? constants.F_OK : constants.X_OK)
  } catch (error) {
    throw invalid(`${program} is not an executable file`, `${program} 不是可执行文件`, error)
  }
  return [path, ...args]
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw invalid('the address is not a URL', '地址不是有效的 URL')
  const isPlainLoopback = url.protocol === 'http:' && LOOPBACK.has(url.hostname)
  if (url.protocol !== 'https:' && !isPlainLoopback)
    throw invalid('the address must begin with https://', '地址必须以 https:// 开头')
  if (url.username !== '' || url.password !== '')
    throw invalid('the address must not hold a name or password', '地址中不能包含用户名或密码')
  if (url.hash !== '') throw invalid('the address must not hold a fragment', '地址中不能包含 # 片段')
  return url.href
}

async function readSecret(file: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new AppError('SECRET_UNREADABLE', { data: { file }, cause: error })
  }
  const secret = text.trim()
  if (secret.includes('\n')) throw new AppError('SECRET_UNREADABLE', { data: { file } })
  if (isWeakSecret(secret)) throw new AppError('SECRET_WEAK', { data: { name: '--power-secret-file' } })
  return secret
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}

function invalid(detail: string, inChinese: string, cause?: unknown): AppError {
  const data = { detail, detail_zh: inChinese }
  return new AppError('POWER_HOOK_INVALID', { data, ...(cause === undefined ? {} : { cause }) })
}
