import { createHmac, randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { createPoolClient } from '../../../src/client/index.ts'
import { gatewayFrameSchema, gatewayProofText, workerProofText } from '../../../src/protocol/dsp/index.ts'
import type { GatewayFrame, Job, LeaseRef, ResultOutcome, WorkerInfo } from '../../../src/protocol/dsp/index.ts'
import { CAPABILITY_HEADER, HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { TaskOutput } from '../../../src/protocol/task/index.ts'
import { digestsOf } from './client.ts'
import { freeBox, outputVideo } from './fixtures.ts'
import type { Proxy } from './proxy.ts'
import type { Random } from './random.ts'
import { createWireNotes } from './wireNotes.ts'
import type { WireNotes } from './wireNotes.ts'
import type { World } from './world.ts'

type FrameType = GatewayFrame['type']
type FrameOf<T extends FrameType> = Extract<GatewayFrame, { type: T }>

export interface ScriptedOptions {
  readonly id?: string
  readonly slots?: number
  readonly resume?: readonly LeaseRef[]
  readonly via?: Proxy
  /** Answers jobs by itself: accepts each. */
  readonly accepts?: boolean
}

/** A worker that says on `/dsp` exactly what the trial tells it to; its jobs, results and acks go into the ledger. */
export class ScriptedWorker {
  readonly id: string
  readonly registered: FrameOf<'registered'>
  /** Every frame after the registration, oldest first. */
  readonly frames: GatewayFrame[] = []
  readonly jobs: Job[] = []
  readonly closed: Promise<number>
  readonly #world: World
  readonly #socket: WebSocket
  readonly #notes: WireNotes
  readonly #listeners = new Set<() => void>()
  #closeCode: number | undefined

  private constructor(world: World, id: string, line: Line, registered: FrameOf<'registered'>) {
    const { socket } = line
    this.id = id
    this.#world = world
    this.#socket = socket
    this.#notes = line.notes
    this.registered = registered
    this.closed = new Promise((resolve) => {
      socket.once('close', (code) => {
        this.#closeCode = code
        for (const listener of this.#listeners) listener()
        resolve(code)
      })
    })
  }

  /** Connects, proves the secret both ways and registers. Throws when the gateway closes instead. */
  static async connect(world: World, options: ScriptedOptions = {}): Promise<ScriptedWorker> {
    const info = describeWorker(world.random, options)
    const url = options.via === undefined ? world.gateway.dspUrl : `ws://127.0.0.1:${String(options.via.port)}/dsp`
    const socket = new WebSocket(url, { perMessageDeflate: false })
    socket.on('error', () => undefined)
    world.onClose(() => {
      socket.terminate()
    })
    const line = { socket, notes: createWireNotes(info.id, world.workerFacts) }
    socket.on('message', (data: Buffer) => {
      line.notes.heard(data.toString())
    })
    return new Promise((resolve, reject) => {
      register(line, world.credentials.workerSecret, info, options.resume ?? [], {
        // At once: a job can come in the same packet as the registration.
        registered: (frame) => {
          const worker = new ScriptedWorker(world, info.id, line, frame)
          socket.on('message', (data: Buffer) => {
            worker.#take(gatewayFrameSchema.parse(JSON.parse(data.toString())), options.accepts === true)
          })
          resolve(worker)
        },
        refused: reject,
      })
    })
  }

  get isClosed(): boolean {
    return this.#closeCode !== undefined
  }

  send(frame: Readonly<Record<string, unknown>>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.sendText(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#notes.sent(text)
    this.#socket.send(text)
  }

  /** Waits until `find` gives something of what has arrived. Throws after the limit, or when the socket closes. */
  async until<T>(find: () => T | undefined, limitMs = 10_000): Promise<T> {
    for (;;) {
      const value = find()
      if (value !== undefined) return value
      if (this.isClosed) throw new Error(`closed with ${String(this.#closeCode)} while waiting`)
      await this.#nextChange(limitMs)
    }
  }

  /** The n-th job that was given (from 1). */
  job(nth = 1): Promise<Job> {
    return this.until(() => this.jobs[nth - 1])
  }

  next<T extends FrameType>(type: T, after = 0): Promise<FrameOf<T>> {
    return this.until(() => this.frames.slice(after).find((frame): frame is FrameOf<T> => frame.type === type))
  }

  accept(job: LeaseRef): void {
    this.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(job) })
  }

  reject(job: LeaseRef, reason = 'no'): void {
    this.send({ type: 'gpu.job.reject', version: '1.0', ...refOf(job), reason })
  }

  progress(job: LeaseRef, percent: number | null): void {
    this.send({ type: 'gpu.task.progress', version: '1.0', ...refOf(job), stage: 'synthesize', progress: percent })
  }

  heartbeat(...jobs: readonly LeaseRef[]): void {
    const tasks = jobs.map((job) => ({ ...refOf(job), stage: 'synthesize', progress: null }))
    this.send({ type: 'gpu.heartbeat', version: '1.0', tasks })
  }

  /** Heartbeats for these leases from now on, until the socket closes or the answer is called. */
  keepAlive(...jobs: readonly LeaseRef[]): () => void {
    const everyMs = this.registered.heartbeat_ms / this.#world.clockSetting.factor
    const timer = setInterval(() => {
      this.heartbeat(...jobs)
    }, everyMs)
    const stop = (): void => {
      clearInterval(timer)
    }
    void this.closed.then(stop)
    return stop
  }

  /** Makes a result for the job and brings it into the pool; the ledger knows that it was made. */
  async make(job: Job): Promise<TaskOutput> {
    const { task_id: taskId, epoch } = job
    this.#world.workerFacts.note({ kind: 'started', worker: this.id, taskId, epoch, name: job.options.name ?? '' })
    const bytes = Buffer.concat([await readFile(outputVideo()), freeBox(`${taskId} ${String(epoch)} ${this.id}`)])
    const { md5, sha256, sizeBytes: size } = digestsOf(bytes)
    this.#world.workerFacts.note({ kind: 'finished', worker: this.id, taskId, epoch, sha256 })
    await this.#upload(job, bytes)
    return { md5, sha256, ext: '.mp4', size, duration_ms: 500, width: 64, height: 64, fps: 10 }
  }

  sendResult(job: LeaseRef, output: TaskOutput): void {
    this.send({ type: 'gpu.job.result', version: '1.0', ...refOf(job), error: false, output, engine: 'trial' })
  }

  sendFailure(job: LeaseRef, code: string, retryable: boolean): void {
    const error = { error: true, error_code: code, error_msg: 'as the trial wants', retryable }
    this.send({ type: 'gpu.job.result', version: '1.0', ...refOf(job), ...error })
  }

  sendCancelled(job: LeaseRef): void {
    this.send({ type: 'gpu.job.result', version: '1.0', ...refOf(job), error: true, cancelled: true })
  }

  /** The gateway's answer to the `nth` result of this lease. */
  async ack(job: LeaseRef, nth = 1): Promise<ResultOutcome> {
    const frame = await this.until(
      () =>
        this.frames.filter(
          (one): one is FrameOf<'gpu.job.result.ack'> =>
            one.type === 'gpu.job.result.ack' && one.task_id === job.task_id && one.epoch === job.epoch,
        )[nth - 1],
    )
    return frame.outcome
  }

  /** Runs the job from accept to ack. */
  async run(job: Job): Promise<ResultOutcome> {
    this.accept(job)
    const output = await this.make(job)
    this.sendResult(job, output)
    return this.ack(job)
  }

  close(): Promise<number> {
    this.#socket.close()
    return this.closed
  }

  /** Ends the connection without a word. */
  cut(): Promise<number> {
    this.#socket.terminate()
    return this.closed
  }

  /** Reads nothing more, and stays connected. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #take(frame: GatewayFrame, accepts: boolean): void {
    this.frames.push(frame)
    const jobs =
      frame.type === 'gpu.job.submit' ? [frame] : frame.type === 'gpu.job.dispatch.batch' ? frame.data.jobs : []
    for (const job of jobs) {
      this.jobs.push(job)
      if (accepts) this.accept(job)
    }
    for (const listener of this.#listeners) listener()
  }

  #nextChange(limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(go)
        reject(new Error(`${this.id} waited in vain; frames: ${this.frames.map((frame) => frame.type).join(', ')}`))
      }, limitMs)
      const go = (): void => {
        clearTimeout(timer)
        this.#listeners.delete(go)
        resolve()
      }
      this.#listeners.add(go)
    })
  }

  async #upload(job: Job, bytes: Buffer): Promise<void> {
    const { clock, gateway, root, poolFacts, client } = this.#world
    const digests = digestsOf(bytes)
    const path = join(root, 'scratch', digests.sha256)
    await writeFile(path, bytes)
    const pool = createPoolClient({
      baseUrl: gateway.url,
      clock,
      headers: () => ({ [CAPABILITY_HEADER]: job.capability }),
      routes: { pool: HTTP_ROUTES.workerPool, uploads: HTTP_ROUTES.workerUploads },
    })
    try {
      await pool.upload(path, { ...digests, ext: '.mp4' }, { signal: AbortSignal.timeout(15_000) })
      const { md5, sha256, sizeBytes: size } = digests
      poolFacts.note({ kind: 'stored', tenant: client.tenant, md5, sha256, size })
    } finally {
      pool.close()
      await rm(path, { force: true })
    }
  }
}

export function refOf({ task_id, epoch, token }: LeaseRef): LeaseRef {
  return { task_id, epoch, token }
}

function describeWorker(random: Random, options: ScriptedOptions): WorkerInfo {
  const id = options.id ?? `s_${random.hex(6)}`
  return {
    id,
    name: `scripted ${id}`,
    boot_id: `b_${random.hex(8)}`,
    task_types: ['heygem_submit'],
    max_concurrent: options.slots ?? 1,
    engines: [{ name: 'trial', version: '1', ready: true, features: ['loop'], lip_sync: false }],
    features: ['lease', 'cancel', 'resume'],
  }
}

interface Registration {
  readonly registered: (frame: FrameOf<'registered'>) => void
  readonly refused: (reason: Error) => void
}

interface Line {
  readonly socket: WebSocket
  readonly notes: WireNotes
}

function register(
  { socket, notes }: Line,
  secret: string,
  info: WorkerInfo,
  resume: readonly LeaseRef[],
  outcome: Registration,
): void {
  const nonce = randomBytes(32).toString('hex')
  const sign = (text: string): string => createHmac('sha256', secret).update(text).digest('hex')
  let gatewayNonce = ''
  const take = (data: Buffer): void => {
    const frame = gatewayFrameSchema.parse(JSON.parse(data.toString()))
    if (frame.type === 'connected') {
      gatewayNonce = frame.nonce
      const auth = { nonce, mac: sign(workerProofText(frame.nonce, nonce, info.id)) }
      const text = JSON.stringify({ type: 'register', role: 'worker', version: '1.0', worker: info, auth, resume })
      notes.sent(text)
      socket.send(text)
    } else if (frame.type === 'registered') {
      socket.off('message', take)
      if (frame.mac === sign(gatewayProofText(gatewayNonce, nonce, info.id))) outcome.registered(frame)
      else outcome.refused(new Error('the gateway did not prove itself'))
    } else if (frame.type === 'error') {
      outcome.refused(new Error(`refused: ${frame.result.code}`))
    }
  }
  socket.on('message', take)
  socket.once('close', (code) => {
    outcome.refused(new Error(`closed with ${String(code)} before the registration`))
  })
}
