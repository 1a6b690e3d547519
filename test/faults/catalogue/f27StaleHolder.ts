import type { FaultPoint } from '../../../src/shared/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import type { WorkerHandle } from '../rig/workerHandle.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { factsOf, firstRun } from './runsMet.ts'
import { submitTasks } from './submitTasks.ts'

/** Seconds of the product's time. */
const STOPS: Readonly<Record<string, number>> = { '10 s': 10, '60 s': 60, '150 s': 150, '600 s': 600 }
const LEASE_SECONDS = 120
const STOP_LIMIT_MS = 10_000
const TAKEN_LIMIT_MS = 20_000

/** Where it stands still by itself, with a whole result in hand, until somebody else runs the task. */
const IN_HAND: Readonly<Record<string, FaultPoint>> = {
  'with its result, until another runs it': 'worker.spool_fsynced',
  'with its result in the pool, until another runs it': 'worker.before_result',
}

export const workerStopped: FaultCase = {
  id: 'F27',
  title: 'a worker stands still and goes on as if nothing had happened',
  trials: { commit: 3, night: 25, release: 75 },
  variants: [...Object.keys(STOPS), ...Object.keys(IN_HAND)],
  sample: 2,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const frozen = await world.startWorker({ slots: 2 })
    await world.startWorker({ slots: 2 })
    const point = IN_HAND[trial.variant]
    return point === undefined ? stopInRun(trial, world, frozen) : stopWithResult(trial, world, frozen, point)
  },
}

async function stopInRun(trial: Trial, world: World, frozen: WorkerHandle): Promise<readonly Violation[]> {
  await submitRuns(trial, world, 300, 900)
  await firstRun(world, [frozen])
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
}

/** What it says when it wakes is the whole, good result of an older lease, in the middle of the newer one. */
async function stopWithResult(
  trial: Trial,
  world: World,
  frozen: WorkerHandle,
  point: FaultPoint,
): Promise<readonly Violation[]> {
  await frozen.arm([{ point, action: 'freeze' }])
  await submitRuns(trial, world, 800, 1_600)
  await until(() => frozen.process.isStopped, STOP_LIMIT_MS, 'it did not stop with a result')
  const owed = finished(world, frozen)
  const isRunAgain = (): boolean => owed.some((taskId) => isRunByOthers(world, taskId, frozen))
  await until(isRunAgain, TAKEN_LIMIT_MS, 'nobody ran the task again')
  await pause(trial.random.between(0, 200))
  frozen.thaw()
  return world.verify()
}

function submitRuns({ random }: Trial, world: World, leastMs: number, mostMs: number): Promise<readonly string[]> {
  return submitTasks(
    world,
    Array.from({ length: 4 }, () => ({ runMs: random.between(leastMs, mostMs) })),
  )
}

async function until(isSo: () => boolean, limitMs: number, orElse: string): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!isSo()) {
    if (performance.now() > deadline) throw new NotReached(orElse)
    await pause(5)
  }
}

function finished(world: World, worker: WorkerHandle): string[] {
  return factsOf(world, worker).flatMap((fact) => (fact.kind === 'finished' ? [fact.taskId] : []))
}

/** Tasks in the middle of their run. */
function unfinished(world: World, worker: WorkerHandle): string[] {
  const all = factsOf(world, worker)
  const done = new Set(finished(world, worker))
  return all.flatMap((fact) => (fact.kind === 'started' && !done.has(fact.taskId) ? [fact.taskId] : []))
}

/** A holder that is silent for longer than its lease has lost it: somebody else ran the task. */
function takenOver(world: World, taskId: string, frozen: WorkerHandle): Violation[] {
  return isRunByOthers(world, taskId, frozen)
    ? []
    : [found('I10', `${taskId} waited for a worker that stood still for much longer than its lease`)]
}

function isRunByOthers(world: World, taskId: string, frozen: WorkerHandle): boolean {
  const others = world.workers.filter((one) => one !== frozen).flatMap((one) => factsOf(world, one))
  return others.some((fact) => fact.kind === 'started' && fact.taskId === taskId)
}
