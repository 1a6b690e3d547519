import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const fileSchema = z.object({
  size: z.number(),
  offset: z.string().optional(),
  unpacked: z.boolean().optional(),
  integrity: z.object({ algorithm: z.string(), hash: z.string() }),
})
const folderSchema = z.object({
  get files() {
    return z.record(z.string(), z.union([folderSchema, fileSchema]))
  },
})
type Folder = z.infer<typeof folderSchema>

export interface AsarEntry {
  /** With slashes, without one at the start. */
  readonly path: string
  readonly sizeBytes: number
  /** SHA-256 in hex, as the archive says it. */
  readonly sha256: string
  /** Undefined when the file lies beside the archive, in its `.unpacked` folder. */
  readonly content: Buffer | undefined
}

/** Reads an archive by its format, without the library that wrote it. */
export async function readAsar(path: string): Promise<readonly AsarEntry[]> {
  const archive = await readFile(path)
  // Two length-prefixed records: the size of the header, and the header as a counted JSON string.
  const dataStart = 8 + archive.readUInt32LE(4)
  const header: unknown = JSON.parse(archive.toString('utf8', 16, 16 + archive.readUInt32LE(12)))
  return entriesOf(folderSchema.parse(header), '', archive.subarray(dataStart))
}

function entriesOf(folder: Folder, prefix: string, data: Buffer): AsarEntry[] {
  return Object.entries(folder.files).flatMap(([name, node]) => {
    const path = prefix + name
    if ('files' in node) return entriesOf(node, `${path}/`, data)
    const start = Number(node.offset)
    const content = node.unpacked === true ? undefined : data.subarray(start, start + node.size)
    return [{ path, sizeBytes: node.size, sha256: node.integrity.hash, content }]
  })
}

/** Writes the packed files as a folder. */
export async function extractTo(dir: string, entries: readonly AsarEntry[]): Promise<void> {
  for (const { path, content } of entries) {
    if (content === undefined) continue
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
}
