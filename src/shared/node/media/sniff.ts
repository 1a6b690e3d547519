/** What the first bytes of a file say it is. Names and extensions are never asked. */
export type Sniffed =
  | { readonly kind: 'media'; readonly container: 'isobmff' | 'matroska' | 'wav' | 'other' }
  /** A known kind we do not take: text that names other files, a picture, an archive. */
  | { readonly kind: 'refused'; readonly found: string; readonly sidesPixels?: readonly [number, number] }
  | { readonly kind: 'blank' }

interface Signature {
  readonly found: string
  readonly pattern: RegExp
}

/** Matched against the first bytes read as Latin-1. Playlists come first: they are what disguises are made of. */
const REFUSED: readonly Signature[] = [
  { found: 'HLS playlist', pattern: /^[\s\xef\xbb\xbf]*#EXT(?:M3U|INF)/ },
  { found: 'FFmpeg concat list', pattern: /^[\s\xef\xbb\xbf]*ffconcat\s/ },
  { found: 'SDP session', pattern: /^v=0\r?\n/ },
  { found: 'AviSynth script', pattern: /^\s*(?:AVISource|DirectShowSource|import)\s*\(/i },
  { found: 'XML, HTML or SVG', pattern: /^[\s\xef\xbb\xbf]*<(?:\?xml|!doctype|html|svg|mpd|smil|\w+[\s>])/i },
  { found: 'subtitles', pattern: /^[\s\xef\xbb\xbf]*(?:\[Script Info\]|WEBVTT|1\r?\n\d\d:\d\d)/ },
  { found: 'JPEG picture', pattern: /^\xff\xd8\xff/ },
  { found: 'GIF picture', pattern: /^GIF8[79]a/ },
  { found: 'ZIP archive', pattern: /^PK\x03\x04/ },
  { found: 'PDF document', pattern: /^%PDF-/ },
  { found: 'MIDI', pattern: /^MThd/ },
]
const PNG = /^\x89PNG\r\n\x1a\n/
const ISOBMFF_FIRST_BOXES = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot', 'styp', 'moof'])
const SNIFFED_BYTES = 4 * 1024

export function sniff(head: Uint8Array): Sniffed {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, SNIFFED_BYTES)).toString('latin1')
  if (/^\0*$/.test(text)) return { kind: 'blank' }
  if (PNG.test(text)) return { kind: 'refused', found: 'PNG picture', ...pngSides(head) }
  const refused = REFUSED.find(({ pattern }) => pattern.test(text))
  if (refused !== undefined) return { kind: 'refused', found: refused.found }
  if (ISOBMFF_FIRST_BOXES.has(text.slice(4, 8))) return { kind: 'media', container: 'isobmff' }
  if (text.startsWith('\x1aE\xdf\xa3')) return { kind: 'media', container: 'matroska' }
  if (/^(?:RIFF|RF64|BW64)....WAVE/s.test(text)) return { kind: 'media', container: 'wav' }
  return { kind: 'media', container: 'other' }
}

/** Size of an ID3v2 tag at the start of an MP3, or 0. */
export function id3TagBytes(head: Uint8Array): number {
  if (head.byteLength < 10 || Buffer.from(head.subarray(0, 3)).toString('latin1') !== 'ID3') return 0
  return 10 + head.subarray(6, 10).reduce((sizeBytes, byte) => sizeBytes * 128 + (byte & 0x7f), 0)
}

function pngSides(head: Uint8Array): { sidesPixels?: readonly [number, number] } {
  if (head.byteLength < 24) return {}
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  return { sidesPixels: [view.getUint32(16), view.getUint32(20)] }
}
