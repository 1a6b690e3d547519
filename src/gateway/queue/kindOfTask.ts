import { neededFeatures } from '../../protocol/task/index.ts'
import type { EngineFeature } from '../../protocol/task/index.ts'
import { kindOf } from '../taskKinds.ts'
import { isRemoval } from './errand.ts'
import type { NewTask } from './port.ts'

type Wanted = Pick<NewTask, 'taskType' | 'payload'>

/** What a task needs of an engine; to forget files needs none. */
export function neededBy({ payload }: Pick<Wanted, 'payload'>): readonly EngineFeature[] {
  return isRemoval(payload) ? [] : neededFeatures(payload.options)
}

/** Workers take tasks by their kind. */
export function kindOfTask(task: Wanted): string {
  return kindOf(task.taskType, neededBy(task))
}
