import type { FaultPoint } from '../../../src/shared/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { nowAt } from '../auditor/facts.ts'
import { found, groupBy } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { factsOf, runsAt, startFullLoad } from './runsMet.ts'

export const workerKilled: FaultCase = {
  id: 'F03',
  title: 'worker killed at a random time',
  trials: { commit: 50, night: 500, release: 1_000 },
  sample: 2,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const worker = await world.startWorker()
    const load = startFullLoad(world)
    await load.isFull
    await pause(trial.random.between(0, 300))
    const at = nowAt()
    await worker.kill()
    await pause(trial.random.between(0, 200))
    await worker.start()
    await load.answered
    if (runsAt(world, at).length === 0) throw new NotReached('no run was under way')
    return world.verify()
  },
}

/** F04 and F05 are about the other two. */
const POINTS = [
  'worker.task_received',
  'worker.before_accept',
  'worker.mid_run',
  'worker.output_written',
  'worker.spool_fsynced',
  'worker.before_result',
] as const satisfies readonly FaultPoint[]

type WorkerPoint = (typeof POINTS)[number]

/** What is made and noted by then is not made again. */
const AFTER_ITS_WORK: ReadonlySet<string> = new Set<WorkerPoint>(['worker.spool_fsynced', 'worker.before_result'])

export const workerKilledAtPoint: FaultCase = {
  id: 'F03',
  title: 'worker killed at each of its fault points',
  trials: { commit: 2, night: 10, release: 25 },
  variants: POINTS,
  sample: 1,
  async run(trial) {
    const point = POINTS.find((one) => one === trial.variant)
    if (point === undefined) throw new Error(`no fault point ${trial.variant}`)
    const world = await dieAt(trial, point)
    const violations = await world.verify()
    return [...violations, ...(AFTER_ITS_WORK.has(point) ? ranOnce(world) : [])]
  },
}

export const workerDiesBeforeAck: FaultCase = {
  id: 'F04',
  title: 'worker dies after its work, before the ack',
  trials: { commit: 10, night: 100, release: 500 },
  async run(trial) {
    const world = await dieAt(trial, 'worker.after_result_before_ack')
    const violations = await world.verify()
    return [...violations, ...ranOnce(world)]
  },
}

export const workerDiesInUpload: FaultCase = {
  id: 'F05',
  title: 'worker dies in the middle of uploading its result',
  trials: { commit: 10, night: 100, release: 500 },
  async run(trial) {
    const world = await dieAt(trial, 'worker.upload_half', trial.random.between(256, 4_096))
    return world.verify()
  },
}

async function dieAt(
  trial: Trial,
  point: WorkerPoint | 'worker.after_result_before_ack' | 'worker.upload_half',
  padKib = 0,
): Promise<World> {
  const world = await trial.openWorld()
  await world.gateway.start()
  // One run at a time: whoever dies then has nothing unfinished beside it.
  const worker = await world.startWorker({ slots: 1 })
  await worker.arm([{ point, action: 'kill', pass: trial.random.between(1, 2) }])
  const died = worker.process.ended
  const day = startBusyDay(world, { tasks: 3, script: { runMs: trial.random.between(5, 40), padKib } })
  await day.answered
  const isSettled = await Promise.race([died.then(() => false), world.settle()])
  if (isSettled && worker.isAlive) throw new NotReached(point)
  await died
  await pause(trial.random.between(0, 300))
  await worker.start()
  return world
}

/** It came back inside the lease: what was done once is not done again. */
function ranOnce(world: World): Violation[] {
  const facts = world.workers.flatMap((worker) => factsOf(world, worker))
  const finished = facts.filter((fact) => fact.kind === 'finished')
  return [...groupBy(finished, (fact) => fact.taskId)]
    .filter(([, runs]) => runs.length > 1)
    .map(([taskId, runs]) =>
      found('I8', `${taskId} was finished ${String(runs.length)} times though its worker came back`),
    )
}
