import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import type { TaskScript } from '../rig/taskScript.ts'
import type { FaultCase, Trial } from './fault.ts'
import { reviveWorker } from './reviveWorker.ts'
import { seen, submitTasks } from './submitTasks.ts'

const MOST_RESTARTS = 3
/** Three runs, each as long as the progress deadline: 5 min, or three times what the others took. */
const END_LIMIT_MS = 100_000

export const poisonCrashes: FaultCase = {
  id: 'F36',
  title: 'a task that kills every worker it runs on',
  trials: { commit: 5, night: 20, release: 100 },
  run: (trial) => withPoison(trial, { isPoison: true }),
}

export const poisonHangs: FaultCase = {
  id: 'F37',
  title: 'a task that never moves on while its worker is well',
  trials: { commit: 5, night: 20, release: 100 },
  sample: 0,
  run: (trial) => withPoison(trial, { hangs: true }),
}

/** Beside tasks that are well: those all end well, and the poison ends. */
async function withPoison(trial: Trial, poison: Partial<TaskScript>): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  await world.gateway.start()
  const workers = [await world.startWorker({ slots: 2 }), await world.startWorker({ slots: 2 })]
  const revivers = workers.map(reviveWorker)
  const place = trial.random.between(0, 4)
  const taskIds = await submitTasks(
    world,
    Array.from({ length: 5 }, (_, index) => ({
      runMs: trial.random.between(20, 150),
      ...(index === place ? poison : {}),
    })),
  )
  const poisonId = taskIds[place] ?? ''
  world.poison.add(poisonId)
  const end = await seen(world, poisonId, (view) => view.finished_at !== null, END_LIMIT_MS)
  await world.settle()
  const restarts = revivers.map((reviver) => reviver.stop())
  await Promise.all(revivers.map((reviver) => reviver.idle()))
  const ends = await othersEnds(world, taskIds, poisonId)
  const total = restarts.reduce((sum, count) => sum + count, 0)
  return [
    ...(await world.verify()),
    ...(end.state === 'dead' || end.state === 'failed' ? [] : [found('I8', `the poison ended as ${end.state}`)]),
    ...(total <= MOST_RESTARTS ? [] : [found('I8', `workers were started again ${String(total)} times`)]),
    ...ends,
  ]
}

async function othersEnds(world: World, taskIds: readonly string[], poisonId: string): Promise<Violation[]> {
  const views = await Promise.all(taskIds.filter((id) => id !== poisonId).map((id) => world.client.status(id)))
  return views.flatMap((view) =>
    view?.state === 'succeeded' ? [] : [found('I10', `${String(view?.task_id)} ended as ${String(view?.state)}`)],
  )
}
