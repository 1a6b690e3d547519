import type { GatewayFrame, ResultFrame, ResultOutcome } from '../../protocol/dsp/index.ts'
import { isErrorCode } from '../../protocol/errors/index.ts'
import type { ErrorBody } from '../../protocol/http/index.ts'
import { faultPoint } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import { isRemoval } from '../queue/errand.ts'
import type { Settlement, SettleOutcome, StoredTask, TaskFailure } from '../queue/port.ts'
import { errorBody } from './frames.ts'

const MAX_DETAIL_BYTES = 4 * 1024

/**
 * The end of a run. The output must already lie in the pool; the ack goes out after the commit, and until then the
 * worker keeps its result.
 */
export async function settleResult(
  parts: Pick<GatewayParts, 'queue' | 'pool'>,
  workerId: string,
  frame: ResultFrame,
): Promise<GatewayFrame> {
  faultPoint('result.received')
  const holder = await parts.queue.leaseHolder(frame.task_id)
  if (holder === undefined) return ack(frame, 'superseded', errorBody('LEASE_NOT_YOURS'))
  const settlement = await settlementOf(parts, holder.task, frame)
  faultPoint('result.file_verified')
  const ref = { task_id: frame.task_id, epoch: frame.epoch, token: frame.token }
  const outcome = await parts.queue.settle(ref, workerId, settlement)
  faultPoint('result.before_ack')
  return ack(frame, outcome === 'unknown' ? 'superseded' : outcome, refusalOf(outcome, settlement))
}

function refusalOf(outcome: SettleOutcome, settlement: Settlement): ErrorBody | undefined {
  if (outcome === 'unknown') return errorBody('LEASE_NOT_YOURS')
  if (outcome === 'superseded') return errorBody('STALE_LEASE')
  return outcome === 'retry' && settlement.kind === 'file_missing' ? errorBody('RESULT_FILE_MISSING') : undefined
}

async function settlementOf(
  parts: Pick<GatewayParts, 'pool'>,
  task: StoredTask,
  frame: ResultFrame,
): Promise<Settlement> {
  if (frame.cancelled === true) return { kind: 'cancelled' }
  if (frame.error) {
    return { kind: 'failed', failure: failureOf(frame), retryable: frame.retryable ?? false }
  }
  const { output } = frame
  // Files of a deleted asset were removed: there is nothing to show for it.
  if (isRemoval(task.payload)) return { kind: 'succeeded', output: null, engine: null }
  if (output === undefined) return { kind: 'file_missing' }
  const stored = await parts.pool.find(task.tenant, output.md5)
  const isThere = stored !== undefined && stored.sha256 === output.sha256 && stored.size === output.size
  return isThere ? { kind: 'succeeded', output, engine: frame.engine ?? null } : { kind: 'file_missing' }
}

/** A code of ours is kept; a foreign one becomes ENGINE_FAILED with the engine's own words as detail. */
function failureOf(frame: ResultFrame): TaskFailure {
  const detail = frame.error_msg === undefined ? undefined : truncateBytes(frame.error_msg, MAX_DETAIL_BYTES)
  const data = frame.error_data === undefined ? {} : { data: frame.error_data }
  if (frame.error_code !== undefined && isErrorCode(frame.error_code)) {
    return { code: frame.error_code, ...(detail === undefined ? {} : { detail }), ...data }
  }
  return { code: 'ENGINE_FAILED', detail: detail ?? frame.error_code ?? 'no reason given', ...data }
}

function truncateBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  // A cut character at the end becomes U+FFFD, which is dropped.
  return bytes.length <= maxBytes
    ? text
    : bytes
        .subarray(0, maxBytes)
        .toString()
        .replace(/\uFFFD$/, '')
}

function ack(frame: ResultFrame, outcome: ResultOutcome, error?: ErrorBody): GatewayFrame {
  return {
    type: 'gpu.job.result.ack',
    version: '1.0',
    task_id: frame.task_id,
    epoch: frame.epoch,
    outcome,
    ...(error === undefined ? {} : { error }),
  }
}
