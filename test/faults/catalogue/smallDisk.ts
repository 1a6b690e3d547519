import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import type { World } from '../rig/world.ts'
import type { Trial } from './fault.ts'

const DISK_BYTES = 12 * 1024 * 1024
const PAGE_BYTES = 4 * 1024

/** The disk of a trial's gateway. */
export interface SmallDisk {
  freeBytes(): number
  /** Takes all space but so much. */
  leave(leftBytes: number): Promise<void>
  /** Gives back all that was taken. */
  free(): Promise<void>
}

/** Mounting needs an administrator, here or in a private namespace of the whole campaign. */
export function cannotMount(): string | undefined {
  const dir = join(tmpdir(), `dhs-faults-mount-${String(process.pid)}`)
  mkdirSync(dir, { recursive: true })
  try {
    mount(dir)
    unmount(dir)
    return undefined
  } catch {
    return 'a small disk cannot be mounted without an administrator'
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A world whose gateway has its data on a disk of 12 MiB. */
export async function onSmallDisk(
  trial: Trial,
  work: (world: World, disk: SmallDisk) => Promise<readonly Violation[]>,
): Promise<readonly Violation[]> {
  const dir = await mkdtemp(join(tmpdir(), 'dhs-faults-disk-'))
  mount(dir)
  const disk = smallDisk(dir)
  try {
    const world = await trial.openWorld({ gatewayDir: join(dir, 'gateway') })
    world.onClose(async () => {
      await world.gateway.end()
      unmount(dir)
      await rm(dir, { recursive: true, force: true })
    })
    return await work(world, disk)
  } catch (error) {
    await disk.free()
    throw error
  }
}

function smallDisk(dir: string): SmallDisk {
  const ballast = join(dir, 'ballast')
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  }
  return {
    freeBytes,
    async leave(leftBytes) {
      const file = await open(ballast, 'a')
      try {
        while (freeBytes() > leftBytes) await file.write(Buffer.alloc(Math.max(PAGE_BYTES, freeBytes() - leftBytes)))
      } catch {
        // Somebody else took the last of it.
      } finally {
        await file.close()
      }
    },
    free: () => rm(ballast, { force: true }),
  }
}

function mount(dir: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(DISK_BYTES)}`, 'tmpfs', dir], { stdio: 'pipe' })
}

function unmount(dir: string): void {
  execFileSync('umount', ['-l', dir], { stdio: 'pipe' })
}
