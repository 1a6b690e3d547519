import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import { fence } from '../life/fence.ts'
import { wordsOf } from '../life/moves.ts'
import type { MoveContext } from '../life/moves.ts'
import type { ExtendOutcome } from '../port.ts'
import type { TaskRow } from '../life/taskRow.ts'
import type { TaskTable } from '../rows/taskTable.ts'

type Standing = keyof ExtendOutcome

export interface HeartbeatMoves {
  /** Its run has stood still for too long. */
  readonly isStuck: (row: TaskRow) => boolean
  readonly stall: (row: TaskRow) => void
}

/** Renews what the heartbeat names. A lease not accepted yet stays under its accept deadline. */
export function extendLeases(
  tasks: TaskTable,
  workerId: string,
  refs: readonly LeaseRef[],
  { timings, now }: MoveContext,
  moves: HeartbeatMoves,
): ExtendOutcome {
  const stuck = new Set<string>()
  const outcome = sortLeases(tasks, workerId, refs, (row) => {
    if (row.state === 'running' && moves.isStuck(row)) {
      stuck.add(row.id)
      moves.stall(row)
    } else {
      tasks.renewLease(row, now.steadyMs + timings.leaseMs)
    }
  })
  // The job of the newer lease is on its way on the same connection: "revoked" would end the run it goes on with.
  const revoked = outcome.revoked.filter((taskId) => !isHeldAnew(tasks.byId(taskId), workerId))
  const alive = outcome.alive.filter((ref) => !stuck.has(ref.task_id))
  return { alive, revoked: [...revoked, ...stuck], cancel: outcome.cancel }
}

function isHeldAnew(row: TaskRow | undefined, workerId: string): boolean {
  return row?.worker === workerId && (row.state === 'leased' || row.state === 'running')
}

export interface ResumeMoves {
  readonly accept: (row: TaskRow) => void
  readonly lose: (row: TaskRow) => void
}

/**
 * After a reconnect: a worker names what it runs, so a lease whose acceptance got lost is accepted by it, one it does not
 * name never arrived, and a run it does not name died with an earlier life of it.
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
  for (const row of tasks.leasesOf(workerId)) if (!alive.has(row.id)) moves.lose(row)
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
      forgive(tasks, row, ref, workerId)
      continue
    }
    alive.push(ref)
    if (standing === 'cancel') cancel.push(ref.task_id)
    else renew(row)
  }
  return { alive, revoked, cancel }
}

/** A worker that still knows an older run of the task was away, not killed by it. */
function forgive(tasks: TaskTable, row: TaskRow | undefined, ref: LeaseRef, workerId: string): void {
  if (row === undefined || ref.epoch > row.epoch) return
  const crashedOn = wordsOf(row.crashed_on)
  if (!crashedOn.includes(workerId)) return
  tasks.setCrashedOn(row.seq, crashedOn.filter((one) => one !== workerId).join(' '))
}

function standingOf(row: TaskRow | undefined, ref: LeaseRef, workerId: string): Standing {
  if (row === undefined || fence(row, ref, workerId) !== 'newest') return 'revoked'
  if (row.state === 'cancelling') return 'cancel'
  return row.state === 'leased' || row.state === 'running' ? 'alive' : 'revoked'
}
