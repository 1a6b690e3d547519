import { isTerminal } from '../../protocol/task/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'

type Remembered = Pick<StoredTask, 'state' | 'epoch' | 'stalls'>

/** What one stored change means, in words for the operator's log. Pure. */
export function describeStep(before: Remembered | undefined, task: StoredTask): string {
  switch (task.state) {
    case 'queued':
      return before === undefined ? 'task submitted' : putBackBecause(before, task)
    case 'leased':
      return 'task leased'
    case 'running':
      return 'task accepted'
    case 'cancelling':
      return 'task is being cancelled'
    case 'succeeded':
      return before?.state === 'queued' ? 'task done by a late result of its last lease' : 'task done'
    case 'failed':
      return 'task failed'
    case 'cancelled':
      return 'task cancelled'
    case 'expired':
      return 'task expired: it waited too long'
    case 'dead':
      return 'task given up: its workers vanished too often'
  }
}

function putBackBecause(before: Remembered, task: StoredTask): string {
  if (task.stalls > before.stalls) return 'task put back: its worker vanished'
  return before.state === 'leased'
    ? 'task put back: it was not accepted'
    : 'task put back: its run failed and may be tried again'
}

/** Writes every stored step of every task at info level, with its id. */
export function startTaskLog(queue: Pick<QueuePort, 'onChange'>, log: Logger): { stop(): void } {
  const live = new Map<string, Remembered>()
  const unsubscribe = queue.onChange(({ task }) => {
    const { id, epoch, state, stalls } = task
    log.info(describeStep(live.get(id), task), fieldsOf(task))
    if (isTerminal(state)) live.delete(id)
    else live.set(id, { state, epoch, stalls })
  })
  return { stop: unsubscribe }
}

function fieldsOf(task: StoredTask): Record<string, unknown> {
  const { id, state, epoch, attempts, serverId, failure } = task
  return {
    ...{ task: id, state, epoch, attempts },
    ...(serverId === null ? {} : { server: serverId }),
    ...(failure === null ? {} : { code: failure.code }),
  }
}
