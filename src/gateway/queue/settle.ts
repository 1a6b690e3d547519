import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { accept, confirmCancel, fail, retryOrFail, succeed } from './moves.ts'
import type { MoveContext } from './moves.ts'
import type { Settlement, SettleOutcome, TaskFailure } from './port.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'

/** What a result does: nothing but an answer, or one or two moves that are stored together. */
export type SettleDecision =
  | { readonly kind: 'answer'; readonly outcome: Exclude<SettleOutcome, 'ok'> }
  | { readonly kind: 'store'; readonly moves: readonly ((row: TaskRow) => MutableColumns)[] }

/** Whether a result of the lease `ref` still counts, and as what. */
export function decideSettlement(
  row: TaskRow | undefined,
  ref: LeaseRef,
  workerId: string,
  settlement: Settlement,
  context: MoveContext,
): SettleDecision {
  if (row === undefined || ref.epoch > row.epoch) return { kind: 'answer', outcome: 'unknown' }
  if (ref.epoch < row.epoch) return { kind: 'answer', outcome: 'superseded' }
  if (row.token !== ref.token) return { kind: 'answer', outcome: 'superseded' }
  if (row.worker !== workerId) return { kind: 'answer', outcome: 'unknown' }
  if (row.settled_epoch === ref.epoch) return { kind: 'answer', outcome: 'dup' }
  return decideNewest(row, settlement, context)
}

function decideNewest(row: TaskRow, settlement: Settlement, context: MoveContext): SettleDecision {
  const finish = (current: TaskRow): MutableColumns => finishRun(current, settlement, context)
  switch (row.state) {
    case 'leased':
      // The result overtook the acceptance: both are stored, in their order.
      return { kind: 'store', moves: [(current) => accept(current, context), finish] }
    case 'running':
      return { kind: 'store', moves: [finish] }
    case 'cancelling':
      // Whatever comes after the cancel was stored ends it: nobody sees two ends of one task.
      return { kind: 'store', moves: [(current) => confirmCancel(current, context)] }
    case 'queued':
      // A late result of the last lease spares a second run; a late failure says nothing about the next one.
      return settlement.kind === 'succeeded'
        ? { kind: 'store', moves: [finish] }
        : { kind: 'answer', outcome: 'superseded' }
    default:
      return { kind: 'answer', outcome: 'superseded' }
  }
}

function finishRun(row: TaskRow, settlement: Settlement, context: MoveContext): MutableColumns {
  switch (settlement.kind) {
    case 'succeeded':
      return succeed(row, settlement.output, settlement.engine, context)
    case 'failed':
      return settlement.retryable
        ? retryOrFail(row, settlement.failure, context)
        : fail(row, settlement.failure, context)
    case 'cancelled':
      // Nobody asked for it: the worker gave up by itself, and another try is due.
      return retryOrFail(row, GIVEN_UP, context)
  }
}

const GIVEN_UP: TaskFailure = { code: 'TASK_CANCELLED' }
