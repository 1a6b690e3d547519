import { gzipSync } from 'node:zlib'

const BLOCK = 512
/** Every file gets the same time, so that the same content makes the same archive. */
const DEFAULT_TIME_S = Date.UTC(2026, 0, 1) / 1000

export interface ArchiveFile {
  /** Relative, with `/`. */
  readonly path: string
  readonly mode: number
  readonly content: Buffer
}

/** A gzipped tar (ustar) of these files: in the order of their paths, owned by root, all of one time (Unix seconds). */
export function tarGz(files: readonly ArchiveFile[], timeS = timeOfBuild()): Buffer {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  const blocks = sorted.flatMap((file) => [header(file, timeS), file.content, padding(file.content.length)])
  const packed = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 })
  // The byte that names the system it was packed on.
  packed[9] = 255
  return packed
}

function timeOfBuild(): number {
  return Number(process.env['SOURCE_DATE_EPOCH'] ?? DEFAULT_TIME_S)
}

function header({ path, mode, content }: ArchiveFile, timeS: number): Buffer {
  const { name, prefix } = splitPath(path)
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(content.length, 12), 124)
  block.write(octal(timeS, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write('0', 156)
  block.write('ustar\0' + '00', 257)
  block.write('root', 265)
  block.write('root', 297)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** The old form holds 100 bytes of name, and 155 of what is before it. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const prefix = path.slice(0, at)
    const name = path.slice(at + 1)
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix }
  }
  throw new Error(`the path is too long for an archive: ${path}`)
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}
