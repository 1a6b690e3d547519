import type { LeaseRef, RegisterFrame } from '../../protocol/dsp/index.ts'
import { DSP_CLOSE, registerFrameSchema } from '../../protocol/dsp/index.ts'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import type { WorkerLink } from '../dispatch/index.ts'
import type { GatewayParts } from '../parts.ts'

export interface Refusal {
  readonly code: ErrorCode
  readonly closeCode: number
  readonly field?: string
}

export type Proven =
  { readonly ok: true; readonly frame: RegisterFrame } | { readonly ok: false; readonly refusal: Refusal }

/** Checks form and proof of a register frame against the nonce of its own connection. */
export function proveWorker(
  parts: Pick<GatewayParts, 'auth'>,
  envelope: Readonly<Record<string, unknown>>,
  gatewayNonce: string,
): Proven {
  if (envelope['type'] !== 'register') return refuse('NOT_REGISTERED')
  const parsed = registerFrameSchema.safeParse(envelope)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? ''
    return refuse(field === 'version' ? 'VERSION_UNSUPPORTED' : 'MESSAGE_SCHEMA', field)
  }
  const { worker, auth } = parsed.data
  const proof = { gatewayNonce, workerNonce: auth.nonce, workerId: worker.id, mac: auth.mac }
  const outcome = parts.auth.checkWorkerProof(proof)
  if (outcome === 'ok') return { ok: true, frame: parsed.data }
  return refuse(outcome === 'replay' ? 'REPLAY' : 'WORKER_REFUSED')
}

/** Makes a proven worker known, takes its live leases back, answers it, and opens it for jobs. */
export async function registerWorker(
  parts: GatewayParts,
  frame: RegisterFrame,
  connection: Pick<WorkerLink, 'connectionId' | 'send' | 'close'>,
  gatewayNonce: string,
): Promise<WorkerLink> {
  const { worker } = frame
  const { serverId } = parts.fleet.join(worker, connection.connectionId)
  parts.dispatcher.link(worker.id)?.close(DSP_CLOSE.replaced, 'another connection of this worker is newer')
  const resumed = await parts.queue.resume(worker.id, frame.resume)
  await rememberLeases(parts, resumed.alive)
  connection.send({
    type: 'registered',
    role: 'worker',
    version: '1.0',
    server_id: serverId,
    mac: parts.auth.gatewayProof(gatewayNonce, frame.auth.nonce, worker.id),
    lease_ms: parts.leaseMs,
    heartbeat_ms: parts.timings.heartbeatMs,
    resumed: [...resumed.alive],
    abandon: [...resumed.revoked],
  })
  const link: WorkerLink = {
    connectionId: connection.connectionId,
    workerId: worker.id,
    serverId,
    taskTypes: worker.task_types,
    send: (out) => connection.send(out),
    close: (closeCode, reason) => {
      connection.close(closeCode, reason)
    },
  }
  for (const taskId of resumed.cancel) sendCancel(parts, link, taskId)
  parts.dispatcher.attach(link)
  return link
}

/** After a restart of this process nobody here knows the running tasks until their workers come back. */
async function rememberLeases(
  parts: Pick<GatewayParts, 'queue' | 'dispatcher'>,
  refs: readonly LeaseRef[],
): Promise<void> {
  for (const ref of refs) {
    const holder = await parts.queue.leaseHolder(ref.task_id)
    if (holder !== undefined) parts.dispatcher.held.resume(holder.task, ref.token)
  }
}

function sendCancel(parts: Pick<GatewayParts, 'dispatcher'>, link: WorkerLink, taskId: string): void {
  const epoch = parts.dispatcher.held.find(taskId)?.task.epoch
  if (epoch !== undefined) link.send({ type: 'gpu.job.cancel', version: '1.0', task_id: taskId, epoch })
}

function refuse(code: ErrorCode, field = ''): Proven {
  const refusal: Refusal = { code, closeCode: DSP_CLOSE.unauthenticated, ...(field === '' ? {} : { field }) }
  return { ok: false, refusal }
}
