import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { Job } from '../../../src/protocol/dsp/index.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import { serversNow } from './connectedServers.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { notSucceeded } from './lostRuns.ts'
import { submitTasks } from './submitTasks.ts'

const SLOTS = 8
const FLOOR = 2
const TASKS = 24

export const allRateLimited: FaultCase = {
  id: 'F59',
  title: 'every worker says "not now" for a while',
  trials: { commit: 3, night: 10, release: 20 },
  sample: 0,
  async run(trial) {
    // Slower than elsewhere: 10 s to accept are half a second, also on a machine with much to do.
    const world = await trial.openWorld({ factor: 20 })
    await world.gateway.start()
    const engine = { isLimited: true, refusals: 0 }
    const workers = await Promise.all([1, 2, 3].map(() => ScriptedWorker.connect(world, { slots: SLOTS })))
    const served = workers.map((worker) => serveAll(worker, engine))
    const taskIds = await submitTasks(
      world,
      Array.from({ length: TASKS }, () => ({ runMs: 1 })),
    )
    const limits = await limitsFor(world, trial.random.between(2_000, 4_000))
    engine.isLimited = false
    const violations = await world.verify()
    await Promise.all(served)
    if (engine.refusals < TASKS) throw new NotReached('hardly anybody was refused')
    return [...violations, ...notSucceeded(world, taskIds), ...judge(limits)]
  },
}

/** Every limit that was in force, as an operator sees them. */
async function limitsFor(world: World, forMs: number): Promise<ReadonlySet<number>> {
  const limits = new Set<number>()
  const deadline = performance.now() + forMs
  while (performance.now() < deadline) {
    for (const server of (await serversNow(world)) ?? []) limits.add(server.limit)
    await pause(20)
  }
  return limits
}

function judge(limits: ReadonlySet<number>): Violation[] {
  const lowest = Math.min(...limits)
  return lowest === FLOOR ? [] : [found('I10', `the lowest limit was ${String(lowest)}, the floor is ${String(FLOOR)}`)]
}

interface Engine {
  isLimited: boolean
  refusals: number
}

/** Takes every job; ends when the gateway closes the connection. */
async function serveAll(worker: ScriptedWorker, engine: Engine): Promise<void> {
  worker.keepAlive()
  const runs: Promise<void>[] = []
  const isClosed = worker.closed.then(() => undefined)
  for (let nth = 1; ; nth += 1) {
    const job = await Promise.race([worker.job(nth).catch(() => undefined), isClosed])
    if (job === undefined && worker.isClosed) break
    if (job === undefined) nth -= 1
    else runs.push(serve(worker, job, engine))
  }
  await Promise.allSettled(runs)
}

async function serve(worker: ScriptedWorker, job: Job, engine: Engine): Promise<void> {
  worker.accept(job)
  if (engine.isLimited) {
    engine.refusals += 1
    worker.sendFailure(job, 'RATE_LIMITED', true)
  } else worker.sendResult(job, await worker.make(job))
}
