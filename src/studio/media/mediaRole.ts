import { AUDIO_EXTENSIONS, MAX_POOL_FILE_BYTES, VIDEO_EXTENSIONS } from '../../protocol/files/index.ts'
import type { PoolFile } from '../../protocol/files/index.ts'
import type { FileRole } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import type { MediaProbe } from '../../shared/index.ts'
import { assertHasAudio, assertHasVideo } from '../../shared/node/index.ts'

/** By content, never by name: the pool's extension tells the engine what it will find. */
const VIDEO_EXT: Readonly<Record<string, PoolFile['ext']>> = {
  mp4: '.mp4',
  mov: '.mov',
  webm: '.webm',
  matroska: '.mkv',
}

const AUDIO_EXT: Readonly<Record<string, PoolFile['ext']>> = {
  wav: '.wav',
  mp3: '.mp3',
  mp4: '.m4a',
  mov: '.m4a',
  adts: '.aac',
  flac: '.flac',
  ogg: '.ogg',
}

/** The extension a file travels under in its role. Throws NO_VIDEO, NO_AUDIO, EXT_NOT_ALLOWED, FILE_TOO_LARGE. */
export function extensionFor(role: FileRole, probe: MediaProbe): PoolFile['ext'] {
  if (role === 'avatar') assertHasVideo(probe)
  else assertHasAudio(probe)
  if (probe.sizeBytes > MAX_POOL_FILE_BYTES) {
    throw new AppError('FILE_TOO_LARGE', { data: { limit: `${String(MAX_POOL_FILE_BYTES / 1024 ** 3)} GiB` } })
  }
  const ext = (role === 'avatar' ? VIDEO_EXT : AUDIO_EXT)[probe.container]
  if (ext !== undefined) return ext
  const accepted = role === 'avatar' ? VIDEO_EXTENSIONS : AUDIO_EXTENSIONS
  throw new AppError('EXT_NOT_ALLOWED', { data: { accepted: accepted.join(' ') } })
}
