import { AppError } from '../../index.ts'

const MAX_NAME_BYTES = 255
const RESERVED_ON_WINDOWS = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i
/** Path separators, what Windows refuses, control characters, and marks that reverse how a name reads. */
// eslint would take a literal control character in a pattern for a mistake, so the class is built from code points.
const FORBIDDEN = new Set<number>([
  ...range(0, 31),
  ...range(127, 159),
  ...range(0x200e, 0x200f),
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x2069),
  0xfeff,
])
const FORBIDDEN_CHARACTERS = new Set('/\\:*?"<>|')

/**
 * A file name that is valid on every platform and says what it is: "a/b.mp4" becomes "a_b.mp4". The extension
 * survives the cut to `maxBytes` (UTF-8). Throws NAME_INVALID when nothing is left.
 */
export function safeFileName(name: string, options: { readonly maxBytes?: number } = {}): string {
  const replaced = Array.from(name.toWellFormed().normalize('NFC'), replaceForbidden).join('')
  const trimmed = replaced.replace(/^\s+/, '').replace(/[\s.]+$/, '')
  if (trimmed === '' || /^[._]+$/.test(trimmed)) {
    throw new AppError('NAME_INVALID', {
      message: 'the name has no usable character',
      data: { name: name.slice(0, 80) },
    })
  }
  const usable = RESERVED_ON_WINDOWS.test(trimmed) ? `_${trimmed}` : trimmed
  return shorten(usable, options.maxBytes ?? MAX_NAME_BYTES)
}

/** The last two parts of a folder: enough to find it, too little to tell who the person is. */
export function shortFolder(dir: string): string {
  const parts = dir.split(/[/\\]/).filter((part) => part !== '')
  return parts.slice(-2).join('/') || dir
}

/** Name and extension ("clip", ".mp4"); an extension is short and not the whole name. */
export function splitExtension(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || name.length - dot > 16) return [name, '']
  return [name.slice(0, dot), name.slice(dot)]
}

function replaceForbidden(character: string): string {
  if (FORBIDDEN_CHARACTERS.has(character)) return '_'
  return FORBIDDEN.has(character.codePointAt(0) ?? 0) ? '' : character
}

function shorten(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const [stem, extension] = splitExtension(name)
  const room = maxBytes - Buffer.byteLength(extension)
  return cutToBytes(stem, room).replace(/[\s.]+$/, '') + extension
}

/** Cuts between characters as people see them, so that an emoji made of several code points is kept or dropped whole. */
function cutToBytes(text: string, maxBytes: number): string {
  let result = ''
  let usedBytes = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    usedBytes += Buffer.byteLength(segment)
    if (usedBytes > maxBytes) break
    result += segment
  }
  return result
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
