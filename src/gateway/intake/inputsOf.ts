import type { PoolFile } from '../../protocol/files/index.ts'
import { AppError } from '../../shared/index.ts'
import type { PoolPort } from '../pool/port.ts'
import type { VideoPayload } from '../queue/port.ts'

const NAMES = ['audio', 'video'] as const

/** The files of a task, by their MD5. Throws INPUT_MISSING and names which are not there. */
export async function inputsOf(
  pool: Pick<PoolPort, 'findMany'>,
  tenant: string,
  md5s: { readonly audio: string; readonly video: string },
): Promise<{ readonly audio: PoolFile; readonly video: PoolFile }> {
  const files = await pool.findMany(tenant, [md5s.audio, md5s.video])
  const audio = files.get(md5s.audio)
  const video = files.get(md5s.video)
  if (audio !== undefined && video !== undefined) return { audio, video }
  throw inputsMissing(NAMES.filter((name) => !files.has(md5s[name])))
}

/** Which files of a task are not there at this moment, by the names of `inputsMissing`. */
export function missingNow(
  pool: Pick<PoolPort, 'has'>,
  tenant: string,
  inputs: Pick<VideoPayload, 'audio' | 'video'>,
): readonly string[] {
  return NAMES.filter((name) => !pool.has(tenant, inputs[name]))
}

export function inputsMissing(names: readonly string[]): AppError {
  return new AppError('INPUT_MISSING', { data: { missing: names.join(', ') } })
}
