import type { FileRole, FileView } from '../../../protocol/studio/index.ts'

const SOUND_NAME = /\.(wav|mp3|m4a|aac|flac|ogg|oga|opus|wma|aiff?|amr)$/i

/** Where a file dropped anywhere goes, by what its name and type promise. */
export function guessRole(file: { readonly name: string; readonly type: string }): FileRole {
  return file.type.startsWith('audio/') || SOUND_NAME.test(file.name) ? 'voice' : 'avatar'
}

/** Where it belongs once it has been read: a picture makes an avatar. Null where nothing is known. */
export function probedRole({ probe }: Pick<FileView, 'probe'>): FileRole | null {
  if (probe === null) return null
  return probe.video !== undefined ? 'avatar' : 'voice'
}
