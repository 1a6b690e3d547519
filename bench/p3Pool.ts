// P3: bring a file into the pool on the same disk, against `cp`.
import { rm } from 'node:fs/promises'
import type { PoolClient, PoolFileRef } from '../src/client/index.ts'
import { cloneOrCopy, createFileHasher, ensureDir } from '../src/shared/node/index.ts'
import type { FileDigests, FileHasher } from '../src/shared/node/index.ts'
import { runProgram, timeWork } from './measure/programs.ts'
import { runRounds } from './measure/rounds.ts'
import { makeScratch, MIB, writeRandomFile } from './measure/scratch.ts'
import { connectPool, startGatewayProcess } from './pool/gatewayProcess.ts'
import { assertStoredIntact, removeStored } from './pool/storedFile.ts'
import { compare } from './report/row.ts'
import type { Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 5
/** What a person takes for "at once". */
const INSTANT_MS = 50

await runRowScript({
  row: 'P3',
  title: 'bring a file into the pool on the same disk',
  async measure({ isQuick, log }) {
    const sizeBytes = (isQuick ? 128 : 512) * MIB
    const scratch = await makeScratch(4 * sizeBytes)
    const gatewayDir = scratch.path('gateway')
    const sourcePath = scratch.path('avatar.mp4')
    await writeRandomFile(sourcePath, sizeBytes)
    await ensureDir(gatewayDir, 0o700)
    const gateway = await startGatewayProcess(gatewayDir)
    const pool = connectPool(gateway)
    const hasher = createFileHasher()
    try {
      const digests = await hasher.hash(sourcePath)
      const destPath = scratch.path('copy.mp4')
      return await measureRoads({ ...{ sourcePath, destPath, gatewayDir, sizeBytes }, digests, pool, hasher, log })
    } finally {
      pool.close()
      await hasher.stop()
      await gateway.stop()
      await scratch.remove()
    }
  },
})

interface Roads {
  readonly sourcePath: string
  readonly destPath: string
  readonly gatewayDir: string
  readonly sizeBytes: number
  readonly digests: FileDigests
  readonly pool: PoolClient
  readonly hasher: FileHasher
  readonly log: (text: string) => void
}

async function measureRoads(roads: Roads): Promise<readonly Figure[]> {
  const { sourcePath, destPath, sizeBytes, digests, pool, hasher } = roads
  const toRate = (ms: number): number => sizeBytes / 1e6 / (ms / 1000)
  const timed = async (work: () => Promise<unknown>): Promise<number> => toRate(await timeWork(work))
  const file: PoolFileRef = { ...digests, ext: '.mp4', name: 'avatar.mp4' }
  const copy = (): Promise<string> => runProgram('cp', [sourcePath, destPath])
  roads.log(`${ROUNDS} rounds of ${sizeBytes / MIB} MiB`)
  const samples = await runRounds(
    {
      cp: () => timed(copy),
      cpSynced: () => timed(() => copy().then(() => runProgram('sync', [destPath]))),
      fresh: () =>
        timed(async () => {
          await hasher.hash(sourcePath)
          await pool.upload(sourcePath, file)
        }),
      hashed: () => timed(() => pool.upload(sourcePath, file)),
      adopted: () => timed(() => Promise.all([hasher.hash(sourcePath), cloneOrCopy(sourcePath, destPath)])),
      adoptedHashed: () => timed(() => cloneOrCopy(sourcePath, destPath)),
    },
    {
      rounds: ROUNDS,
      between: async () => {
        await rm(destPath, { force: true })
        await removeStored(roads.gatewayDir, digests.sha256)
      },
    },
  )
  return [...roadFigures(samples), await measureKnown(roads, file)]
}

type Samples = Readonly<Record<'cp' | 'cpSynced' | 'fresh' | 'hashed' | 'adopted' | 'adoptedHashed', readonly number[]>>

function roadFigures(samples: Samples): readonly Figure[] {
  const cp = { name: 'cp', samples: samples.cp }
  const cpSynced = { name: 'cp, then sync of the file', samples: samples.cpSynced }
  return [
    compare({
      ...{ what: 'as built: hash, then upload to the embedded gateway, durable', unit: 'MB/s', ours: samples.fresh },
      ...{ peer: cp, bar: { text: '≥ 0.9×', isMet: (ours, peer) => ours >= 0.9 * peer } },
    }),
    compare({ what: 'the same against a durable copy', unit: 'MB/s', ours: samples.fresh, peer: cpSynced }),
    compare({
      ...{ what: 'as built, hashed before: upload alone', unit: 'MB/s', ours: samples.hashed, peer: cpSynced },
    }),
    compare({
      what: 'not built: clone or copy with both hashes overlapped, durable',
      ...{ unit: 'MB/s', ours: samples.adopted, peer: cp },
    }),
    compare({ what: 'the same against a durable copy', unit: 'MB/s', ours: samples.adopted, peer: cpSynced }),
    compare({
      ...{ what: 'not built, hashed before: clone or copy', unit: 'MB/s', ours: samples.adoptedHashed, peer: cpSynced },
    }),
  ]
}

/** Hashed and pooled already: what the next task with the same avatar costs. */
async function measureKnown(roads: Roads, file: PoolFileRef): Promise<Figure> {
  const { pool, sourcePath, destPath } = roads
  await pool.upload(sourcePath, file)
  await assertStoredIntact(roads.gatewayDir, roads.digests, roads.hasher)
  const { known, cp } = await runRounds(
    {
      known: () =>
        timeWork(async () => {
          const found = await pool.has([file])
          if (!found.has(file.md5)) throw new Error('the pool has forgotten the file')
        }),
      cp: () => timeWork(() => runProgram('cp', [sourcePath, destPath])),
    },
    { rounds: ROUNDS },
  )
  return compare({
    ...{ what: 'as built, hashed and pooled before', unit: 'ms', ours: known, peer: { name: 'cp', samples: cp } },
    bar: { text: `at once: ≤ ${INSTANT_MS} ms`, isMet: (ours) => ours <= INSTANT_MS },
  })
}
