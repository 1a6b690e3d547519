import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface LogDestination {
  readonly write: (line: string) => void
  readonly close: () => void
}

const MAX_BYTES = 8 * 1024 * 1024
const KEPT_FILES = 3

/**
 * A log file that becomes `<path>.1`, `.2`, … when it is full. Written synchronously: the last lines before a crash
 * are the ones that matter. A full disk loses lines, never the program.
 */
export function openRotatingFile(path: string, limits: { maxBytes?: number; keep?: number } = {}): LogDestination {
  const maxBytes = limits.maxBytes ?? MAX_BYTES
  const keep = limits.keep ?? KEPT_FILES
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let descriptor: number | undefined = openSync(path, 'a', 0o600)
  let sizeBytes = fstatSync(descriptor).size
  let isClosed = false

  const close = (): void => {
    // Forgotten first: its number may belong to a database a moment later.
    const current = descriptor
    descriptor = undefined
    if (current !== undefined) closeSync(current)
  }
  const rotate = (): void => {
    close()
    for (let index = keep; index >= 1; index -= 1) {
      renameIfThere(index === 1 ? path : `${path}.${String(index - 1)}`, `${path}.${String(index)}`)
    }
    sizeBytes = 0
  }

  return {
    write(line) {
      if (isClosed) return
      try {
        if (sizeBytes > 0 && sizeBytes + Buffer.byteLength(line) > maxBytes) rotate()
        descriptor ??= openSync(path, 'a', 0o600)
        sizeBytes += writeSync(descriptor, line)
      } catch {
        // Nowhere left to say it.
      }
    },
    close() {
      isClosed = true
      close()
    },
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch {
    // Fewer old files than may be kept.
  }
}
