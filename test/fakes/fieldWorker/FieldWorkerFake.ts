import { once } from 'node:events'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { HttpSide } from './httpSide.ts'
import { fieldMedia } from './media.ts'
import { ServerTasks } from './serverTasks.ts'
import { FAULTLESS } from './switches.ts'
import type { FieldSwitches } from './switches.ts'

export interface FieldWorkerScript {
  readonly token: string
  /** `url` as most of them do it. */
  readonly tokenIn?: 'url' | 'header'
  /** Address it connects from. */
  readonly from?: string
  readonly secret?: string
  readonly switches?: Partial<FieldSwitches>
}

const jobSchema = z.object({
  type: z.literal('gpu.job.submit'),
  version: z.literal('1.0'),
  task_type: z.string(),
  /** It makes a folder of it. */
  request_id: z.string().regex(/^[a-z0-9]{8,40}$/),
  key: z.string(),
  sender_fd: z.number(),
  payload: z.object({
    ...{ audio_hash: z.string(), audio_ext: z.string() },
    ...{ video_hash: z.string(), video_ext: z.string() },
  }),
})

type JobFrame = z.infer<typeof jobSchema>

/** Its own waits between connects, 5, 10, 20, 30, 30 s, in thousandths. */
const RETURNS_AFTER_MS = [5, 10, 20, 30, 30]

/**
 * A worker of the field as it was measured: it remembers request ids until it restarts, tells nothing after the
 * acceptance, knows no lease, cancel or drain, and comes back whatever a close says.
 */
export class FieldWorkerFake {
  readonly switches: FieldSwitches
  readonly url: string
  readonly http: HttpSide
  /** Every job that came, also those it did not answer. */
  readonly jobs: JobFrame[] = []
  readonly closeCodes: number[] = []
  readonly serverIds: string[] = []
  #isStopped = false
  readonly #script: FieldWorkerScript
  readonly #tasks: ServerTasks
  readonly #seen = new Set<string>()
  readonly #sockets = new Set<WebSocket>()
  #socket: WebSocket | undefined
  #dspUrl = ''
  #returns = 0

  private constructor(
    script: FieldWorkerScript,
    switches: FieldSwitches,
    parts: { http: HttpSide; tasks: ServerTasks; url: string },
  ) {
    this.#script = script
    this.switches = switches
    this.http = parts.http
    this.#tasks = parts.tasks
    this.url = parts.url
  }

  /** Listens; `connect()` comes after. */
  static async start(script: FieldWorkerScript): Promise<FieldWorkerFake> {
    const switches = { ...FAULTLESS, ...script.switches }
    const tasks = new ServerTasks(switches)
    const { result } = await fieldMedia()
    const http = new HttpSide({ switches, tasks, result, secret: script.secret })
    return new FieldWorkerFake(script, switches, { http, tasks, url: await http.listen() })
  }

  connect(dspUrl = this.#dspUrl): WebSocket {
    this.#dspUrl = dspUrl
    const { token, tokenIn = 'url', from } = this.#script
    const url = new URL(dspUrl)
    if (tokenIn === 'url') url.searchParams.set('token', token)
    const socket = new WebSocket(url, {
      ...(tokenIn === 'header' ? { headers: { authorization: `Bearer ${token}` } } : {}),
      ...(from === undefined ? {} : { localAddress: from }),
      autoPong: this.switches.answersPings,
      perMessageDeflate: false,
    })
    this.#socket = socket
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('open', () => {
      const ts = Date.now() / 1000
      send(socket, { type: 'register', role: 'worker', version: '1.0', ts })
      send(socket, { type: 'gpu.power.online', status: 'running', msg: 'GPU 已上线', ts })
    })
    socket.on('message', (data: Buffer) => {
      this.#onFrame(socket, JSON.parse(data.toString()) as Readonly<Record<string, unknown>>)
    })
    socket.on('close', (code) => {
      this.#sockets.delete(socket)
      this.closeCodes.push(code)
      if (socket === this.#socket && !this.#isStopped) this.#comeBack()
    })
    return socket
  }

  /**
   * It opens a new connection while the old one stays as it was, unread. Resolves when the gateway has read the new
   * one's registration, answered or not; what it resolves to ends the old one.
   */
  async connectBesideOld(): Promise<() => void> {
    const old = this.#socket
    old?.pause()
    const socket = this.connect()
    await once(socket, 'open')
    socket.ping()
    await once(socket, 'pong')
    return () => old?.terminate()
  }

  /** Its network goes for a moment. */
  cut(): void {
    this.#socket?.terminate()
  }

  /** Tasks and request ids are forgotten; files are not. */
  restart(): void {
    this.#tasks.forget()
    this.#seen.clear()
    this.cut()
  }

  get taskCount(): number {
    return this.#tasks.count
  }

  get requestIds(): readonly string[] {
    return this.jobs.map((job) => job.request_id)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const socket of this.#sockets) {
      socket.resume()
      socket.terminate()
    }
    await this.http.close()
  }

  #comeBack(): void {
    const afterMs = RETURNS_AFTER_MS[Math.min(this.#returns, RETURNS_AFTER_MS.length - 1)]
    this.#returns += 1
    setTimeout(() => {
      if (!this.#isStopped) this.connect()
    }, afterMs)
  }

  #onFrame(socket: WebSocket, frame: Readonly<Record<string, unknown>>): void {
    if (frame['type'] === 'registered' && typeof frame['server_id'] === 'string')
      this.serverIds.push(frame['server_id'])
    if (frame['type'] === 'gpu.job.submit') this.#take(socket, jobSchema.parse(frame))
  }

  #take(socket: WebSocket, job: JobFrame): void {
    this.jobs.push(job)
    // Whatever became of the first one.
    if (this.#seen.has(job.request_id)) return
    this.#seen.add(job.request_id)
    const { audio_hash: audio, video_hash: video } = job.payload
    const answer = { type: 'gpu.job.result', task_type: job.task_type, request_id: job.request_id }
    const routing = { key: job.key, sender_fd: job.sender_fd }
    if (!this.http.has(audio) || !this.http.has(video)) {
      send(socket, { ...answer, ...routing, error: true, error_msg: '404: 文件不在文件池中' })
      return
    }
    const task = this.#tasks.submit(job.payload)
    if (this.switches.loseAcceptances > 0) {
      this.switches.loseAcceptances -= 1
      return
    }
    const result = { task_id: task.id, queue: this.#tasks.queue() }
    send(socket, { ...answer, ...routing, error: false, result })
    send(socket, { type: 'gpu.task.active', task_id: task.id, task_type: job.task_type, ts: Date.now() / 1000 })
  }
}

function send(socket: WebSocket, frame: Readonly<Record<string, unknown>>): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
}
