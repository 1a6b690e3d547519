import { isTerminal } from '../../protocol/task/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { QueueChange, QueuePort, StoredTask } from '../queue/port.ts'

/** Who held a task last, as far as this process saw it. */
export interface LastHold {
  readonly server: string | null
  /** Whether the lease was taken from it: a result from there is a late one. */
  readonly isTaken: boolean
}

type Step = Pick<QueueChange, 'cause' | 'task'>

/** What one stored change means, in words for the operator's log. Pure. */
export function describeStep({ cause, task }: Step, last?: LastHold): string {
  switch (cause) {
    case 'submit':
      return task.retryOf === null ? 'task submitted' : 'task submitted again'
    case 'lease':
      return 'task leased'
    case 'accept':
      return 'task accepted'
    case 'release':
      return 'task put back: it was not accepted'
    case 'succeed':
      return last?.isTaken === true ? 'task done by a late result of its last lease' : 'task done'
    case 'fail':
      return 'task failed'
    case 'retry':
      return task.failure?.code === 'WORKER_LOST'
        ? 'task put back: its worker stopped during the run'
        : 'task put back: its run failed and may be tried again'
    case 'stall':
      return 'task put back: its worker vanished or its run stood still'
    case 'bury':
      return 'task given up: its workers vanished too often'
    case 'cancel':
      return task.state === 'cancelled' ? 'task cancelled' : 'task is being cancelled'
    case 'confirmCancel':
      return 'task cancelled: its run has ended'
    case 'giveUpCancel':
      return 'task cancelled: its worker did not answer in time'
    case 'warn':
      return 'task waits long: it expires soon'
    case 'reorder':
      return 'task moved in the queue'
    case 'expire':
      return 'task expired: it waited too long'
  }
}

/** Writes every stored step of every task at info level, so that the whole life of one is read by its id. */
export function startTaskLog(queue: Pick<QueuePort, 'onChange'>, log: Logger): { stop(): void } {
  const holds = new Map<string, LastHold>()
  const unsubscribe = queue.onChange((change) => {
    const { task } = change
    const last = holds.get(task.id)
    log.info(describeStep(change, last), fieldsOf(change, last))
    if (isTerminal(task.state)) holds.delete(task.id)
    else if (task.serverId !== null) holds.set(task.id, { server: task.serverId, isTaken: false })
    else if (last !== undefined) holds.set(task.id, { ...last, isTaken: true })
  })
  return { stop: unsubscribe }
}

const UNTROUBLED: ReadonlySet<Step['cause']> = new Set([
  'lease',
  'accept',
  'cancel',
  'confirmCancel',
  'reorder',
  'warn',
])

function fieldsOf({ cause, task }: Step, last: LastHold | undefined): Readonly<Record<string, unknown>> {
  const { id, state, epoch, attempts, stalls, failure } = task
  const server = task.serverId ?? last?.server ?? null
  return {
    ...{ task: id, state, epoch, attempts },
    ...(stalls === 0 ? {} : { stalls }),
    ...(server === null ? {} : { server }),
    // The failure of an earlier run stays with the task; here it would read as one of this step.
    ...(failure === null || UNTROUBLED.has(cause) ? {} : { code: failure.code }),
    ...ofCause(cause, task),
  }
}

function ofCause(cause: Step['cause'], task: StoredTask): Readonly<Record<string, unknown>> {
  const { tenant, requestId, taskType, priority, retryOf, engine } = task
  switch (cause) {
    case 'submit':
      return { tenant, request: requestId, type: taskType, priority, ...(retryOf === null ? {} : { again: retryOf }) }
    case 'accept':
      return { waited_ms: between(task.createdAtMs, task.startedAtMs) }
    case 'succeed':
      return { engine, ran_ms: between(task.startedAtMs, task.finishedAtMs) }
    case 'reorder':
      return { priority }
    default:
      return {}
  }
}

function between(fromMs: number | null, toMs: number | null): number | undefined {
  return fromMs === null || toMs === null ? undefined : toMs - fromMs
}
