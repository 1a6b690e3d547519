// P11: what the gateway itself costs: its start, its idle memory and processor time, and each connection.
import { mkdir, mkdtemp } from 'node:fs/promises'
import { setTimeout as rest } from 'node:timers/promises'
import { SMALL_YOUNG_SPACE, startChild } from './doors/child.ts'
import { connectEventClient } from './doors/eventClient.ts'
import type { GatewayTold } from './doors/gatewayTold.ts'
import { bundledGateway } from './doors/serverBundle.ts'
import { connectWireWorker } from './doors/wireWorker.ts'
import { residentMb } from './measure/memory.ts'
import { processorSeconds } from './measure/processor.ts'
import { GIB, makeScratch } from './measure/scratch.ts'
import type { Scratch } from './measure/scratch.ts'
import { CHECKOUT, startGatewayProcess } from './pool/gatewayProcess.ts'
import type { GatewayProgram } from './pool/gatewayProcess.ts'
import { compare } from './report/row.ts'
import type { Compared, Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 5
const HEARTBEAT_MS = 15_000
/** How long an idle gateway is watched: longer than any of its timers but the hourly ones. */
const IDLE_MS = 12_000

await runRowScript({
  row: 'P11',
  title: 'what the gateway costs',
  async measure({ isQuick, log }) {
    const scratch = await makeScratch(GIB)
    try {
      const [rounds, idleMs] = isQuick ? [2, 2_000] : [ROUNDS, IDLE_MS]
      const shipped = await bundledGateway(scratch.path('cache'))
      const server = await measureIdle(scratch, shipped, rounds, idleMs).finally(() => shipped.remove())
      const checkout = await measureIdle(scratch, CHECKOUT, rounds, 2_000)
      log('start and idle measured')
      return [
        ...barFigures(server),
        ...checkoutFigures(checkout),
        ...(await measureConnections(scratch, isQuick ? 100 : 1_000, isQuick ? 2_000 : HEARTBEAT_MS)),
      ]
    } finally {
      await scratch.remove()
    }
  },
})

interface Idle {
  readonly startMs: readonly number[]
  readonly rssMb: readonly number[]
  readonly load: readonly number[]
}

/** `dhs gateway`, started again and again. The first start may compile; it is not counted. */
async function measureIdle(scratch: Scratch, program: GatewayProgram, rounds: number, idleMs: number): Promise<Idle> {
  const idle = { startMs: [] as number[], rssMb: [] as number[], load: [] as number[] }
  for (let round = -1; round < rounds; round += 1) {
    const dataDir = await mkdtemp(scratch.path('idle-'))
    const startedAt = performance.now()
    const gateway = await startGatewayProcess(dataDir, program)
    const ms = performance.now() - startedAt
    if (round >= 0) {
      idle.startMs.push(ms)
      await rest(2_000)
      idle.load.push(await watchLoad(gateway.pid, idleMs))
      idle.rssMb.push(await residentMb(gateway.pid))
    }
    await gateway.stop()
  }
  return idle
}

function barFigures({ startMs, rssMb, load }: Idle): readonly Figure[] {
  return [
    limited({ what: 'start, to its first answer', unit: 'ms', ours: startMs }, 400),
    limited({ what: 'idle: resident memory', unit: 'MB', ours: rssMb }, 110),
    limited({ what: 'idle: processor time', unit: '%', ours: load }, 1),
  ]
}

function checkoutFigures({ startMs, rssMb }: Idle): readonly Figure[] {
  return [
    compare({ what: 'from the sources of the checkout: start', unit: 'ms', ours: startMs }),
    compare({ what: 'from the sources of the checkout: idle memory', unit: 'MB', ours: rssMb }),
  ]
}

/** So many idle workers, with their heartbeats, and as many clients that only listen. */
async function measureConnections(scratch: Scratch, count: number, watchMs: number): Promise<readonly Figure[]> {
  const dataDir = scratch.path('connections')
  await mkdir(dataDir)
  const gateway = await startChild<GatewayTold>('gatewayChild.ts', [dataDir], SMALL_YOUNG_SPACE)
  const before = await residentMb(gateway.pid)
  const startedAt = performance.now()
  const options = { port: gateway.told.port, token: gateway.told.licenseKey, event: 'task.progress' }
  const clients = await inBatches(count, () => connectEventClient(options))
  const workers = await inBatches(count, (index) => connectWireWorker(gateway.told, `bench-worker-${index}`))
  const connectMs = performance.now() - startedAt
  await rest(HEARTBEAT_MS)
  const load = await watchLoad(gateway.pid, watchMs)
  const kibEach = (((await residentMb(gateway.pid)) - before) * 1e6) / 1_024 / (2 * count)
  for (const client of clients) client.close()
  await Promise.all(workers.map((worker) => worker.close()))
  await gateway.stop()
  const title = `${count.toLocaleString('en')} idle workers and as many clients`
  return [
    limited({ what: `${title}: memory of each connection`, unit: 'KiB', ours: [kibEach] }, 60),
    compare({ what: `${title}: processor time, heartbeats and pings in it`, unit: '%', ours: [load] }),
    compare({ what: `${title}: all connected, fifty at a time`, unit: 's', ours: [connectMs / 1_000] }),
  ]
}

async function inBatches<T>(count: number, make: (index: number) => Promise<T>): Promise<readonly T[]> {
  const made: T[] = []
  while (made.length < count) {
    const size = Math.min(50, count - made.length)
    made.push(...(await Promise.all(Array.from({ length: size }, (_, index) => make(made.length + index)))))
  }
  return made
}

/** Percent of one core. */
async function watchLoad(pid: number, watchMs: number): Promise<number> {
  const [startedAt, before] = [performance.now(), await processorSeconds(pid)]
  await rest(watchMs)
  const usedMs = ((await processorSeconds(pid)) - before) * 1_000
  return (usedMs / (performance.now() - startedAt)) * 100
}

function limited(compared: Compared, most: number): Figure {
  return compare({ ...compared, bar: { text: `≤ ${most} ${compared.unit}`, isMet: (ours) => ours <= most } })
}
