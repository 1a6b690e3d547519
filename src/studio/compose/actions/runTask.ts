import { audioExtSchema, videoExtSchema } from '../../../protocol/files/index.ts'
import type { SubmitRequest } from '../../../protocol/http/index.ts'
import { HEYGEM_SUBMIT } from '../../../protocol/task/index.ts'
import type { TaskView } from '../../../protocol/task/index.ts'
import { faultPoint, isAppError } from '../../../shared/index.ts'
import type { StoredRecord } from '../../history/index.ts'
import { digestsOf, ownLink, taskIdOf } from './action.ts'
import type { ActionDeps, ActionRun } from './action.ts'

/** Longer than this the gateway takes no word for. */
const MAX_VOICE_MS = 36_000_000

/** Said before a task is made. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AUTH_REQUIRED',
  'AUTH_INVALID',
  'RATE_LIMITED',
  'QUEUE_FULL',
  'QUEUE_FULL_TENANT',
])

export async function submitTask(deps: ActionDeps, run: ActionRun): Promise<void> {
  const link = ownLink(deps, run.record)
  const request = { ...submitRequest(run.record), ...againOf(deps, run.record.retryOf, link.key) }
  run.apply({ kind: 'submit.tried', gateway: link.key })
  try {
    faultPoint('studio.before_submit')
    const answer = await link.client.submit(request, run.signal)
    faultPoint('studio.reply_lost')
    run.apply({ kind: 'accepted', answer })
  } catch (error) {
    if (isAppError(error, 'INPUT_MISSING')) {
      run.apply({ kind: 'input.missing', error: error.toJSON() })
      return
    }
    // After an earlier try, whose answer may have been lost, a refusal says nothing about the task of that one.
    if (!run.record.submitTried && isAppError(error) && REFUSALS.has(error.code)) run.apply({ kind: 'submit.refused' })
    throw error
  }
}

function submitRequest(record: StoredRecord): SubmitRequest {
  const { name, loop, superResolution, aiBadge, priority } = record.options
  return {
    audio_hash: digestsOf(record.voice).md5,
    audio_ext: audioExtSchema.parse(record.voice.ext),
    video_hash: digestsOf(record.avatar).md5,
    video_ext: videoExtSchema.parse(record.avatar.ext),
    request_id: record.requestId,
    task_type: HEYGEM_SUBMIT,
    ...voiceMs(record),
    options: {
      loop,
      super_resolution: superResolution,
      ai_badge: aiBadge,
      priority,
      ...(name === undefined || name === '' ? {} : { name }),
    },
  }
}

/** Links it to the task it runs again, where that one is of the same gateway. */
function againOf({ ledger }: ActionDeps, retryOf: string | null, gateway: string): Pick<SubmitRequest, 'retry_of'> {
  const old = retryOf === null ? undefined : ledger.find(retryOf)
  return old === undefined || old.taskId === null || old.gateway !== gateway ? {} : { retry_of: old.taskId }
}

/** Makes the gateway's estimates better; what the probe could not tell is left out. */
function voiceMs({ voice }: StoredRecord): Pick<SubmitRequest, 'voice_ms'> {
  const ms = Math.round(voice.durationMs)
  return ms >= 1 && ms <= MAX_VOICE_MS ? { voice_ms: ms } : {}
}

export async function cancelTask(deps: ActionDeps, run: ActionRun): Promise<void> {
  const link = ownLink(deps, run.record)
  try {
    await link.client.cancel(taskIdOf(run.record), run.signal)
  } catch (error) {
    // It ended in the same moment: what it ended with is read like any other end.
    if (!isAppError(error, 'ALREADY_FINISHED')) throw error
  }
  run.apply({ kind: 'cancel.told' })
}

/** Asks once; afterwards events tell, and the driver asks again after a while. */
export async function readTask(deps: ActionDeps, run: ActionRun): Promise<TaskView> {
  const task = await ownLink(deps, run.record).client.status(taskIdOf(run.record), run.signal)
  run.unblock()
  return task
}
