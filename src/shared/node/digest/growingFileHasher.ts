import { AppError } from '../../index.ts'
import { FileFollower } from './FileFollower.ts'
import { FollowLane } from './FollowLane.ts'

/** MD5 and SHA-256 of files that are still being written, off the calling thread and while they grow. */
export interface GrowingFileHasher {
  /** Begins with the first byte of the file, which need not exist yet. Close it, or take its digests. Throws INTERNAL. */
  follow(path: string): FileFollower
  /** What is being followed fails with INTERNAL. */
  stop(): Promise<void>
}

export interface GrowingFileHasherOptions {
  /** Another thread script; by default the one beside this module, which the bundler emits as a chunk of its own. */
  readonly threadUrl?: URL
}

/** Two threads for any number of files, started with the first of them. */
export function createGrowingFileHasher(options: GrowingFileHasherOptions = {}): GrowingFileHasher {
  const threadUrl = options.threadUrl ?? new URL('./followThread.ts', import.meta.url)
  let lanes: readonly [md5: FollowLane, sha256: FollowLane] | undefined
  let lastId = 0
  let isStopped = false
  return {
    follow(path) {
      if (isStopped) throw new AppError('INTERNAL', { message: 'the hasher was stopped' })
      if (lanes === undefined || lanes.some((lane) => lane.isBroken)) {
        void stopAll(lanes)
        lanes = [new FollowLane(threadUrl, 'md5'), new FollowLane(threadUrl, 'sha256')]
      }
      lastId += 1
      return new FileFollower(path, lastId, lanes)
    },
    async stop() {
      isStopped = true
      const started = lanes
      lanes = undefined
      await stopAll(started)
    },
  }
}

async function stopAll(lanes: readonly FollowLane[] = []): Promise<void> {
  await Promise.all(lanes.map((lane) => lane.stop()))
}
