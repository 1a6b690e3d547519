import type { HeartbeatFrame, LeaseRef, ProgressFrame, WorkerFrame } from '../../protocol/dsp/index.ts'
import { faultPoint } from '../../shared/index.ts'
import type { WorkerLink } from '../dispatch/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { Applied, ExtendOutcome } from '../queue/port.ts'
import { aboutOf, errorBody, errorFrame } from './frames.ts'
import { noteProgress } from './progress.ts'
import { settleResult } from './results.ts'

type RejectFrame = Extract<WorkerFrame, { readonly type: 'gpu.job.reject' }>

/** What a registered worker says. Its identity is the connection's (`link`), whatever a frame claims. */
export async function handleWorkerFrame(parts: GatewayParts, link: WorkerLink, frame: WorkerFrame): Promise<void> {
  switch (frame.type) {
    case 'gpu.job.accept':
      answerStale(link, frame, await parts.queue.accept(refOf(frame), link.workerId))
      return
    case 'gpu.job.reject':
      parts.log.warn('worker rejected a job', { server: link.serverId, task: frame.task_id, reason: frame.reason })
      answerStale(link, frame, await onReject(parts, link, frame))
      return
    case 'gpu.task.progress':
      await onProgress(parts, link, frame)
      return
    case 'gpu.heartbeat':
      await onHeartbeat(parts, link, frame)
      return
    case 'gpu.job.result':
      if (frame.cancelled === true) faultPoint('cancel.ack_received')
      link.send(await settleResult(parts, link.workerId, frame))
      faultPoint('result.after_ack')
      return
    case 'gpu.worker.draining':
      if (isReplaced(parts, link)) return
      parts.fleet.setDraining(link.workerId, true)
      return
    case 'gpu.worker.engines':
      if (isReplaced(parts, link)) return
      parts.fleet.setEngines(link.workerId, frame.engines)
      void parts.dispatcher.kick()
  }
}

/** What it said of itself while a newer connection of the worker took its place is news of yesterday. */
function isReplaced({ dispatcher }: GatewayParts, { workerId, connectionId }: WorkerLink): boolean {
  return dispatcher.link(workerId)?.connectionId !== connectionId
}

function onReject(parts: GatewayParts, link: WorkerLink, frame: RejectFrame): Promise<Applied> {
  if (frame.code === 'OPTION_UNSUPPORTED') return parts.dispatcher.refuseOption(link.workerId, refOf(frame))
  return parts.dispatcher.reject(link, refOf(frame), frame.reason, frame.retryable !== false)
}

async function onProgress(parts: GatewayParts, link: WorkerLink, frame: ProgressFrame): Promise<void> {
  const { stage, progress } = frame
  const update = { stage, progress, frame: frame.current_frame ?? null, totalFrames: frame.total_frames ?? null }
  answerStale(link, frame, await noteProgress(parts, link.workerId, refOf(frame), update))
}

const NOTHING: ExtendOutcome = { alive: [], revoked: [], cancel: [] }

/** Renews the leases it names, and with them the worker's access to the pool. */
async function onHeartbeat(parts: GatewayParts, link: WorkerLink, frame: HeartbeatFrame): Promise<void> {
  if (!isReplaced(parts, link)) parts.fleet.heartbeat(link.workerId, frame.load)
  // Before its leases are looked at: what it tells now is news of them.
  for (const task of frame.tasks) await noteBeat(parts, link, task)
  // An idle worker has nothing to renew, and most of a large fleet is idle.
  const outcome = frame.tasks.length === 0 ? NOTHING : await parts.queue.extend(link.workerId, frame.tasks.map(refOf))
  const capabilities: Record<string, string> = {}
  for (const ref of outcome.alive) {
    const lease = parts.dispatcher.held.find(ref.task_id)
    if (lease === undefined) continue
    const { tenant } = lease.task
    capabilities[ref.task_id] = parts.auth.issueCapability({ taskId: ref.task_id, epoch: ref.epoch, tenant })
  }
  link.send({
    type: 'gpu.heartbeat.ack',
    version: '1.0',
    revoked: [...outcome.revoked],
    cancel: [...outcome.cancel],
    capabilities,
  })
}

/** Progress is kept in memory: after a restart of the gateway this brings it back. Whose lease is over is told later. */
async function noteBeat(parts: GatewayParts, link: WorkerLink, told: HeartbeatFrame['tasks'][number]): Promise<void> {
  const { stage, progress, moved_bytes: movedBytes } = told
  await noteProgress(parts, link.workerId, refOf(told), { stage, progress, frame: null, totalFrames: null, movedBytes })
}

function answerStale(link: WorkerLink, frame: LeaseRef, applied: Applied): void {
  if (applied === 'applied') return
  const refusal = errorFrame(errorBody(applied === 'stale' ? 'STALE_LEASE' : 'LEASE_NOT_YOURS'), aboutOf(frame))
  link.send({ ...refusal, epoch: frame.epoch })
}

function refOf(ref: LeaseRef): LeaseRef {
  return { task_id: ref.task_id, epoch: ref.epoch, token: ref.token }
}
