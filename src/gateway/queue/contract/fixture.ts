import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import type { FakeClock } from '../../../shared/index.ts'
import type { Lease, NewTask, QueuePort, Settlement, StoredTask } from '../port.ts'
import type { QueueLimits, QueueTimings } from '../timings.ts'

/** A queue under test, with the time it lives in. */
export interface QueueUnderTest {
  readonly queue: QueuePort
  readonly clock: FakeClock
  readonly timings: QueueTimings
  readonly limits: QueueLimits
  readonly close: () => Promise<void>
}

export type OpenQueue = () => Promise<QueueUnderTest>

export const TENANT = 't-alpha'
export const WORKER = 'worker-1'
const TASK_TYPE = 'heygem_submit'

const file = (digit: string, ext: '.mp4' | '.wav') => ({
  md5: digit.repeat(32),
  sha256: digit.repeat(64),
  ext,
  size: 1024,
})

export const OUTPUT: TaskOutput = { ...file('c', '.mp4'), duration_ms: 4000, width: 1280, height: 720, fps: 25 }

export const SUCCESS: Settlement = { kind: 'succeeded', output: OUTPUT, engine: 'preview' }
export const PASSING_FAILURE: Settlement = { kind: 'failed', failure: { code: 'TIMEOUT' }, retryable: true }
export const LASTING_FAILURE: Settlement = { kind: 'failed', failure: { code: 'MEDIA_INVALID' }, retryable: false }

export function newTask(requestId: string, changes: Partial<NewTask> = {}): NewTask {
  return {
    tenant: TENANT,
    requestId,
    taskType: TASK_TYPE,
    priority: 'normal',
    payload: { audio: file('a', '.wav'), video: file('b', '.mp4'), options: {} },
    retryOf: null,
    ...changes,
  }
}

/** Submits and answers the stored task; fails the test when it was not created. */
export async function submit(queue: QueuePort, requestId: string, changes?: Partial<NewTask>): Promise<StoredTask> {
  const outcome = await queue.submit(newTask(requestId, changes))
  if (outcome.kind !== 'created') throw new Error(`expected a new task, got ${outcome.kind}`)
  return outcome.task
}

export async function leaseAll(queue: QueuePort, credit = 10, workerId = WORKER): Promise<readonly Lease[]> {
  return queue.lease({ workerId, serverId: 'GPU-001', taskTypes: [TASK_TYPE], credit, isIdle: true, fleetSlots: 100 })
}

export function refOf(lease: Lease): LeaseRef {
  return { task_id: lease.task.id, epoch: lease.task.epoch, token: lease.token }
}

/** Leases the next task. */
export async function leaseOne(queue: QueuePort, workerId = WORKER): Promise<LeaseRef> {
  const [lease] = await leaseAll(queue, 1, workerId)
  if (lease === undefined) throw new Error('nothing to lease')
  return refOf(lease)
}

/** Leases and accepts the next task. */
export async function startOne(queue: QueuePort, workerId = WORKER): Promise<LeaseRef> {
  const ref = await leaseOne(queue, workerId)
  await queue.accept(ref, workerId)
  return ref
}

export async function stateOf(queue: QueuePort, taskId: string, tenant = TENANT): Promise<string | undefined> {
  return (await queue.get(tenant, taskId))?.state
}
