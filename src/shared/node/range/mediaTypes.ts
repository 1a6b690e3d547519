/** What we serve as itself; anything else is a download of unknown bytes. */
const TYPE_BY_EXTENSION: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
}

const TYPE_BY_CONTAINER: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  matroska: 'video/x-matroska',
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  adts: 'audio/aac',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  png: 'image/png',
  jpeg: 'image/jpeg',
}

export const UNKNOWN_TYPE = 'application/octet-stream'
const DISPLAYABLE = new Set([...Object.values(TYPE_BY_EXTENSION), ...Object.values(TYPE_BY_CONTAINER)])

/** Content type by extension (".mp4"), for files whose content was checked when they came in. */
export function contentTypeOf(extension: string): string {
  return TYPE_BY_EXTENSION[extension.toLowerCase()] ?? UNKNOWN_TYPE
}

/** Content type by the container a probe found; MP4 without a picture is sound. */
export function contentTypeOfProbe(probe: { readonly container: string; readonly video?: unknown }): string {
  if (probe.container === 'mp4' && probe.video === undefined) return 'audio/mp4'
  return TYPE_BY_CONTAINER[probe.container] ?? UNKNOWN_TYPE
}

/** True for types a browser may show; everything else is sent as an attachment. */
export function isDisplayable(contentType: string): boolean {
  return DISPLAYABLE.has(contentType)
}
