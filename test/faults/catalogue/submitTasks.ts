import type { TaskView } from '../../../src/protocol/task/index.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { TaskScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause, uploadInputs } from './busyDay.ts'
import type { Inputs } from './busyDay.ts'

const ANSWER_LIMIT_MS = 25_000

/** One task after the other, on the same inputs; their ids in that order. */
export async function submitTasks(
  world: World,
  scripts: readonly Partial<TaskScript>[],
  given?: Inputs,
): Promise<readonly string[]> {
  const inputs = given ?? (await uploadInputs(world))
  const taskIds: string[] = []
  for (const script of scripts) {
    const order = { requestId: `q_${world.random.hex(8)}`, ...inputs, name: writeScript(script) }
    taskIds.push(await world.client.submitForSure(order, AbortSignal.timeout(ANSWER_LIMIT_MS)))
  }
  return taskIds
}

export async function submitTask(world: World, script: Partial<TaskScript> = {}, given?: Inputs): Promise<string> {
  const [taskId] = await submitTasks(world, [script], given)
  if (taskId === undefined) throw new Error('the task was not submitted')
  return taskId
}

/** Asks until the task is as wanted. Throws when it does not get there. */
export async function seen(
  world: World,
  taskId: string,
  isIt: (view: TaskView) => boolean,
  limitMs = ANSWER_LIMIT_MS,
): Promise<TaskView> {
  const deadline = performance.now() + limitMs
  let last: TaskView | undefined
  while (performance.now() < deadline) {
    last = (await world.client.status(taskId)) ?? last
    if (last !== undefined && isIt(last)) return last
    await pause(10)
  }
  throw new Error(`${taskId} is still ${String(last?.state)}`)
}
