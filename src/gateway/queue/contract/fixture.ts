import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import type { FakeClock } from '../../../shared/index.ts'
import type { QueueAdmin } from '../adminPort.ts'
import type { Lease, LeaseRequest, NewTask, QueuePort, Settlement, StoredTask } from '../port.ts'
import type { QueueLimits, QueueTimings } from '../timings.ts'

/** A queue under test, with the time it lives in. */
export interface QueueUnderTest {
  readonly queue: QueuePort & QueueAdmin
  readonly clock: FakeClock
  readonly timings: QueueTimings
  readonly limits: QueueLimits
  /** Until told otherwise: each submit fails inside the transaction it shares, or nothing can be written. */
  readonly failing: (what: 'submits' | 'all' | 'nothing') => void
  /** As after a restart of the gateway: the same tasks, nothing else remembered. */
  readonly reopen: () => Promise<QueuePort & QueueAdmin>
  readonly close: () => Promise<void>
}

/**
 * With room for `queued` tasks of each tenant and in all, and with so many tasks counted one by one for a position,
 * where that is given; jitter is always half.
 */
export type OpenQueue = (queued?: number, positionsCounted?: number) => Promise<QueueUnderTest>

export const TENANT = 't-alpha'
export const WORKER = 'worker-1'
export const TASK_TYPE = 'heygem_submit'

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

/** An idle worker of a large fleet that takes videos. */
export function asks(changes: Partial<LeaseRequest> = {}): LeaseRequest {
  const worker = { workerId: WORKER, serverId: 'GPU-001', kinds: [TASK_TYPE] }
  return { ...worker, credit: 1, isIdle: true, fleetSlots: 100, ...changes }
}

export async function leaseAll(queue: QueuePort, credit = 10, workerId = WORKER): Promise<readonly Lease[]> {
  return queue.lease(asks({ workerId, credit }))
}

/** Submits `count` tasks of one tenant, in order. */
export async function submitMany(
  queue: QueuePort,
  count: number,
  changes: Partial<NewTask> = {},
): Promise<readonly StoredTask[]> {
  const tenant = changes.tenant ?? TENANT
  const ids = Array.from({ length: count }, (_, index) => `request-${tenant}-${changes.priority ?? ''}${String(index)}`)
  return Promise.all(ids.map((id) => submit(queue, id, changes)))
}

/** Leases the next task, runs it and ends it well; undefined when there is nothing. */
export async function runNext(queue: QueuePort, changes: Partial<LeaseRequest> = {}): Promise<StoredTask | undefined> {
  const request = asks(changes)
  const [lease] = await queue.lease(request)
  if (lease === undefined) return undefined
  await queue.settle(refOf(lease), request.workerId, SUCCESS)
  return lease.task
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
