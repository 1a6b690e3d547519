import { createHash } from 'node:crypto'
import { PRIORITY_CLASSES } from '../../protocol/task/index.ts'
import { canonicalJson, randomId } from '../../shared/index.ts'
import type { NewTask } from './port.ts'
import type { Now } from './steadyTime.ts'
import type { Tally } from './tally.ts'
import type { InsertedTask } from './taskTable.ts'
import type { QueueLimits, QueueTimings } from './timings.ts'

/** What makes two submits the same request: kind, inputs and options, whatever the order of their keys. */
export function payloadDigest(task: NewTask): string {
  const said = canonicalJson({ taskType: task.taskType, payload: task.payload })
  return createHash('sha256').update(said).digest('hex')
}

export function toInsertedTask(task: NewTask, digest: string, now: Now, timings: QueueTimings): InsertedTask {
  return {
    id: randomId('t'),
    tenant: task.tenant,
    requestId: task.requestId,
    digest,
    type: task.taskType,
    classRank: PRIORITY_CLASSES.indexOf(task.priority),
    payload: JSON.stringify(task.payload),
    retryOf: task.retryOf,
    createdMs: now.wallMs,
    expiresMs: now.steadyMs + timings.queuedTtlMs,
  }
}

/** The limit that one more task would break, if any. */
export function fullScope(
  tally: Tally,
  limits: QueueLimits,
  tenant: string,
): { readonly kind: 'full'; readonly scope: 'tenant' | 'all'; readonly limit: number } | undefined {
  if (tally.queuedOf(tenant) >= limits.queuedPerTenant) {
    return { kind: 'full', scope: 'tenant', limit: limits.queuedPerTenant }
  }
  if (tally.counts().queued >= limits.queuedInAll) return { kind: 'full', scope: 'all', limit: limits.queuedInAll }
  return undefined
}
