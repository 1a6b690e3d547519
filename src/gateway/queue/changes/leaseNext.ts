import { randomHex } from '../../../shared/index.ts'
import { lease } from '../life/moves.ts'
import type { MoveContext } from '../life/moves.ts'
import { pickNext } from '../line/pickNext.ts'
import type { LeaseRequest } from '../port.ts'
import type { TaskRow } from '../life/taskRow.ts'
import type { StoredChange, TaskStore } from '../rows/taskStore.ts'

/** Back-offs that are over, moved into line by one call. */
export const JOIN_BATCH = 200

export interface LeasedRow {
  readonly row: TaskRow
  readonly token: string
}

/** Gives up to `credit` leases in fair order; one that wants a worker to itself comes alone. */
export function leaseNext(
  store: TaskStore,
  request: LeaseRequest,
  context: MoveContext,
  changes: StoredChange[],
): readonly LeasedRow[] {
  const given: LeasedRow[] = []
  store.joinLines(context.now.steadyMs, JOIN_BATCH)
  while (given.length < request.credit) {
    const picked = pickNext(store.book, request, {
      hasGiven: given.length > 0,
      liveOf: (tenant) => store.tally.liveOf(tenant),
    })
    const row = picked === undefined ? undefined : store.tasks.bySeq(picked.head.seq)
    if (picked === undefined || row === undefined) break
    const { workerId, serverId } = request
    const token = randomHex(16)
    if (picked.lane.target === undefined) store.fair.charge(picked.lane.flow)
    const leased = store.store(row, lease(row, { workerId, serverId, token }, context), context.now, changes)
    if (leased === undefined) break
    given.push({ row: leased, token })
    if (picked.lane.isAlone) break
  }
  return given
}
