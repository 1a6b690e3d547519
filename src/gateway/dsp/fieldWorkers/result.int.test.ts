import { readdirSync, readlinkSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fieldMedia } from '../../../../test/fakes/fieldWorker/index.ts'
import { makeDataDir, openPool, removeDataDir } from '../../pool/testing/openPool.ts'
import { storedTask } from '../../testing/storedTask.ts'
import { publishResult } from './result.ts'
import { onLinux } from '../../../../test/platform/onLinux.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await makeDataDir()
})
afterEach(async () => {
  await removeDataDir(dataDir)
})

/** Removed or not: a file that is open keeps its room on the disk. */
function openFiles(path: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const at = readlinkSync(`/proc/self/fd/${fd}`)
      return at.startsWith(path) ? [at] : []
    } catch {
      // The one that listed the folder.
      return []
    }
  })
}

it.skipIf(!onLinux('keeps no result open that found no room, however often it is fetched'))(
  'keeps no result open that found no room, however often it is fetched',
  async () => {
    // No disk has so much left.
    const { pool, close } = await openPool(dataDir, { lowDiskBytes: Number.MAX_SAFE_INTEGER })
    const { signal } = new AbortController()
    const path = join(dataDir, 'result.mp4')
    const { result } = await fieldMedia()
    for (let round = 0; round < 3; round++) {
      await writeFile(path, result)
      await expect(publishResult(pool, storedTask(), path, signal)).rejects.toMatchObject({ code: 'DISK_FULL' })
      await rm(path)
    }
    await close()
    await vi.waitFor(
      () => {
        expect(openFiles(path)).toEqual([])
      },
      { timeout: 10_000 },
    )
  },
)
