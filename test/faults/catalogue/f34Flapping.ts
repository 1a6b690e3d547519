import { readFileSync } from 'node:fs'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { lostRuns } from './lostRuns.ts'

/** Five minutes take half a minute; what it costs is then ten times as dense as it would be. */
const FACTOR = 10
const EVERY_SECONDS = 0.2
const MINUTES = 5
/** Five a minute before it is delayed, then after 1, 2, 4 … 60 s. */
const MOST_ADMITTED = 5 + 7 + MINUTES
const MOST_CPU_SHARE = 0.5
const TICKS_PER_SECOND = 100

export const flapping: FaultCase = {
  id: 'F34',
  title: 'a worker connects and disconnects every 200 ms for 5 min',
  trials: { commit: 1, night: 5, release: 20 },
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld({ factor: FACTOR })
    await world.gateway.start()
    await world.startWorker({ slots: 2 })
    const id = `s_${trial.random.hex(6)}`
    const cpuBefore = cpuSeconds(world)
    const startedAt = performance.now()
    const day = startBusyDay(world, { tasks: 8, script: { runMs: 300 } })
    const { admitted, refused } = await flap(world, id)
    const share = (cpuSeconds(world) - cpuBefore) / ((performance.now() - startedAt) / 1000)
    await day.answered
    if (admitted + refused < 20) throw new NotReached('it did not flap')
    return [...(await world.verify()), ...lostRuns(world), ...judge(admitted, refused, share)]
  },
}

function judge(admitted: number, refused: number, share: number): Violation[] {
  return [
    ...(admitted <= MOST_ADMITTED && refused > 0
      ? []
      : [found('I14', `let in ${String(admitted)} times, refused ${String(refused)} times`)]),
    ...(share < MOST_CPU_SHARE ? [] : [found('I14', `the gateway used ${share.toFixed(2)} of a core`)]),
  ]
}

/** How often it was let in, and how often it was told to come later. */
async function flap(world: World, id: string): Promise<{ readonly admitted: number; readonly refused: number }> {
  const endAt = performance.now() + (MINUTES * 60_000) / FACTOR
  let admitted = 0
  let refused = 0
  while (performance.now() < endAt) {
    const nextAt = performance.now() + (EVERY_SECONDS * 1000) / FACTOR
    try {
      const worker = await ScriptedWorker.connect(world, { id })
      admitted += 1
      await worker.cut()
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('WORKER_FLAPPING'))) throw error
      refused += 1
    }
    await pause(Math.max(0, nextAt - performance.now()))
  }
  return { admitted, refused }
}

/** Processor time of the gateway so far. */
function cpuSeconds(world: World): number {
  const fields =
    readFileSync(`/proc/${String(world.gateway.process.pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
