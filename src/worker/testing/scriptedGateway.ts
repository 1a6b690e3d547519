import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { gatewayProofText, registerFrameSchema, workerFrameSchema, workerProofText } from '../../protocol/dsp/index.ts'
import type { GatewayFrame, Job, RegisterFrame, WorkerFrame } from '../../protocol/dsp/index.ts'
import { DSP_PATH, HTTP_ROUTES } from '../../protocol/http/index.ts'
import { createPoolServer, md5Of, sha256Of } from './poolServer.ts'
import type { PoolServer } from './poolServer.ts'

export const WORKER_SECRET = 'a-worker-secret-of-forty-characters-0001'

/** A gateway that speaks the wire and decides nothing: the test says what it answers. */
export interface ScriptedGateway {
  readonly url: string
  readonly pool: PoolServer
  /** Sockets that are open. */
  readonly connections: number
  readonly registers: RegisterFrame[]
  readonly frames: WorkerFrame[]
  /** Types of all that came, registrations among them, in their order. */
  readonly order: string[]
  /** What the next registrations answer. */
  readonly settings: { secret: string; heartbeatMs: number; abandon: string[] }
  send(frame: GatewayFrame): void
  /** The first frame, past or future, of a type that fits. */
  frame<Type extends WorkerFrame['type']>(
    type: Type,
    fits?: (frame: Extract<WorkerFrame, { readonly type: Type }>) => boolean,
  ): Promise<Extract<WorkerFrame, { readonly type: Type }>>
  /** Resolves when so many registrations have happened in all. */
  registered(count: number): Promise<void>
  disconnect(code?: number): void
  makeJob(media: { readonly avatar: Buffer; readonly voice: Buffer }, changes?: Partial<Job>): Job
  stop(): Promise<void>
}

export async function startScriptedGateway(port = 0): Promise<ScriptedGateway> {
  const pool = createPoolServer()
  const http = createServer((request, response) => {
    pool.handle(request, response)
  })
  const sockets = new WebSocketServer({ server: http, path: DSP_PATH, perMessageDeflate: false })
  const state = {
    registers: [] as RegisterFrame[],
    frames: [] as WorkerFrame[],
    order: [] as string[],
    live: undefined as WebSocket | undefined,
  }
  const settings = { secret: WORKER_SECRET, heartbeatMs: 5_000, abandon: [] as string[] }
  const watchers = new Set<() => void>()
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher()
  }
  sockets.on('connection', (socket) => {
    const nonce = randomBytes(32).toString('hex')
    const say = (frame: GatewayFrame): void => {
      socket.send(JSON.stringify(frame))
    }
    say({ type: 'connected', fd: 1, nonce, server_time: Date.now() / 1000 })
    socket.on('message', (data: Buffer) => {
      const value: unknown = JSON.parse(data.toString('utf8'))
      const register = registerFrameSchema.safeParse(value)
      if (!register.success) {
        const frame = workerFrameSchema.parse(value)
        state.order.push(frame.type)
        state.frames.push(frame)
      } else if (welcome(register.data, nonce, settings, say)) {
        state.order.push('register')
        state.registers.push(register.data)
        state.live = socket
      } else socket.close(4401, 'who are you')
      changed()
    })
  })
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  const { port: bound } = http.address() as AddressInfo
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const watcher = (): void => {
        const found = look()
        if (found === undefined) return
        watchers.delete(watcher)
        resolve(found)
      }
      watchers.add(watcher)
      watcher()
    })
  return {
    url: `http://127.0.0.1:${bound}`,
    pool,
    get connections() {
      return sockets.clients.size
    },
    registers: state.registers,
    frames: state.frames,
    order: state.order,
    settings,
    send: (frame) => state.live?.send(JSON.stringify(frame)),
    frame: (type, fits = () => true) =>
      until(() =>
        state.frames.find((frame): frame is Extract<WorkerFrame, { readonly type: typeof type }> => {
          return isOf(frame, type) && fits(frame)
        }),
      ),
    registered: (count) => until(() => (state.registers.length >= count ? true : undefined)).then(() => undefined),
    disconnect: (code = 1012) => state.live?.close(code),
    makeJob: (media, changes) => makeJob(pool, media, changes),
    async stop() {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function isOf<Type extends WorkerFrame['type']>(
  frame: WorkerFrame,
  type: Type,
): frame is Extract<WorkerFrame, { readonly type: Type }> {
  return frame.type === type
}

function welcome(
  register: RegisterFrame,
  nonce: string,
  settings: ScriptedGateway['settings'],
  say: (frame: GatewayFrame) => void,
): boolean {
  const sign = (text: string): string => createHmac('sha256', settings.secret).update(text).digest('hex')
  const { auth, worker, resume } = register
  if (auth.mac !== sign(workerProofText(nonce, auth.nonce, worker.id))) return false
  say({
    ...{ type: 'registered', role: 'worker', version: '1.0', server_id: 'GPU-001', lease_ms: 120_000 },
    mac: sign(gatewayProofText(nonce, auth.nonce, worker.id)),
    heartbeat_ms: settings.heartbeatMs,
    resumed: resume.filter(({ task_id }) => !settings.abandon.includes(task_id)),
    abandon: [...settings.abandon],
  })
  return true
}

function makeJob(
  pool: PoolServer,
  media: { readonly avatar: Buffer; readonly voice: Buffer },
  changes: Partial<Job> = {},
): Job {
  const input = (role: 'audio' | 'video', bytes: Buffer, ext: '.mp4' | '.wav') => {
    const md5 = md5Of(bytes)
    pool.files.set(md5, bytes)
    const url = `${HTTP_ROUTES.workerPool}/${md5}${ext}`
    return { role, md5, sha256: sha256Of(bytes), ext, size: bytes.byteLength, url }
  }
  return {
    version: '1.0',
    task_type: 'heygem_submit',
    request_id: 'request_0001',
    task_id: `t_${randomBytes(16).toString('hex')}`,
    epoch: 1,
    token: randomBytes(16).toString('hex'),
    lease_ms: 120_000,
    inputs: [input('video', media.avatar, '.mp4'), input('audio', media.voice, '.wav')],
    options: {},
    capability: 'capability-1',
    upload_url: HTTP_ROUTES.workerUploads,
    ...changes,
  }
}
