import type { PoolFile } from '../../protocol/files/index.ts'
import { AppError } from '../../shared/index.ts'
import type { PoolPort } from '../pool/port.ts'

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
  const missing = [audio === undefined ? 'audio' : '', video === undefined ? 'video' : ''].filter((one) => one !== '')
  throw new AppError('INPUT_MISSING', { data: { missing: missing.join(', ') } })
}
