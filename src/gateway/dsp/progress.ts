import type { LeaseRef } from '../../protocol/dsp/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { Applied, ProgressUpdate, RunStep } from '../queue/port.ts'

/** Notes a step and tells it as the queue shows it: clamped, and never falling. What shows nothing new is not told. */
export async function noteProgress(
  parts: Pick<GatewayParts, 'queue' | 'dispatcher' | 'progress'>,
  workerId: string,
  ref: LeaseRef,
  update: ProgressUpdate,
): Promise<Applied> {
  const before = await parts.queue.step(ref.task_id)
  const applied = await parts.queue.progress(ref, workerId, update)
  if (applied !== 'applied' || parts.dispatcher.held.find(ref.task_id) === undefined) return applied
  const step = await parts.queue.step(ref.task_id)
  // Heartbeats repeat the step of every run: told again, they would hold the next one back for nothing.
  if (step === undefined || isSame(before, step)) return applied
  const { tenant, version, stage, progress, frame, totalFrames } = step
  parts.progress.emit({
    tenant,
    progress: { task_id: ref.task_id, version, stage, progress, frame, total_frames: totalFrames },
  })
  return applied
}

function isSame(one: RunStep | undefined, other: RunStep): boolean {
  return (
    one?.version === other.version &&
    one.stage === other.stage &&
    one.progress === other.progress &&
    one.frame === other.frame &&
    one.totalFrames === other.totalFrames
  )
}
