import { faultPoint } from '../../../shared/index.ts'
import { firstAgeing, giveUpCancel, release, stallOrBury, waitDeadline, warnOrExpire } from '../life/moves.ts'
import type { Move, MoveContext } from '../life/moves.ts'
import type { QueueCore } from '../queueCore.ts'
import type { TaskRow } from '../life/taskRow.ts'
import type { StoredChange, TaskStore } from '../rows/taskStore.ts'

/** Tasks per transaction: long sweeps leave room for others between two. */
const BATCH = 100
/** The first tasks of one lane that go up a class in one transaction: only the head of a lane is waited for. */
const LIFTED_OF_LANE = 10

/**
 * Ends the wait of one batch of tasks whose deadline was over at `asOfMs` (steady), when the caller knew that it had
 * not stood still; and forgets what is kept no longer.
 */
export function reapDue(
  core: QueueCore,
  context: MoveContext,
  asOfMs: number,
  changes: StoredChange[],
): { readonly reaped: number; readonly more: boolean } {
  const { now, timings } = context
  const { store } = core
  faultPoint('reaper.before_batch')
  const due = store.tasks.due(asOfMs, BATCH)
  let reaped = 0
  for (const row of due) {
    const move = afterDeadline(row, context)
    if (move === undefined) postpone(core, row, context)
    else if (core.move(row, move, context, changes) !== undefined) reaped += 1
    faultPoint('reaper.mid_batch')
  }
  store.joinLines(now.steadyMs, BATCH)
  liftAged(store, context)
  const purged = store.tasks.purge(now.steadyMs - timings.terminalKeptMs, BATCH)
  for (const { state } of purged) core.ended.add(state, -1)
  if (due.length < BATCH) store.log.trim(timings.eventsKept)
  return { reaped, more: due.length === BATCH || purged.length === BATCH }
}

function afterDeadline(row: TaskRow, context: MoveContext): Move | undefined {
  switch (row.state) {
    case 'queued':
      return warnOrExpire(row, context)
    case 'leased':
      faultPoint('dispatch.accept_timeout')
      return release(row, context)
    case 'running':
      return stallOrBury(row, 'worker_lost', context)
    case 'cancelling':
      return giveUpCancel(row, context)
    default:
      return undefined
  }
}

function postpone({ store, meta }: QueueCore, row: TaskRow, context: MoveContext): void {
  const soonestMs = meta.isPaused ? context.now.steadyMs + context.timings.pausedLookMs : 0
  store.tasks.postponeWait(row.seq, Math.max(soonestMs, waitDeadline(row, context)))
}

/**
 * What has waited long goes up one class. Lane by lane, the first few of each: so a backlog of a million costs no
 * more than one of ten, nobody's backlog holds up the ageing of others, and who is next is always in time.
 */
function liftAged(store: TaskStore, context: MoveContext): void {
  const { now } = context
  let left = BATCH
  for (const rank of [1, 2]) {
    const aged = [...store.book.lanes(rank)].filter((lane) => isAged(store.book.head(lane), now.waitMs))
    for (const lane of aged.toSorted((one, other) => (one.head?.seq ?? 0) - (other.head?.seq ?? 0))) {
      if (left <= 0) return
      for (const row of store.tasks.firstOf(lane, LIFTED_OF_LANE)) {
        if (!isAged(row, now.waitMs)) continue
        const to = row.rank - 1
        store.setStanding(row, { line: row.line, rank: to, ages_at: firstAgeing(to, context) })
        left -= 1
      }
    }
  }
}

function isAged(task: Pick<TaskRow, 'ages_at'> | undefined, waitMs: number): boolean {
  return task !== undefined && task.ages_at !== null && task.ages_at <= waitMs
}
