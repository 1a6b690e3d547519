import type { Violation } from '../auditor/evidence.ts'
import { nowAt } from '../auditor/facts.ts'
import { found } from '../auditor/violations.ts'
import type { TaskScript } from '../rig/taskScript.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { startOtherTenant } from './otherTenant.ts'
import { reviveWorker } from './reviveWorker.ts'
import { seen, submitTask } from './submitTasks.ts'

/** The reserved worker of a task that runs alone is a fifth of them. */
const WORKERS = 5
const SLOTS = 2
/** Before and after: what the others get while nobody harms them. */
const CALM_MS = 4_000
const WARM_RUNS = 15
/** At least so long a look, with all that comes after a crash in it. */
const LEAST_MS = 12_000
const END_LIMIT_MS = 60_000
const LEAST_SHARE = 0.8
const STEADY = 1.25

const VARIANT = 'throughput of others'

export const othersBesideCrashes: FaultCase = {
  id: 'F36',
  title: 'what other tenants get while a task kills its workers',
  trials: { commit: 2, night: 10, release: 25 },
  variants: [VARIANT],
  sample: 0,
  run: (trial) => besides(trial, { isPoison: true }),
}

export const othersBesideHangs: FaultCase = {
  id: 'F37',
  title: 'what other tenants get while a task hangs its workers',
  trials: { commit: 2, night: 10, release: 25 },
  variants: [VARIANT],
  sample: 0,
  run: (trial) => besides(trial, { hangs: true }),
}

async function besides(trial: Trial, poison: Partial<TaskScript>): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  await world.gateway.start()
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, (_, index) =>
      world.startWorker({ name: `worker-${String(index + 1)}`, slots: SLOTS }),
    ),
  )
  const revivers = workers.map(reviveWorker)
  const others = await startOtherTenant(world)
  await others.reached(WARM_RUNS)
  const calmFrom = nowAt()
  await pause(CALM_MS)
  const harmFrom = nowAt()
  const poisonId = await submitTask(world, poison)
  world.poison.add(poisonId)
  const end = await seen(world, poisonId, (view) => view.finished_at !== null, END_LIMIT_MS)
  await pause(Math.max(0, LEAST_MS - (nowAt() - harmFrom)))
  const harmTo = nowAt()
  await pause(CALM_MS)
  const before = others.rate(calmFrom, harmFrom)
  const after = others.rate(harmTo, harmTo + CALM_MS)
  const calm = Math.min(before, after)
  const harmed = others.rate(harmFrom, harmTo)
  // Starting a process takes real time, which is minutes of the product's: that a worker is away is not the rules' doing.
  const downMs = revivers.reduce((sum, reviver) => sum + reviver.downMs(), 0)
  const possible = calm * (1 - downMs / (WORKERS * (harmTo - harmFrom)))
  await others.stop()
  for (const reviver of revivers) reviver.stop()
  await Promise.all(revivers.map((reviver) => reviver.idle()))
  if (end.state !== 'dead') throw new NotReached(`the poison ended as ${end.state}`)
  // What the machine gives was another thing before than after: nothing can be read from between.
  if (Math.max(before, after) > STEADY * calm) throw new NotReached('the machine was not steady')
  const share = `${harmed.toFixed(1)} of ${possible.toFixed(1)} runs a second`
  return [
    ...(await world.verify()),
    ...(harmed >= LEAST_SHARE * possible ? [] : [found('I10', `beside the poison others got ${share}`)]),
  ]
}
