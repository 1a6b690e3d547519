import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import type { GatewayFrame, Job, LeaseRef, WorkerInfo } from '../../protocol/dsp/index.ts'
import { gatewayFrameSchema, gatewayProofText, workerProofText } from '../../protocol/dsp/index.ts'
import { hmacHex } from './gatewayBench.ts'

type FrameType = GatewayFrame['type']
type FrameOf<T extends FrameType> = Extract<GatewayFrame, { type: T }>

/** A socket that speaks the core dialect word by word, as a test tells it to. */
export interface ScriptedWorker {
  readonly info: WorkerInfo
  readonly serverId: string
  readonly registered: FrameOf<'registered'>
  send(frame: Readonly<Record<string, unknown>>): void
  sendText(text: string): void
  /** The next frame of that type that was not taken yet. */
  next<T extends FrameType>(type: T): Promise<FrameOf<T>>
  /** The jobs of the next job frame, whether one or a batch. */
  nextJobs(): Promise<readonly Job[]>
  /** The first job of the next job frame. */
  nextJob(): Promise<Job>
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  close(): Promise<number>
  /** Cuts the connection without a word. */
  cut(): Promise<number>
}

export interface WorkerScript {
  readonly dspUrl: string
  readonly workerSecret: string
  readonly id?: string
  readonly slots?: number
  /** `heygem_submit` alone when not given. */
  readonly taskTypes?: readonly string[]
  /** Of its engine: `loop` when not given. */
  readonly features?: readonly string[]
  readonly resume?: readonly LeaseRef[]
}

export function workerInfo(id: string, slots: number, taskTypes: readonly string[] = ['heygem_submit']): WorkerInfo {
  return {
    id,
    name: `worker ${id}`,
    boot_id: randomBytes(8).toString('hex'),
    task_types: [...taskTypes],
    max_concurrent: slots,
    engines: [{ name: 'preview', version: '1', ready: true, features: ['loop'], lip_sync: false }],
    features: ['lease', 'cancel', 'resume'],
  }
}

/** Connects, proves the secret both ways and registers. */
export async function connectWorker(script: WorkerScript): Promise<ScriptedWorker> {
  const info = workerInfo(script.id ?? `w-${randomBytes(4).toString('hex')}`, script.slots ?? 1, script.taskTypes)
  if (script.features !== undefined) for (const engine of info.engines) engine.features = [...script.features]
  const line = openLine(script.dspUrl)
  const sent = await introduce(line, info, script)
  const registered = await line.next('registered')
  if (registered.mac !== sent.expectedMac) throw new Error('the gateway did not prove itself')
  return { ...line, info, registered, serverId: registered.server_id }
}

/** Sends the register frame of a connection; what comes of it is the caller's. */
export async function introduce(
  line: Line,
  info: WorkerInfo,
  script: Pick<WorkerScript, 'workerSecret' | 'resume'>,
): Promise<{ readonly expectedMac: string }> {
  const connected = await line.next('connected')
  const nonce = randomBytes(32).toString('hex')
  line.send({
    type: 'register',
    role: 'worker',
    version: '1.0',
    worker: info,
    auth: { nonce, mac: hmacHex(script.workerSecret, workerProofText(connected.nonce, nonce, info.id)) },
    resume: script.resume ?? [],
  })
  return { expectedMac: hmacHex(script.workerSecret, gatewayProofText(connected.nonce, nonce, info.id)) }
}

export type Line = Omit<ScriptedWorker, 'info' | 'registered' | 'serverId'>

/** A raw connection to `/dsp`, before anything is said. */
export function openLine(url: string, headers: Readonly<Record<string, string>> = {}): Line {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false })
  const inbox: GatewayFrame[] = []
  const waiting: { readonly type: FrameType; readonly take: (frame: GatewayFrame) => void }[] = []
  const jobFrames = createQueue<readonly Job[]>()
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve)
  })
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    const frame = gatewayFrameSchema.parse(JSON.parse(data.toString()))
    const at = waiting.findIndex((one) => one.type === frame.type)
    if (frame.type === 'gpu.job.submit') jobFrames.put([frame])
    else if (frame.type === 'gpu.job.dispatch.batch') jobFrames.put(frame.data.jobs)
    else if (at < 0) inbox.push(frame)
    else waiting.splice(at, 1)[0]?.take(frame)
  })
  const next = <T extends FrameType>(type: T): Promise<FrameOf<T>> => {
    const at = inbox.findIndex((frame) => frame.type === type)
    const [found] = at < 0 ? [] : inbox.splice(at, 1)
    if (found !== undefined && isOf(found, type)) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      waiting.push({
        type,
        take: (frame) => {
          if (isOf(frame, type)) resolve(frame)
        },
      })
      void closed.then((closeCode) => {
        reject(new Error(`closed with ${String(closeCode)} while waiting for ${type}`))
      })
    })
  }
  return {
    send: (frame) => {
      socket.send(JSON.stringify(frame))
    },
    sendText: (text) => {
      socket.send(text)
    },
    next,
    nextJobs: () => jobFrames.take(),
    async nextJob() {
      const [job] = await jobFrames.take()
      if (job === undefined) throw new Error('an empty batch')
      return job
    },
    closed,
    close: () => {
      socket.close()
      return closed
    },
    cut: () => {
      socket.terminate()
      return closed
    },
  }
}

export function refOf(job: LeaseRef): LeaseRef {
  return { task_id: job.task_id, epoch: job.epoch, token: job.token }
}

/** Values in the order they came, each for one taker. */
function createQueue<V>(): { put(value: V): void; take(): Promise<V> } {
  const values: V[] = []
  const takers: ((value: V) => void)[] = []
  return {
    put(value) {
      const taker = takers.shift()
      if (taker === undefined) values.push(value)
      else taker(value)
    },
    take: () =>
      new Promise((resolve) => {
        const value = values.shift()
        if (value === undefined) takers.push(resolve)
        else resolve(value)
      }),
  }
}

function isOf<T extends FrameType>(frame: GatewayFrame, type: T): frame is FrameOf<T> {
  return frame.type === type
}
