import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock, Timer } from '../../shared/index.ts'
import { errnoOf } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'

const UNUSED_AFTER_MS = 24 * 60 * 60 * 1000
const EVERY_MS = 60 * 60 * 1000

export interface SweepDeps {
  readonly dir: string
  readonly clock: Clock
  /** Files that open pages or unfinished tasks need. */
  readonly pathsInUse: () => readonly string[]
}

/** Removes uploads of more than a day ago that nobody needs, whole or broken off. Resolves with how many. */
export async function sweepStaging({ dir, clock, pathsInUse }: SweepDeps): Promise<number> {
  const needed = new Set(pathsInUse().map((path) => dirname(path)))
  let removed = 0
  for (const name of await readdir(dir)) {
    const path = join(dir, name)
    if (needed.has(path) || !(await isOld(path, clock.now()))) continue
    await rm(path, { recursive: true, force: true })
    removed += 1
  }
  return removed
}

export interface SweeperDeps extends SweepDeps {
  /** Called after each sweep: what is remembered of files that are gone can go too. */
  readonly forgetMissing: () => void
  readonly log: Logger
}

/** Sweeps now and every hour. */
export function startSweeper(deps: SweeperDeps): { readonly stop: () => Promise<void> } {
  let timer: Timer | undefined
  let isStopped = false
  let sweeping: Promise<void> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    try {
      const removed = await sweepStaging(deps)
      deps.forgetMissing()
      if (removed > 0) deps.log.info('removed unused uploads', { removed })
    } catch (error) {
      deps.log.warn('unused uploads could not be removed', { error: String(error) })
    }
    if (!isStopped) timer = deps.clock.setTimer(start, EVERY_MS)
  }
  const start = (): void => {
    sweeping = sweep()
  }
  start()
  return {
    async stop() {
      isStopped = true
      timer?.cancel()
      await sweeping
    },
  }
}

async function isOld(path: string, nowMs: number): Promise<boolean> {
  try {
    return nowMs - (await stat(path)).mtimeMs > UNUSED_AFTER_MS
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
