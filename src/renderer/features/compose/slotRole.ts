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

/** Kinds no player opens. What is not known to be one of them is read and judged by the studio. */
const OTHER_KIND =
  /^(image|text|font|model|message)\/|^application\/(pdf|zip|gzip|json|msword|rtf|vnd\.|x-(7z|bzip|msdownload|rar|tar|zip)|java)/

/** What a person chose though it can be neither avatar nor voice; null: it may be. */
export function refusalOf(chosen: { readonly type: string }, isFolder: boolean): 'folder' | 'kind' | null {
  if (isFolder) return 'folder'
  // Some systems name a transport stream or a playlist of media by these trees.
  return OTHER_KIND.test(chosen.type) && !/mpegurl|rn-realmedia/.test(chosen.type) ? 'kind' : null
}
