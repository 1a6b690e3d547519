import type { FileWindow } from './FileWindow.ts'
import { readBoxes } from './isobmffBoxes.ts'

/**
 * Whether a file has all the bytes its own outermost structure announces. Parsers do not tell: an index at the front
 * describes a film whose second half never arrived.
 */
export type Completeness = 'complete' | 'truncated' | 'noIndex'

const ESSENTIAL_BOXES = new Set(['ftyp', 'moov', 'mdat', 'moof'])
const MAX_CHUNKS = 10_000
const UNKNOWN_RIFF_SIZE = 0xffffffff

/** MP4 and MOV: every top-level box must end inside the file, and one of them is the index (`moov`). */
export async function isobmffCompleteness(file: FileWindow): Promise<Completeness> {
  let hasIndex = false
  let hasSamples = false
  for await (const { type, end } of readBoxes(file, 0, file.sizeBytes)) {
    hasIndex ||= type === 'moov'
    hasSamples ||= type === 'mdat'
    // Trailing junk after the index is common and harmless; a cut index or cut samples are not.
    if (end > file.sizeBytes && ESSENTIAL_BOXES.has(type)) return 'truncated'
  }
  if (hasIndex) return 'complete'
  return hasSamples ? 'truncated' : 'noIndex'
}

/** WAV: the data chunk must fit, unless it was written by a pipe that could not know its length. */
export async function wavCompleteness(file: FileWindow): Promise<Completeness> {
  let position = 12
  for (let count = 0; position + 8 <= file.sizeBytes && count < MAX_CHUNKS; count += 1) {
    const view = viewOf(await file.read(position, position + 8))
    const sizeBytes = view.getUint32(4, true)
    const isData = view.getUint32(0) === 0x64617461
    if (isData) {
      return sizeBytes === UNKNOWN_RIFF_SIZE || position + 8 + sizeBytes <= file.sizeBytes ? 'complete' : 'truncated'
    }
    position += 8 + sizeBytes + (sizeBytes % 2)
  }
  return 'truncated'
}

/** Matroska and WebM: the segment must fit, unless its size is the "unknown" of a live stream. */
export async function matroskaCompleteness(file: FileWindow): Promise<Completeness> {
  const head = await file.read(0, 4096)
  const header = readVint(head, 4)
  if (header === undefined) return 'noIndex'
  const segmentAt = 4 + header.lengthBytes + header.value
  const segment = readVint(head, segmentAt + 4)
  if (segment === undefined || segment.isUnknown) return 'complete'
  const endsAt = segmentAt + 4 + segment.lengthBytes + segment.value
  return endsAt <= file.sizeBytes ? 'complete' : 'truncated'
}

interface Vint {
  readonly value: number
  readonly lengthBytes: number
  readonly isUnknown: boolean
}

/** EBML's variable-length number: the leading zero bits of the first byte tell how many bytes follow. */
function readVint(bytes: Uint8Array, offset: number): Vint | undefined {
  const first = bytes[offset]
  if (first === undefined || first === 0) return undefined
  const lengthBytes = Math.clz32(first) - 23
  if (offset + lengthBytes > bytes.byteLength) return undefined
  const marker = 2 ** (8 - lengthBytes)
  let value = first - marker
  let isUnknown = value === marker - 1
  for (const byte of bytes.subarray(offset + 1, offset + lengthBytes)) {
    value = value * 256 + byte
    isUnknown &&= byte === 0xff
  }
  return { value, lengthBytes, isUnknown }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
