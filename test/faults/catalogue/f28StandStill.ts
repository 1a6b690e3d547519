import type { Violation } from '../auditor/evidence.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { lostRuns } from './lostRuns.ts'
import { seen, submitTasks } from './submitTasks.ts'

/** Seconds of the product's time. */
const STOPS: Readonly<Record<string, number>> = { '5 s': 5, '45 s': 45, '150 s': 150 }
const BLOCK_SECONDS = 30
const HOUR_MS = 3_600_000

export const gatewayStopped: FaultCase = {
  id: 'F28',
  title: 'the gateway stands still: leases are longer by as much',
  trials: { commit: 2, night: 17, release: 34 },
  variants: Object.keys(STOPS),
  sample: 0,
  async run(trial) {
    return throughStandstill(trial, async (world) => {
      world.gateway.freeze()
      await pause(((STOPS[trial.variant] ?? 0) * 1000) / world.clockSetting.factor)
      world.gateway.thaw()
    })
  },
}

export const gatewayBlocked: FaultCase = {
  id: 'F29',
  title: "the gateway's event loop is blocked for 30 s",
  trials: { commit: 3, night: 10, release: 20 },
  sample: 0,
  async run(trial) {
    return throughStandstill(trial, async (world) => {
      world.gateway.process.block((BLOCK_SECONDS * 1000) / world.clockSetting.factor)
      // It answers when it is over.
      await world.gateway.process.passes()
    })
  },
}

export const suspended: FaultCase = {
  id: 'F44',
  title: 'the machine sleeps for 8 h',
  trials: { commit: 3, night: 10, release: 30 },
  async run(trial) {
    return throughStandstill(trial, async (world) => {
      const processes = [world.gateway.process, ...world.workers.map((worker) => worker.process)]
      for (const child of processes) child.signal('SIGSTOP')
      // Steady clocks stand still in some sleeps, and run on in others: from nothing to longer than a lease.
      await pause((trial.random.pick([1, 60, 200]) * 1000) / world.clockSetting.factor)
      // Taken from the pipe when they wake: the wall clock is the first thing that they see change.
      const skewed = processes.map((child) => child.skew(8 * HOUR_MS))
      for (const child of processes) child.signal('SIGCONT')
      await Promise.all(skewed)
    })
  },
}

/** Two workers, each in the middle of a run; whatever happens to time meanwhile, nothing is run a second time. */
async function throughStandstill(trial: Trial, happen: (world: World) => Promise<void>): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  await world.gateway.start()
  await world.startWorker({ slots: 2 })
  await world.startWorker({ slots: 2 })
  const scripts = Array.from({ length: 5 }, () => ({ runMs: trial.random.between(200, 1_200) }))
  const [first = '', second = ''] = await submitTasks(world, scripts)
  await seen(world, first, (view) => view.state === 'running')
  await seen(world, second, (view) => view.state !== 'queued')
  await pause(trial.random.between(0, 150))
  await happen(world)
  const violations = await world.verify()
  return [...violations, ...lostRuns(world)]
}
