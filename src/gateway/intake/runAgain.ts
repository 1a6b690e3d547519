import { isTerminal } from '../../protocol/task/index.ts'
import { AppError, randomId } from '../../shared/index.ts'
import { isRemoval } from '../queue/errand.ts'
import type { StoredTask } from '../queue/port.ts'
import { inputsOf } from './inputsOf.ts'
import { storeTask } from './submitTask.ts'
import type { IntakeParts, TakenTask } from './submitTask.ts'

/**
 * A new task of the same tenant with the inputs of an ended one, which stays as it is.
 * Throws NOT_FINISHED, REMOVAL_NOT_REPEATED, and what a submit throws.
 */
export async function runAgain(parts: IntakeParts, old: StoredTask, requestId = randomId('q')): Promise<TakenTask> {
  if (!isTerminal(old.state)) throw new AppError('NOT_FINISHED')
  const { tenant, taskType, priority, payload, voiceMs } = old
  // Somebody may need those files by now; what is still to be removed is repeated without being asked.
  if (isRemoval(payload)) throw new AppError('REMOVAL_NOT_REPEATED')
  await inputsOf(parts.pool, tenant, { audio: payload.audio.md5, video: payload.video.md5 })
  return storeTask(parts, {
    ...{ tenant, requestId, taskType, priority, payload, retryOf: old.id },
    ...(voiceMs === null ? {} : { voiceMs }),
  })
}
