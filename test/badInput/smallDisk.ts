import { execFileSync } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file system of a few MiB, to fill and to free. */
export interface SmallDisk {
  readonly dir: string
  /** Up to the last byte, or with so many bytes. */
  fill(sizeBytes?: number): Promise<void>
  free(): Promise<void>
  unmount(): void
}

/** Undefined where this user may not mount one. */
export async function mountSmallDisk(dir: string, sizeBytes: number): Promise<SmallDisk | undefined> {
  await mkdir(dir)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(sizeBytes)}`, 'tmpfs', dir], { stdio: 'pipe' })
  } catch {
    return undefined
  }
  const ballast = join(dir, 'ballast')
  return {
    dir,
    async fill(sizeBytes = Infinity) {
      const file = await open(ballast, 'w')
      const block = Buffer.alloc(64 * 1024)
      try {
        for (let written = 0; written < sizeBytes; written += block.byteLength) await file.write(block)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    free: () => rm(ballast),
    unmount: () => {
      execFileSync('umount', ['-l', dir])
    },
  }
}
