import { createHash } from 'node:crypto'
import { PRIORITY_CLASSES } from '../../../protocol/task/index.ts'
import { canonicalJson, orderedId } from '../../../shared/index.ts'
import { kindOfTask } from '../kindOfTask.ts'
import { lineOf } from '../line/lines.ts'
import { firstAgeing, waitDeadline } from '../life/moves.ts'
import type { MoveContext } from '../life/moves.ts'
import type { NewTask } from '../port.ts'
import type { Tally } from '../rows/tally.ts'
import { NEVER_MS } from '../life/taskRow.ts'
import type { InsertedTask } from '../rows/taskTable.ts'
import type { QueueLimits } from '../timings.ts'

/** What makes two submits the same request: kind, inputs and options, whatever the order of their keys. */
export function payloadDigest(task: NewTask): string {
  const said = canonicalJson({ taskType: task.taskType, payload: task.payload })
  return createHash('sha256').update(said).digest('hex')
}

/** `ttlMs`: how long it may wait where the submitter says nothing of it; null = until it runs. */
export function toInsertedTask(
  task: NewTask,
  digest: string,
  ttlMs: number | null,
  context: Pick<MoveContext, 'now' | 'timings'>,
): InsertedTask {
  const { now, timings } = context
  const rank = PRIORITY_CLASSES.indexOf(task.priority)
  const ttl = task.ttlMs === undefined ? ttlMs : task.ttlMs
  const expires = ttl === null ? NEVER_MS : now.waitMs + ttl
  const target = task.targetWorker ?? null
  const standing = { state: 'queued', stalls: 0, target_worker: target, not_before: 0 } as const
  return {
    id: orderedId('t', now.wallMs),
    tenant: task.tenant,
    request_id: task.requestId,
    digest,
    type: kindOfTask(task),
    class: rank,
    rank,
    line: lineOf(standing, now.steadyMs),
    ages_at: firstAgeing(rank, context),
    payload: JSON.stringify(task.payload),
    retry_of: task.retryOf,
    target_worker: target,
    voice_ms: task.voiceMs ?? null,
    created: now.wallMs,
    ttl,
    expires,
    deadline: waitDeadline({ ttl, expires, expires_soon: 0 }, { now, timings }),
  }
}

/** The limit that one more task would break, if any. */
export function fullScope(
  tally: Tally,
  limits: QueueLimits,
  task: Pick<NewTask, 'tenant' | 'targetWorker'>,
): { readonly kind: 'full'; readonly scope: 'tenant' | 'all'; readonly limit: number } | undefined {
  // The gateway's own errands for one worker: a full queue of videos does not hold them up.
  if (task.targetWorker !== undefined) return undefined
  if (tally.queuedOf(task.tenant) >= limits.queuedPerTenant) {
    return { kind: 'full', scope: 'tenant', limit: limits.queuedPerTenant }
  }
  if (tally.counts().queued >= limits.queuedInAll) return { kind: 'full', scope: 'all', limit: limits.queuedInAll }
  return undefined
}
