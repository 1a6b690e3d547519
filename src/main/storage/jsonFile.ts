import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { atomicWrite, ensureDir } from '../../shared/node/index.ts'

export interface JsonFile<T> {
  /** The stored value, else the last good copy, else null. */
  read(): Promise<T | null>
  write(value: T): Promise<void>
}

export interface JsonFileOptions<T> {
  readonly path: string
  readonly schema: z.ZodType<T>
  readonly mode?: number
  /** Told when the file cannot be used, and whether its last good copy could. */
  readonly onBad?: (found: { readonly path: string; readonly isRestored: boolean }) => void
}

/** A small file of ours, replaced in one step; what was good last is kept beside it as `.bak`. */
export function jsonFile<T>(options: JsonFileOptions<T>): JsonFile<T> {
  const { path, schema } = options
  const mode = options.mode ?? 0o600
  const backup = `${path}.bak`
  let lastWrite: Promise<void> = Promise.resolve()

  const writeNow = async (value: T): Promise<void> => {
    await ensureDir(dirname(path))
    const present = await readText(path)
    if (present !== null && parse(present, schema) !== null) await atomicWrite(backup, present, { mode })
    await atomicWrite(path, JSON.stringify(value, null, 2), { mode })
  }

  return {
    async read() {
      const text = await readText(path)
      const value = text === null ? null : parse(text, schema)
      if (value !== null) return value
      const backupText = await readText(backup)
      const restored = backupText === null ? null : parse(backupText, schema)
      if (text !== null || restored !== null) options.onBad?.({ path, isRestored: restored !== null })
      return restored
    },
    // One after the other: the copy of one write must not be the half of another.
    write(value) {
      lastWrite = lastWrite.catch(ignore).then(() => writeNow(value))
      return lastWrite
    },
  }
}

/** The caller of that write was told already. */
function ignore(): void {
  return
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return null
  }
}

function parse<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(text.replace(/^\uFEFF/, ''))).data ?? null
  } catch {
    return null
  }
}
