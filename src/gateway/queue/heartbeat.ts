import type { LeaseRef } from '../../protocol/dsp/index.ts'
import type { MoveContext } from './moves.ts'
import type { ExtendOutcome } from './port.ts'
import type { TaskRow } from './taskRow.ts'
import type { TaskTable } from './taskTable.ts'

type Standing = keyof ExtendOutcome

/** Renews what the heartbeat names. A lease not accepted yet stays under its accept deadline. */
export function extendLeases(
  tasks: TaskTable,
  workerId: string,
  refs: readonly LeaseRef[],
  { timings, now }: MoveContext,
): ExtendOutcome {
  const outcome = sortLeases(tasks, workerId, refs, (row) => {
    tasks.renewLease(row, now.steadyMs + timings.leaseMs)
  })
  // The job of the newer lease is on its way on the same connection: "revoked" would end the run it goes on with.
  return { ...outcome, revoked: outcome.revoked.filter((taskId) => !isHeldAnew(tasks.byId(taskId), workerId)) }
}

function isHeldAnew(row: TaskRow | undefined, workerId: string): boolean {
  return row?.worker === workerId && (row.state === 'leased' || row.state === 'running')
}

export interface ResumeMoves {
  readonly accept: (row: TaskRow) => void
  readonly lose: (row: TaskRow) => void
}

/**
 * After a reconnect: a worker names what it runs, so a lease whose acceptance got lost is accepted by it, and a run it
 * does not name died with an earlier life of it.
 */
export function resumeLeases(
  tasks: TaskTable,
  workerId: string,
  refs: readonly LeaseRef[],
  { timings, now }: MoveContext,
  moves: ResumeMoves,
): ExtendOutcome {
  const outcome = sortLeases(tasks, workerId, refs, (row) => {
    if (row.state === 'leased') moves.accept(row)
    else tasks.renewLease(row, now.steadyMs + timings.leaseMs)
  })
  const alive = new Set(outcome.alive.map((ref) => ref.task_id))
  for (const row of tasks.runsOf(workerId)) if (!alive.has(row.id)) moves.lose(row)
  return outcome
}

function sortLeases(
  tasks: TaskTable,
  workerId: string,
  refs: readonly LeaseRef[],
  renew: (row: TaskRow) => void,
): ExtendOutcome {
  const alive: LeaseRef[] = []
  const revoked: string[] = []
  const cancel: string[] = []
  for (const ref of refs) {
    const row = tasks.byId(ref.task_id)
    const standing = standingOf(row, ref, workerId)
    if (standing === 'revoked' || row === undefined) {
      revoked.push(ref.task_id)
      continue
    }
    alive.push(ref)
    if (standing === 'cancel') cancel.push(ref.task_id)
    else renew(row)
  }
  return { alive, revoked, cancel }
}

function standingOf(row: TaskRow | undefined, ref: LeaseRef, workerId: string): Standing {
  if (row?.worker !== workerId || row.epoch !== ref.epoch || row.token !== ref.token) return 'revoked'
  if (row.state === 'cancelling') return 'cancel'
  return row.state === 'leased' || row.state === 'running' ? 'alive' : 'revoked'
}
