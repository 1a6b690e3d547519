import { endCancelGrace, expire, release, stallOrBury } from './moves.ts'
import type { MoveContext } from './moves.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'
import type { StoredChange, TaskStore } from './taskStore.ts'

/** Tasks per transaction: long sweeps leave room for others between two. */
const BATCH = 100

/** Ends the wait of one batch of tasks whose deadline is over, and forgets what is kept no longer. */
export function reapDue(
  store: TaskStore,
  context: MoveContext,
  changes: StoredChange[],
): { readonly reaped: number; readonly more: boolean } {
  const { now, timings } = context
  const due = store.tasks.due(now.steadyMs, BATCH)
  for (const row of due) {
    const to = afterDeadline(row, context)
    if (to !== undefined) store.store(row, to, now, changes)
  }
  const purged = store.tasks.purge(now.wallMs - timings.terminalKeptMs, BATCH)
  if (due.length < BATCH) store.log.trim(timings.eventsKept)
  return { reaped: due.length, more: due.length === BATCH || purged === BATCH }
}

function afterDeadline(row: TaskRow, context: MoveContext): MutableColumns | undefined {
  switch (row.state) {
    case 'queued':
      return expire(row, context)
    case 'leased':
      return release(row, context)
    case 'running':
      return stallOrBury(row, context)
    case 'cancelling':
      return endCancelGrace(row, context)
    default:
      return undefined
  }
}
