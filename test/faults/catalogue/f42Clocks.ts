import type { WorkerHandle } from '../rig/workerHandle.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { lostRuns, notSucceeded } from './lostRuns.ts'
import { seen, submitTasks } from './submitTasks.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365 * DAY_MS

/** Where the wall clock goes, from where it is. */
const JUMPS: Readonly<Record<string, (nowMs: number) => number>> = {
  '+1 d': () => DAY_MS,
  '-1 d': () => -DAY_MS,
  '+10 y': () => 10 * YEAR_MS,
  'summer time': () => HOUR_MS,
  'winter time': () => -HOUR_MS,
  '1970': (nowMs) => 1_000 - nowMs,
}

export const clockJumps: FaultCase = {
  id: 'F42',
  title: "the gateway's wall clock jumps",
  trials: { commit: 2, night: 9, release: 17 },
  variants: Object.keys(JUMPS),
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    await world.startWorker({ slots: 1 })
    const scripts = Array.from({ length: 5 }, () => ({ runMs: trial.random.between(100, 400) }))
    const taskIds = await submitTasks(world, scripts)
    await seen(world, taskIds[0] ?? '', (view) => view.state === 'running')
    await pause(trial.random.between(0, 300))
    await world.gateway.process.skew(JUMPS[trial.variant]?.(world.clock.now()) ?? 0)
    // A start at the wrong time, and then at the right one again: the clock is put right while it is down.
    const isRestarted = trial.random.chance(0.4)
    if (isRestarted) {
      await pause(trial.random.between(0, 300))
      await world.gateway.kill()
      await world.gateway.start()
    }
    const violations = await world.verify()
    return [...violations, ...(isRestarted ? [] : lostRuns(world)), ...notSucceeded(world, taskIds)]
  },
}

/** The worker's clock is off, and it has to prove itself anew with it. */
export const clockSkew: FaultCase = {
  id: 'F43',
  title: "a worker's clock is ten minutes off",
  trials: { commit: 3, night: 5, release: 10 },
  variants: ['+10 min', '-10 min'],
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld()
    const proxy = await world.openProxy()
    await world.gateway.start()
    const worker = await world.startWorker({ via: proxy })
    await worker.process.skew((trial.variant.startsWith('+') ? 1 : -1) * 10 * 60_000)
    const back = registered(worker)
    proxy.cut(trial.random.chance(0.5) ? 'reset' : 'fin')
    await back
    const taskIds = await submitTasks(
      world,
      Array.from({ length: 3 }, () => ({ runMs: trial.random.between(10, 200) })),
    )
    return [...(await world.verify()), ...lostRuns(world), ...notSucceeded(world, taskIds)]
  },
}

function registered(worker: WorkerHandle): Promise<void> {
  return new Promise((resolve) => {
    const leave = worker.process.on((report) => {
      if (report.type !== 'state' || report.kind !== 'registered') return
      leave()
      resolve()
    })
  })
}
