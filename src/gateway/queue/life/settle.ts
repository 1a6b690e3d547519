import type { LeaseRef } from '../../../protocol/dsp/index.ts'
import { afterFailure, failureClass } from './failureClasses.ts'
import { fence } from './fence.ts'
import { accept, confirmCancel, succeed } from './moves.ts'
import type { Move, MoveContext } from './moves.ts'
import type { Settlement, SettleOutcome, TaskFailure } from '../port.ts'
import type { TaskRow } from './taskRow.ts'

/** What a result does: nothing but an answer, or one or two moves that are stored together. */
export type SettleDecision =
  | { readonly kind: 'answer'; readonly outcome: Exclude<SettleOutcome, 'ok'> }
  | { readonly kind: 'store'; readonly moves: readonly ((row: TaskRow) => Move)[] }

/** Whether a result of the lease `ref` still counts, and as what. */
export function decideSettlement(
  row: TaskRow | undefined,
  ref: LeaseRef,
  workerId: string,
  settlement: Settlement,
  context: MoveContext,
): SettleDecision {
  const fenced = row === undefined ? 'foreign' : fence(row, ref, workerId)
  if (row === undefined || fenced === 'foreign') return { kind: 'answer', outcome: 'unknown' }
  if (fenced === 'older') return { kind: 'answer', outcome: 'superseded' }
  if (row.settled_epoch === ref.epoch) return { kind: 'answer', outcome: 'dup' }
  return decideNewest(row, settlement, context)
}

function decideNewest(row: TaskRow, settlement: Settlement, context: MoveContext): SettleDecision {
  if (settlement.kind === 'file_missing') {
    // Changes nothing yet: while the lease counts, the worker uploads it and says so again.
    return { kind: 'answer', outcome: row.deadline === null ? 'superseded' : 'retry' }
  }
  const finish = (current: TaskRow): Move => finishRun(current, settlement, context)
  switch (row.state) {
    case 'leased':
      // The result overtook the acceptance: both are stored, in their order.
      return { kind: 'store', moves: [(current) => accept(current, context), finish] }
    case 'running':
      return { kind: 'store', moves: [finish] }
    case 'cancelling': {
      // Whatever comes after the cancel was stored ends it: nobody sees two ends of one task.
      const lateOutput = settlement.kind === 'succeeded' ? settlement.output : null
      return { kind: 'store', moves: [(current) => confirmCancel(current, lateOutput, context)] }
    }
    case 'queued':
      // A late result of the last lease spares a second run; a late failure says nothing about the next one.
      return settlement.kind === 'succeeded'
        ? { kind: 'store', moves: [finish] }
        : { kind: 'answer', outcome: 'superseded' }
    default:
      return { kind: 'answer', outcome: 'superseded' }
  }
}

function finishRun(row: TaskRow, end: RunEnd, context: MoveContext): Move {
  switch (end.kind) {
    case 'succeeded':
      return succeed(row, end.output, end.engine, context)
    case 'failed':
      return afterFailure(row, end.failure, failureClass(end.failure.code, end.retryable), context)
    case 'cancelled':
      // Nobody asked for it: the worker gave up by itself, and another try is due.
      return afterFailure(row, GIVEN_UP, 'again', context)
  }
}

type RunEnd = Exclude<Settlement, { readonly kind: 'file_missing' }>

const GIVEN_UP: TaskFailure = { code: 'TASK_CANCELLED' }
