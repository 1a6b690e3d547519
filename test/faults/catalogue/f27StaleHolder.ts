import type { FaultPoint } from '../../../src/shared/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { nowAt } from '../auditor/facts.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import type { WorkerHandle } from '../rig/workerHandle.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { factsOf, firstRun, runsAt } from './runsMet.ts'
import { submitTasks } from './submitTasks.ts'

/** Seconds of the product's time. */
const STOPS: Readonly<Record<string, number>> = {
  '10 s': 10,
  '60 s': 60,
  '150 s': 150,
  '600 s': 600,
  '600 s, its result made': 600,
  '600 s, its result in the pool': 600,
}
const LEASE_SECONDS = 120
const STOP_LIMIT_MS = 10_000

/** Where it stands still by itself, with something in hand that nobody may want any more. */
const IN_HAND: Readonly<Record<string, FaultPoint>> = {
  '600 s, its result made': 'worker.spool_fsynced',
  '600 s, its result in the pool': 'worker.before_result',
}

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
    const point = IN_HAND[trial.variant]
    if (point !== undefined) await frozen.arm([{ point, action: 'freeze' }])
    await submitTasks(
      world,
      Array.from({ length: 4 }, () => ({ runMs: trial.random.between(300, 900) })),
    )
    const held = point === undefined ? await freezeInRun(trial, world, frozen) : await frozenWithResult(world, frozen)
    const stopSeconds = STOPS[trial.variant] ?? 0
    await pause((stopSeconds * 1000) / world.clockSetting.factor)
    frozen.thaw()
    const violations = await world.verify()
    const isLost = stopSeconds > LEASE_SECONDS * 2
    return [...violations, ...(isLost ? held.flatMap((taskId) => takenOver(world, taskId, frozen)) : [])]
  },
}

/** At any time of its runs; answers the tasks it has not finished. */
async function freezeInRun(trial: Trial, world: World, worker: WorkerHandle): Promise<string[]> {
  await firstRun(world, [worker])
  await pause(trial.random.between(0, 250))
  worker.freeze()
  const held = unfinished(world, worker)
  if (held.length === 0) throw new NotReached('it had finished before it was stopped')
  return held
}

/** Waits until it has stopped where it was told to; answers the tasks whose result it has and has not told. */
async function frozenWithResult(world: World, worker: WorkerHandle): Promise<string[]> {
  const deadline = performance.now() + STOP_LIMIT_MS
  while (performance.now() < deadline && !worker.process.isStopped) await pause(5)
  if (!worker.process.isStopped) throw new NotReached('it did not stop with a result')
  return runsAt(world, nowAt(), [worker])
}

/** Tasks in the middle of their run. */
function unfinished(world: World, worker: WorkerHandle): string[] {
  const all = factsOf(world, worker)
  const finished = new Set(all.flatMap((fact) => (fact.kind === 'finished' ? [fact.taskId] : [])))
  return all.flatMap((fact) => (fact.kind === 'started' && !finished.has(fact.taskId) ? [fact.taskId] : []))
}

/** A holder that is silent for longer than its lease has lost it: somebody else ran the task. */
function takenOver(world: World, taskId: string, frozen: WorkerHandle): Violation[] {
  const runs = world.workers.filter((one) => one !== frozen).flatMap((one) => factsOf(world, one))
  return runs.some((fact) => fact.taskId === taskId)
    ? []
    : [found('I10', `${taskId} waited for a worker that stood still for much longer than its lease`)]
}
