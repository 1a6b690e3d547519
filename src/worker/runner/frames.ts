import type { Logger } from '../../shared/node/index.ts'
import type { WorkFrame } from '../link/GatewayLink.ts'
import type { Courier } from './Courier.ts'
import type { Runner } from './Runner.ts'

export interface FrameDeps {
  readonly runner: Runner
  readonly courier: Courier
  readonly log: Logger
  readonly onDrain: () => void
}

type Handlers = { readonly [Type in WorkFrame['type']]: (frame: Extract<WorkFrame, { readonly type: Type }>) => void }

/** Refusals that end a run. What is owed stays: a late result of a lease that ran out may still count. */
const LEASE_ENDED: ReadonlySet<string> = new Set(['LEASE_NOT_YOURS', 'STALE_LEASE', 'TASK_NOT_FOUND'])

/** One handler per frame; a frame added to the protocol does not compile until it has one. */
export function createFrameHandler(deps: FrameDeps): (frame: WorkFrame) => void {
  const { runner, courier, log } = deps
  const cancel = (taskId: string): void => {
    if (!runner.end(taskId, 'cancelled') && !courier.cancel(taskId)) log.info('cancel for an unknown task', { taskId })
  }
  const handlers: Handlers = {
    'gpu.job.submit': ({ type: _type, ...job }) => {
      runner.take(job)
    },
    'gpu.job.dispatch.batch': ({ data }) => {
      for (const job of data.jobs) runner.take(job)
    },
    'gpu.job.result.ack': ({ task_id, epoch, outcome, error }) => {
      courier.acked(task_id, epoch, outcome, error?.code)
    },
    'gpu.heartbeat.ack': ({ revoked, cancel: cancelled, capabilities }) => {
      for (const taskId of revoked) runner.end(taskId, 'abandoned')
      for (const taskId of cancelled) cancel(taskId)
      for (const [taskId, capability] of Object.entries(capabilities)) runner.renewCapability(taskId, capability)
    },
    'gpu.job.cancel': ({ task_id }) => {
      cancel(task_id)
    },
    drain: () => {
      deps.onDrain()
    },
    error: ({ task_id, epoch, result }) => {
      log.warn('the gateway refused a frame', { taskId: task_id, code: result.code, message: result.message })
      if (task_id === undefined) return
      if (result.code === 'RESULT_FILE_MISSING') courier.acked(task_id, Infinity, 'retry', result.code)
      if (LEASE_ENDED.has(result.code)) runner.abandon(task_id, epoch)
    },
  }
  return (frame) => {
    // Each handler takes the frames of its own name only; the map's type says so, a call by computed name cannot.
    const handler = handlers[frame.type] as (frame: WorkFrame) => void
    handler(frame)
  }
}
