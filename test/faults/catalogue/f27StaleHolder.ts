import type { Violation } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import type { WorkerHandle } from '../rig/workerHandle.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { submitTasks } from './submitTasks.ts'

/** Seconds of the product's time. */
const STOPS: Readonly<Record<string, number>> = { '10 s': 10, '60 s': 60, '150 s': 150, '600 s': 600 }
const LEASE_SECONDS = 120
const START_LIMIT_MS = 10_000

export const workerStopped: FaultCase = {
  id: 'F27',
  title: 'a worker stands still and goes on as if nothing had happened',
  trials: { commit: 3, night: 25, release: 75 },
  variants: Object.keys(STOPS),
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const frozen = await world.startWorker({ slots: 2 })
    await world.startWorker({ slots: 2 })
    await submitTasks(
      world,
      Array.from({ length: 4 }, () => ({ runMs: trial.random.between(300, 900) })),
    )
    await firstRun(world, frozen)
    await pause(trial.random.between(0, 250))
    frozen.freeze()
    const held = unfinished(world, frozen)
    if (held.length === 0) throw new NotReached('it had finished before it was stopped')
    const stopSeconds = STOPS[trial.variant] ?? 0
    await pause((stopSeconds * 1000) / world.clockSetting.factor)
    frozen.thaw()
    const violations = await world.verify()
    const isLost = stopSeconds > LEASE_SECONDS * 2
    return [...violations, ...(isLost ? held.flatMap((taskId) => takenOver(world, taskId, frozen)) : [])]
  },
}

async function firstRun(world: World, worker: WorkerHandle): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (performance.now() < deadline) {
    if (facts(world, worker).some((fact) => fact.kind === 'started')) return
    await pause(5)
  }
  throw new Error('no task was begun')
}

/** Tasks in the middle of their run. */
function unfinished(world: World, worker: WorkerHandle): string[] {
  const all = facts(world, worker)
  const finished = new Set(all.flatMap((fact) => (fact.kind === 'finished' ? [fact.taskId] : [])))
  return all.flatMap((fact) => (fact.kind === 'started' && !finished.has(fact.taskId) ? [fact.taskId] : []))
}

/** A holder that is silent for longer than its lease has lost it: somebody else ran the task. */
function takenOver(world: World, taskId: string, frozen: WorkerHandle): Violation[] {
  const runs = world.workers.filter((one) => one !== frozen).flatMap((one) => facts(world, one))
  return runs.some((fact) => fact.taskId === taskId)
    ? []
    : [found('I10', `${taskId} waited for a worker that stood still for much longer than its lease`)]
}

function facts(world: World, worker: WorkerHandle) {
  return readLedger('worker', world.ledgerPath(`worker-${worker.name}`))
}
