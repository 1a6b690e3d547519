import type { FileWindow } from './FileWindow.ts'

/** One box of an MP4 or MOV file. `end` is what the box says and may lie beyond the file. */
export interface Box {
  readonly type: string
  readonly bodyStart: number
  readonly end: number
}

const MAX_BOXES = 10_000
/** Bytes between the start of a box's body and its first child, where there are any. */
const FIELDS_BEFORE_CHILDREN: Readonly<Record<string, number>> = { stsd: 8 }
const PATH_TO_SAMPLE_ENTRIES = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'] as const

/** The boxes between two positions, in order; stops at the first that makes no sense. */
export async function* readBoxes(file: FileWindow, from: number, to: number): AsyncGenerator<Box> {
  let position = from
  for (let count = 0; position + 8 <= to && count < MAX_BOXES; count += 1) {
    const bytes = await file.read(position, position + 16)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (view.byteLength < 8) return
    const type = String.fromCharCode(view.getUint8(4), view.getUint8(5), view.getUint8(6), view.getUint8(7))
    const { sizeBytes, headerBytes } = sizeOf(view, to - position)
    if (sizeBytes < headerBytes) return
    yield { type, bodyStart: position + headerBytes, end: position + sizeBytes }
    position += sizeBytes
  }
}

/** The sample entry types of all tracks ("avc1", "mp4a"; "encv" and "enca" when the samples are encrypted). */
export async function sampleEntryTypes(file: FileWindow): Promise<string[]> {
  let parents: Box[] = [{ type: '', bodyStart: 0, end: file.sizeBytes }]
  for (const type of PATH_TO_SAMPLE_ENTRIES) {
    const children: Box[] = []
    for (const parent of parents) {
      for await (const box of childrenOf(file, parent)) if (box.type === type) children.push(box)
    }
    parents = children.slice(0, MAX_BOXES)
  }
  const types: string[] = []
  for (const parent of parents) for await (const entry of childrenOf(file, parent)) types.push(entry.type)
  return types
}

function childrenOf(file: FileWindow, parent: Box): AsyncGenerator<Box> {
  const start = parent.bodyStart + (FIELDS_BEFORE_CHILDREN[parent.type] ?? 0)
  return readBoxes(file, start, Math.min(parent.end, file.sizeBytes))
}

function sizeOf(view: DataView, restBytes: number): { sizeBytes: number; headerBytes: number } {
  const size32 = view.getUint32(0)
  if (size32 === 0) return { sizeBytes: restBytes, headerBytes: 8 }
  if (size32 !== 1) return { sizeBytes: size32, headerBytes: 8 }
  return { sizeBytes: view.byteLength < 16 ? 0 : Number(view.getBigUint64(8)), headerBytes: 16 }
}
