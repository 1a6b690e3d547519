import { WebSocket } from 'ws'
import { once } from 'node:events'
import type { Job } from '../../src/protocol/dsp/index.ts'
import type { BenchChild } from './child.ts'
import type { GatewayTold } from './gatewayTold.ts'
import { openJsonDoor, uploadInputs } from './httpCalls.ts'
import { connectWireWorker, refOf } from './wireWorker.ts'

/** A server that tells all its clients of a step, as soon as it hears of it. */
export interface FanOut {
  readonly pid: number
  readonly port: number
  readonly token: string
  /** Sends the server one step, which every client is told of. */
  step(): void
  close(): Promise<void>
}

/** More than one task, so that the gateway's limit of four steps a second and task does not hold a step back. */
const TASKS = 12

/** The gateway: a worker's frame of progress, its lease checked, clamped, kept, and told to the tenant. */
export async function openOurFanOut(gateway: BenchChild<GatewayTold>): Promise<FanOut> {
  const { told } = gateway
  const worker = await connectWireWorker(told, 'bench-worker', TASKS)
  const jobs: Job[] = []
  const allGiven = new Promise<void>((resolve) => {
    worker.onJob((job) => {
      worker.send({ type: 'gpu.job.accept', ...refOf(job) })
      if (jobs.push(job) === TASKS) resolve()
    })
  })
  const door = openJsonDoor(told.port, told.licenseKey)
  const body = await uploadInputs(told.url, told.licenseKey)
  for (let task = 0; task < TASKS; task += 1) await door.post('/api/heygem/task/submit', body)
  door.close()
  await allGiven
  let steps = 0
  return {
    ...{ pid: gateway.pid, port: told.port, token: told.licenseKey },
    step() {
      const job = jobs[steps % TASKS]
      steps += 1
      if (job === undefined) throw new Error('there is no task to tell of')
      worker.send({ type: 'gpu.task.progress', ...refOf(job), ...stepOf(steps) })
    },
    close: () => worker.close(),
  }
}

export interface PlainTold {
  readonly port: number
  readonly triggerPort: number
}

/** The peer: what it is sent, it parses and broadcasts. */
export async function openPlainFanOut(plain: BenchChild<PlainTold>): Promise<FanOut> {
  const trigger = new WebSocket(`ws://127.0.0.1:${plain.told.triggerPort}`, { perMessageDeflate: false })
  await once(trigger, 'open')
  let steps = 0
  return {
    ...{ pid: plain.pid, port: plain.told.port, token: 'nobody asks' },
    step() {
      steps += 1
      const told = { task_id: `t_${'0'.repeat(32)}`, version: 3, frame: null, total_frames: null, ...stepOf(steps) }
      trigger.send(JSON.stringify(told))
    },
    async close() {
      trigger.close()
      await once(trigger, 'close')
    },
  }
}

function stepOf(step: number): { readonly stage: string; readonly progress: number } {
  return { stage: 'synthesize', progress: Math.min(99, step / 1_000) }
}
