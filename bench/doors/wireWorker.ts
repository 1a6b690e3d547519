import { createHmac, randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { gatewayFrameSchema, leaseRefSchema, workerProofText } from '../../src/protocol/dsp/index.ts'
import type { GatewayFrame, Job, LeaseRef } from '../../src/protocol/dsp/index.ts'
import { createSignal } from '../queue/startRun.ts'
import type { GatewayTold } from './gatewayTold.ts'

/** A worker that speaks the wire, tells its leases in heartbeats, and runs nothing. */
export interface WireWorker {
  send(frame: Readonly<Record<string, unknown>>): void
  /** Called with each job as its frame arrives. */
  onJob(listener: (job: Job) => void): void
  /** Resolves with the next ack of a result. */
  acked(): Promise<void>
  close(): Promise<void>
}

export function refOf({ task_id, epoch, token }: LeaseRef): LeaseRef {
  return { task_id, epoch, token }
}

/** Connects, proves the secret and registers. */
export function connectWireWorker(gateway: GatewayTold, id: string, slots = 1): Promise<WireWorker> {
  const socket = new WebSocket(gateway.dspUrl, { perMessageDeflate: false })
  let tell: (job: Job) => void = () => undefined
  let isClosing = false
  const acks = createSignal<undefined>()
  const closed = new Promise<void>((resolve) => {
    socket.once('close', (code) => {
      // Without its worker a row would wait for ever.
      if (!isClosing) throw new Error(`the gateway closed the worker's socket: ${code}`)
      resolve()
    })
  })
  const send: WireWorker['send'] = (frame) => {
    socket.send(JSON.stringify(frame))
  }
  const held = new Map<string, LeaseRef>()
  const sendBeat = (): void => {
    const tasks = [...held.values()].map((ref) => ({ ...ref, stage: 'synthesize', progress: null }))
    send({ type: 'gpu.heartbeat', tasks })
  }
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as GatewayFrame
      if (frame.type === 'connected') send(registerFrame(gateway.workerSecret, frame.nonce, id, slots))
      else if (frame.type === 'gpu.job.submit') tell(frame)
      else if (frame.type === 'gpu.job.dispatch.batch') for (const job of frame.data.jobs) tell(job)
      else if (frame.type === 'gpu.job.result.ack') acks.give(undefined)
      else if (frame.type === 'error') reject(new Error(`the gateway answered ${frame.result.code}`))
      else if (frame.type === 'registered') {
        // The first frames are checked once; the rest are trusted, so that the worker's own time stays small.
        gatewayFrameSchema.parse(frame)
        const stopBeats = repeat(sendBeat, frame.heartbeat_ms)
        void closed.then(stopBeats)
        resolve({
          send(message) {
            const ref = leaseRefSchema.safeParse(message).data
            if (ref !== undefined && message['type'] === 'gpu.job.accept') held.set(ref.task_id, ref)
            if (ref !== undefined && message['type'] === 'gpu.job.result') held.delete(ref.task_id)
            send(message)
          },
          onJob: (listener) => {
            tell = listener
          },
          acked: () => acks.next(),
          async close() {
            isClosing = true
            socket.close()
            await closed
          },
        })
      }
    })
  })
}

/** The first time at a random moment, so that a thousand workers do not speak all at once. */
function repeat(work: () => void, everyMs: number): () => void {
  const again = (): void => {
    work()
    timer = setTimeout(again, everyMs)
  }
  let timer = setTimeout(again, Math.random() * everyMs)
  return () => {
    clearTimeout(timer)
  }
}

function registerFrame(secret: string, gatewayNonce: string, id: string, slots: number): Record<string, unknown> {
  const nonce = randomBytes(32).toString('hex')
  const mac = createHmac('sha256', secret)
    .update(workerProofText(gatewayNonce, nonce, id))
    .digest('hex')
  const engine = { name: 'preview', version: '1', ready: true, features: ['loop'], lip_sync: false }
  const worker = {
    ...{ id, name: id, boot_id: randomBytes(8).toString('hex'), task_types: ['heygem_submit'] },
    ...{ max_concurrent: slots, engines: [engine], features: ['lease', 'cancel', 'resume'] },
  }
  return { type: 'register', role: 'worker', version: '1.0', worker, auth: { nonce, mac }, resume: [] }
}
