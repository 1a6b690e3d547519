// P4: from a submit to the start of its work, on an idle queue with one worker: at the port, and end to end.
import { mkdir } from 'node:fs/promises'
import { startChild } from './doors/child.ts'
import type { BenchChild } from './doors/child.ts'
import type { GatewayTold } from './doors/gatewayTold.ts'
import { openJsonDoor } from './doors/httpCalls.ts'
import { startHttpRun } from './doors/httpRun.ts'
import { runRounds } from './measure/rounds.ts'
import { GIB, makeScratch } from './measure/scratch.ts'
import type { Scratch } from './measure/scratch.ts'
import { BULL_QUEUE } from './queue/bullNames.ts'
import { startBullRun } from './queue/bullRun.ts'
import { startPortRun } from './queue/portRun.ts'
import { jobData, openPortQueue } from './queue/portTasks.ts'
import { startRedis } from './queue/redisServer.ts'
import type { RedisServer } from './queue/redisServer.ts'
import { timeStarts } from './queue/startRun.ts'
import type { StartRun } from './queue/startRun.ts'
import { compare } from './report/row.ts'
import type { Compared, Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 7
const BULL = 'BullMQ, Redis AOF everysec'
const BULL_HTTP = 'Fastify route → BullMQ, Redis AOF everysec'

await runRowScript({
  row: 'P4',
  title: 'from a submit to the start of its work',
  async measure({ isQuick, log }) {
    const scratch = await makeScratch(GIB)
    const redis = await startRedis(scratch.path('redis'))
    if (redis === undefined) log('no redis-server here: the peer is not run')
    const roads = await openRoads(scratch, redis)
    try {
      return figures(await measureRoads(roads.runs, isQuick ? 100 : 400))
    } finally {
      for (const run of Object.values(roads.runs)) await run.close()
      for (const child of roads.children) await child.stop()
      await redis?.stop()
      await scratch.remove()
    }
  },
})

type Runs = Readonly<Record<string, StartRun>>

async function openRoads(
  scratch: Scratch,
  redis: RedisServer | undefined,
): Promise<{ readonly runs: Runs; readonly children: readonly BenchChild<unknown>[] }> {
  const dataDir = scratch.path('gateway')
  await mkdir(dataDir)
  const gateway = await startChild<GatewayTold>('gatewayChild.ts', [dataDir])
  const ours = {
    port: startPortRun(await openPortQueue(scratch.path('queue'))),
    http: await startHttpRun(gateway.told),
  }
  if (redis === undefined) return { runs: ours, children: [gateway] }
  const bull = await startChild<{ readonly port: number }>('bullChild.ts', [String(redis.port)])
  const door = openJsonDoor(bull.told.port, 'nobody asks')
  const runs = {
    ...ours,
    bull: await startBullRun(redis.port, 'bench-port'),
    bullHttp: await startBullRun(redis.port, BULL_QUEUE, () => door.post('/submit', jobData())),
  }
  return { runs, children: [gateway, bull] }
}

type Times = Readonly<Partial<Record<string, readonly number[]>>>

/** Medians and 99th percentiles of each round, by road. */
async function measureRoads(runs: Runs, count: number): Promise<{ readonly p50: Times; readonly p99: Times }> {
  const p99 = Object.fromEntries(Object.keys(runs).map((name) => [name, [] as number[]]))
  const variants = Object.entries(runs).map(([name, run]) => {
    const measure = async (): Promise<number> => {
      const times = await timeStarts(run, count)
      p99[name]?.push(times.p99Ms)
      return times.p50Ms
    }
    return [name, measure] as const
  })
  const p50 = await runRounds<string>(Object.fromEntries(variants), { rounds: ROUNDS })
  // The first round only warms up, as `runRounds` has it.
  return { p50, p99: Object.fromEntries(Object.entries(p99).map(([name, samples]) => [name, samples.slice(1)])) }
}

function figures({ p50, p99 }: { readonly p50: Times; readonly p99: Times }): readonly Figure[] {
  const line = (what: string, times: Times, names: readonly [string, string], peer: string, most?: number): Figure => {
    const compared: Compared = { what, unit: 'ms', ours: times[names[0]] ?? [] }
    const samples = times[names[1]]
    if (samples === undefined) return compare({ ...compared, notRun: peer })
    if (most === undefined) return compare({ ...compared, peer: { name: peer, samples } })
    const bar = { text: `≤ ${most}×`, isMet: (ours: number, theirs: number): boolean => ours <= most * theirs }
    return compare({ ...compared, peer: { name: peer, samples }, bar })
  }
  return [
    line('at the port, p50', p50, ['port', 'bull'], BULL, 1.5),
    line('at the port, p99', p99, ['port', 'bull'], BULL, 1.2),
    line('end to end: HTTP submit → job frame at the worker, p50', p50, ['http', 'bullHttp'], BULL_HTTP, 1.5),
    line('end to end, p99', p99, ['http', 'bullHttp'], BULL_HTTP, 1.2),
    line('end to end against the bare queue, p50', p50, ['http', 'bull'], BULL),
  ]
}
