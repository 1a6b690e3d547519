// P1: MD5 and SHA-256 of 1 GiB in one pass, off the main thread, against `openssl md5`.
import { createFileHasher } from '../src/shared/node/index.ts'
import { withLoopLag } from './measure/loopLag.ts'
import type { LoopLag } from './measure/loopLag.ts'
import { runProgram, timeProgram } from './measure/programs.ts'
import { runRounds } from './measure/rounds.ts'
import { GIB, makeScratch, MIB, writeRandomFile } from './measure/scratch.ts'
import { compare } from './report/row.ts'
import type { Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 7
const MAX_LAG_MS = 10

await runRowScript({
  row: 'P1',
  title: 'hash 1 GiB: MD5 and SHA-256 in one pass, off the main thread',
  async measure({ isQuick, log }) {
    const sizeBytes = isQuick ? 256 * MIB : GIB
    const scratch = await makeScratch(sizeBytes)
    const path = scratch.path('avatar.bin')
    log(`writing ${sizeBytes / MIB} MiB`)
    await writeRandomFile(path, sizeBytes)
    const hasher = createFileHasher()
    try {
      await assertSameDigests(path, await hasher.hash(path))
      return await measureHashing({ path, sizeBytes, hash: () => hasher.hash(path), log })
    } finally {
      await hasher.stop()
      await scratch.remove()
    }
  },
})

interface Hashing {
  readonly path: string
  readonly sizeBytes: number
  readonly hash: () => Promise<unknown>
  readonly log: (text: string) => void
}

async function measureHashing({ path, sizeBytes, hash, log }: Hashing): Promise<readonly Figure[]> {
  const lags: LoopLag[] = []
  const peerLags: LoopLag[] = []
  const toRate = (ms: number): number => sizeBytes / 1e6 / (ms / 1000)
  const timed = async (into: LoopLag[], work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now()
    const { lag } = await withLoopLag(work)
    into.push(lag)
    return toRate(performance.now() - startedAt)
  }
  log(`${ROUNDS} rounds of both`)
  const rates = await runRounds(
    {
      both: () => timed(lags, hash),
      md5: () => timed(peerLags, () => timeProgram('openssl', ['md5', path])),
      sha256: async () => toRate(await timeProgram('openssl', ['sha256', path])),
    },
    { rounds: ROUNDS },
  )
  const peer = { name: 'openssl md5', samples: rates.md5 }
  const lagOf = (all: readonly LoopLag[], key: keyof LoopLag): number[] => all.slice(-ROUNDS).map((lag) => lag[key])
  return [
    compare({
      ...{ what: 'MD5, as it comes out of the pass', unit: 'MB/s', ours: rates.both, peer },
      bar: { text: '≥ 1.05×', isMet: (ours, md5) => ours >= 1.05 * md5 },
    }),
    compare({
      ...{ what: 'both digests', unit: 'MB/s', ours: rates.both, peer },
      bar: { text: '≥ 0.95×', isMet: (ours, md5) => ours >= 0.95 * md5 },
    }),
    compare({
      ...{ what: 'both digests against SHA-256 alone', unit: 'MB/s', ours: rates.both },
      peer: { name: 'openssl sha256', samples: rates.sha256 },
    }),
    compare({
      ...{ what: 'lag of the main loop meanwhile, p99', unit: 'ms', ours: lagOf(lags, 'p99Ms') },
      peer: { name: 'the same loop beside openssl md5', samples: lagOf(peerLags, 'p99Ms') },
      bar: { text: `≤ ${MAX_LAG_MS} ms`, isMet: (ours) => ours <= MAX_LAG_MS },
    }),
    compare({
      ...{ what: 'lag of the main loop meanwhile, longest of a run', unit: 'ms', ours: lagOf(lags, 'maxMs') },
      peer: { name: 'the same loop beside openssl md5', samples: lagOf(peerLags, 'maxMs') },
      bar: { text: `≤ ${MAX_LAG_MS} ms`, isMet: (ours) => ours <= MAX_LAG_MS },
    }),
  ]
}

/** A fast wrong digest is worth nothing. */
async function assertSameDigests(path: string, ours: { readonly md5: string; readonly sha256: string }): Promise<void> {
  for (const name of ['md5', 'sha256'] as const) {
    const theirs = (await runProgram('openssl', [name, path])).trim().split(' ').at(-1)
    if (theirs !== ours[name]) throw new Error(`${name} is ${ours[name]}, openssl says ${theirs ?? 'nothing'}`)
  }
}
