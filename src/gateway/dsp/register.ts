import type { RegisterFrame } from '../../protocol/dsp/index.ts'
import { DSP_CLOSE, registerFrameSchema } from '../../protocol/dsp/index.ts'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import type { WorkerLink } from '../dispatch/index.ts'
import { cancelFrame } from '../dispatch/workerFrames.ts'
import type { GatewayParts } from '../parts.ts'

export interface Refusal {
  readonly code: ErrorCode
  readonly closeCode: number
  readonly field?: string
  readonly retryAfterMs?: number
}

export type Proven =
  { readonly ok: true; readonly frame: RegisterFrame } | { readonly ok: false; readonly refusal: Refusal }

const CODE_OF_FIELD: Readonly<Partial<Record<string, ErrorCode>>> = {
  version: 'VERSION_UNSUPPORTED',
  'worker.id': 'ID_FORMAT',
}

/** Checks form and proof of a register frame against the nonce of its own connection; wrong proofs count by address. */
export function proveWorker(
  parts: Pick<GatewayParts, 'auth' | 'rates'>,
  envelope: Readonly<Record<string, unknown>>,
  { gatewayNonce, address }: { readonly gatewayNonce: string; readonly address: string },
): Proven {
  if (envelope['type'] !== 'register') return refuse('NOT_REGISTERED')
  const parsed = registerFrameSchema.safeParse(envelope)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? ''
    return refuse(CODE_OF_FIELD[field] ?? 'MESSAGE_SCHEMA', field)
  }
  const { worker, auth } = parsed.data
  const proof = { gatewayNonce, workerNonce: auth.nonce, workerId: worker.id, mac: auth.mac }
  const outcome = parts.auth.checkWorkerProof(proof)
  if (outcome === 'ok') return { ok: true, frame: parsed.data }
  // Without a time to come back: a worker with the wrong secret keeps its own, much longer pause.
  if (parts.rates.failedAuth.take(address) > 0) return refuse('RATE_LIMITED')
  return refuse(outcome === 'replay' ? 'REPLAY' : 'WORKER_REFUSED')
}

export interface Registered {
  readonly link: WorkerLink
  /** Tasks whose leases it named: those that go on with it, and those that are not its any more. */
  readonly goesOn: readonly string[]
  readonly abandons: readonly string[]
}

export type Admitted = ({ readonly ok: true } & Registered) | { readonly ok: false; readonly refusal: Refusal }

/** Makes a proven worker known, takes its live leases back, answers it, and opens it for jobs. */
export async function registerWorker(
  parts: GatewayParts,
  frame: RegisterFrame,
  connection: Pick<WorkerLink, 'connectionId' | 'send' | 'close'>,
  gatewayNonce: string,
): Promise<Admitted> {
  const { worker } = frame
  // Before it is asked whether it may come in: between that and `join` nobody else may come.
  await parts.fleet.enrol(worker)
  const admission = parts.fleet.admit(worker.id, connection.connectionId, worker.boot_id)
  if (admission.kind === 'replaced') return turnAway({ code: 'WORKER_REPLACED', closeCode: DSP_CLOSE.replaced })
  if (admission.kind === 'later') {
    const { retryAfterMs } = admission
    return turnAway({ code: 'WORKER_FLAPPING', closeCode: DSP_CLOSE.rate, retryAfterMs })
  }
  const { serverId } = parts.fleet.join(worker, connection.connectionId)
  parts.dispatcher.link(worker.id)?.close(DSP_CLOSE.replaced, 'another connection of this worker is newer')
  const resumed = await parts.dispatcher.resume(worker.id, frame.resume)
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
    send: (out) => connection.send(out),
    close: (closeCode, reason) => {
      connection.close(closeCode, reason)
    },
  }
  for (const taskId of resumed.cancel) sendCancel(parts, link, taskId)
  parts.dispatcher.attach(link, admission.restMs)
  return { ok: true, link, goesOn: resumed.alive.map(({ task_id }) => task_id), abandons: resumed.revoked }
}

function turnAway(refusal: Refusal): Admitted {
  return { ok: false, refusal }
}

function sendCancel(parts: Pick<GatewayParts, 'dispatcher'>, link: WorkerLink, taskId: string): void {
  const epoch = parts.dispatcher.held.find(taskId)?.task.epoch
  if (epoch !== undefined) link.send(cancelFrame(taskId, epoch))
}

function refuse(code: ErrorCode, field = ''): Proven {
  const refusal: Refusal = { code, closeCode: DSP_CLOSE.unauthenticated, ...(field === '' ? {} : { field }) }
  return { ok: false, refusal }
}
