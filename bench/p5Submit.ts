// P5: submits per second at the queue's port, each durable before its answer, against BullMQ and the disk itself.
import { Queue } from 'bullmq'
import type { QueuePort } from '../src/gateway/index.ts'
import { timeWork } from './measure/programs.ts'
import { runRounds } from './measure/rounds.ts'
import type { Variant } from './measure/rounds.ts'
import { GIB, makeScratch } from './measure/scratch.ts'
import { inFlight, jobData, openPortQueue, submitOne } from './queue/portTasks.ts'
import { startRedis } from './queue/redisServer.ts'
import { timeSyncs } from './queue/syncRate.ts'
import { compare } from './report/row.ts'
import type { Compared, Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 7
const IN_FLIGHT = 50
const PEER = 'BullMQ add, Redis AOF everysec'
const SYNCS = 'write 4 KiB + fdatasync'

await runRowScript({
  row: 'P5',
  title: 'submits per second, durable before the answer',
  async measure({ isQuick, log }) {
    const scratch = await makeScratch(GIB)
    const redis = await startRedis(scratch.path('redis'))
    if (redis === undefined) log('no redis-server here: the peer is not run')
    const bull = redis && new Queue('p5', { connection: { port: redis.port } })
    const queue = await openPortQueue(scratch.path('queue'))
    try {
      await bull?.waitUntilReady()
      const counts = { many: isQuick ? 2_000 : 10_000, few: isQuick ? 500 : 2_000 }
      const samples = await measureRates({ queue, bull, counts, syncPath: scratch.path('synced') })
      return figures(samples)
    } finally {
      await bull?.close()
      await queue.close()
      await redis?.stop()
      await scratch.remove()
    }
  },
})

interface Rates {
  readonly queue: QueuePort
  readonly bull: Queue | undefined
  readonly counts: { readonly many: number; readonly few: number }
  readonly syncPath: string
}

type Samples = Readonly<Partial<Record<string, readonly number[]>>>

function measureRates({ queue, bull, counts, syncPath }: Rates): Promise<Samples> {
  const rate = async (count: number, width: number, work: () => Promise<unknown>): Promise<number> =>
    count / ((await timeWork(() => inFlight(count, width, work))) / 1_000)
  const ours: Readonly<Record<string, Variant>> = {
    ours: () => rate(counts.many, IN_FLIGHT, () => submitOne(queue)),
    oursOne: () => rate(counts.few, 1, () => submitOne(queue)),
    syncs: async () => counts.few / timeSyncs(syncPath, counts.few),
  }
  const peer: Readonly<Record<string, Variant>> =
    bull === undefined
      ? {}
      : {
          peer: () => rate(counts.many, IN_FLIGHT, () => bull.add('task', jobData())),
          peerOne: () => rate(counts.few, 1, () => bull.add('task', jobData())),
        }
  return runRounds<string>({ ...ours, ...peer }, { rounds: ROUNDS })
}

function figures(samples: Samples): readonly Figure[] {
  const line = (what: string, name: string, against: string, peer: string, least?: number): Figure => {
    const compared: Compared = { what, unit: '/s', ours: samples[name] ?? [] }
    const peerSamples = samples[against]
    if (peerSamples === undefined) return compare({ ...compared, notRun: peer })
    if (least === undefined) return compare({ ...compared, peer: { name: peer, samples: peerSamples } })
    return compare({
      ...{ ...compared, peer: { name: peer, samples: peerSamples } },
      bar: { text: `≥ ${least}×`, isMet: (ours, theirs) => ours >= least * theirs },
    })
  }
  return [
    line(`${IN_FLIGHT} in flight`, 'ours', 'peer', PEER, 0.7),
    line('one by one', 'oursOne', 'syncs', SYNCS, 0.7),
    line('one by one, against the other queue', 'oursOne', 'peerOne', PEER),
  ]
}
