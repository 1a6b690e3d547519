import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { z } from 'zod'
import { AppError } from '../../../shared/index.ts'
import { isWeakSecret } from '../../auth/credentials.ts'
import { plainAddress } from './serverAddress.ts'
import type { FieldServer } from './serverAddress.ts'

/** How field workers are let in and reached. Without them nothing of this dialect is heard. */
export interface FieldWorkerOptions {
  /** Opens `/dsp` beside the worker secret, for workers only. */
  readonly token?: string | undefined
  /** HTTP base of the one worker that has no entry of its own in `servers`. */
  readonly serverUrl?: string | undefined
  readonly serverSecret?: string | undefined
  readonly servers: readonly FieldServer[]
  readonly timings?: Partial<FieldTimings> | undefined
}

export interface FieldTimings {
  /** Between two questions about a run. */
  readonly pollMs: number
  /** How long a worker may take to accept a job. */
  readonly acceptMs: number
  /** How long an older connection may take to show that it lives, before a newer one of its address replaces it. */
  readonly probeMs: number
  /** Of an HTTP call that moves no file. */
  readonly answerMs: number
  /** Between two tries to fetch or store a result. */
  readonly againMs: number
}

export const FIELD_TIMINGS: FieldTimings = {
  pollMs: 2_000,
  acceptMs: 20_000,
  probeMs: 3_000,
  answerMs: 10_000,
  againMs: 5_000,
}

const urlSchema = z.string().max(2_000).refine(isServerUrl)
const fileSchema = z.object({
  workers: z
    .array(
      z.object({
        address: z.string().refine((text) => isIP(text) !== 0),
        url: urlSchema,
        name: z.string().min(1).max(100).optional(),
        secret: z.string().min(1).max(500).optional(),
      }),
    )
    .max(1_000),
})

/**
 * Reads `{workers: [{address, url, name?, secret?}]}` of `file`, and `HEYGEM_SERVER_URL`, `HEYGEM_SERVER_SECRET` and
 * `DHS_FIELD_TOKEN` of the environment. Throws FIELD_SETTINGS_INVALID or SECRET_WEAK before anything starts.
 */
export async function readFieldOptions(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FieldWorkerOptions> {
  const token = given(env['DHS_FIELD_TOKEN'])
  if (token !== undefined && isWeakSecret(token))
    throw new AppError('SECRET_WEAK', { data: { name: 'DHS_FIELD_TOKEN' } })
  const serverUrl = given(env['HEYGEM_SERVER_URL'])
  if (serverUrl !== undefined && !isServerUrl(serverUrl)) {
    throw invalid('HEYGEM_SERVER_URL is not an http(s) address', 'HEYGEM_SERVER_URL 不是 http(s) 地址')
  }
  const servers = file === undefined ? [] : await readServers(file)
  return { token, serverUrl, serverSecret: given(env['HEYGEM_SERVER_SECRET']), servers }
}

async function readServers(file: string): Promise<readonly FieldServer[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw invalid(`${file} cannot be read`, `无法读取 ${file}`, error)
  }
  try {
    const { workers } = fileSchema.parse(JSON.parse(text))
    const servers = workers.map((one) => ({ ...one, address: plainAddress(one.address) }))
    const seen = new Set(servers.map(({ address }) => address))
    if (seen.size < servers.length) throw invalid(`${file} names one address twice`, `${file} 中有重复的地址`)
    return servers
  } catch (error) {
    if (error instanceof AppError) throw error
    const form = '{"workers":[{"address":"10.0.0.5","url":"http://10.0.0.5:8383"}]}'
    throw invalid(`${file} must be ${form}`, `${file} 的格式必须为 ${form}`, error)
  }
}

function isServerUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === ''
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}

function invalid(detail: string, inChinese: string, cause?: unknown): AppError {
  return new AppError('FIELD_SETTINGS_INVALID', {
    ...{ message: detail, data: { detail, detail_zh: inChinese } },
    ...(cause === undefined ? {} : { cause }),
  })
}
