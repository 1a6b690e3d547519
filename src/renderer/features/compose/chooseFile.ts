import type { FileRole } from '../../../protocol/studio/index.ts'

const ACCEPT: Readonly<Record<FileRole, string>> = {
  avatar: 'video/*,.mkv,.mov',
  // The sound track of a video is a voice too.
  voice: 'audio/*,video/*,.mkv,.flac',
}

/** The browser's own file dialog, where the door has none. Null when the person closes it. */
export function chooseFile(role: FileRole): Promise<File | null> {
  const chosen = Promise.withResolvers<File | null>()
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = ACCEPT[role]
  input.addEventListener('change', () => chosen.resolve(input.files?.[0] ?? null))
  input.addEventListener('cancel', () => chosen.resolve(null))
  input.click()
  return chosen.promise
}
