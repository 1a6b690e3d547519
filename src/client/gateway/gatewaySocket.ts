import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { serverEventSchemas, sinceAnswerSchema, sinceFailureSchema } from '../../protocol/events/index.ts'
import type { GpuStatus, QueueStats, SinceAnswer } from '../../protocol/events/index.ts'
import type { TaskProgress, TaskView } from '../../protocol/task/index.ts'
import { AppError, createEmitter } from '../../shared/index.ts'

export type GatewaySocketEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected'; readonly error: AppError }
  /** The gateway refused the credential: retrying does not help, a person must act. */
  | { readonly kind: 'refused'; readonly error: AppError }
  | { readonly kind: 'task'; readonly task: TaskView }
  | { readonly kind: 'progress'; readonly progress: TaskProgress }
  | { readonly kind: 'gpu'; readonly gpu: GpuStatus }
  | { readonly kind: 'queue'; readonly queue: QueueStats }
  /** The gap was too long for the event log, or this is the first start: ask for each task's state. */
  | { readonly kind: 'reset' }

export interface GatewaySocket {
  on(listener: (event: GatewaySocketEvent) => void): () => void
  /** Idempotent; nothing is emitted afterwards. */
  stop(): void
}

export interface GatewaySocketOptions {
  readonly baseUrl: string
  readonly token: string
}

const ACK_TIMEOUT_MS = 10_000
/** Socket.IO does not come back by itself after a refusal; a key may be put right at the gateway too. */
const REFUSED_RETRY_MS = 15_000
const SINCE_RETRY_MS = 2_000
const REFUSALS: ReadonlySet<string> = new Set(['AUTH_REQUIRED', 'AUTH_INVALID'])

/**
 * Follows the tenant's tasks. Live events are hints: after every connect the gap is read with `tasks.since`, and the
 * listener keeps whichever task version is larger. Reconnects by itself, 1 s → 30 s with jitter.
 */
export function connectGatewaySocket(options: GatewaySocketOptions): GatewaySocket {
  const emitter = createEmitter<GatewaySocketEvent>()
  const socket = io(options.baseUrl, {
    transports: ['websocket'],
    auth: { token: options.token },
    forceNew: true,
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 30_000,
    randomizationFactor: 0.5,
    timeout: 10_000,
  })
  const host = new URL(options.baseUrl).host
  const emit: Emit = (event) => {
    emitter.emit(event)
  }
  const catchUp = createCatchUp(socket, emit)
  let retry: NodeJS.Timeout | undefined

  socket.on('connect', () => {
    emit({ kind: 'connected' })
    void catchUp.read()
  })
  socket.on('disconnect', (reason) => {
    catchUp.stop()
    emit({ kind: 'disconnected', error: unreachable(host, reason) })
    // A server that closes on purpose stops the client's own retries; going on is ours to decide.
    if (reason === 'io server disconnect') socket.connect()
  })
  socket.on('connect_error', (error) => {
    const code = refusalCode(error)
    if (code === undefined) emit({ kind: 'disconnected', error: unreachable(host, error.message) })
    else emit({ kind: 'refused', error: new AppError(code, { message: error.message }) })
    if (!socket.active) retry = setTimeout(() => socket.connect(), REFUSED_RETRY_MS)
  })
  listen(socket, emit)

  return {
    on: (listener) => emitter.on(listener),
    stop: () => {
      clearTimeout(retry)
      catchUp.stop()
      socket.removeAllListeners()
      socket.io.removeAllListeners()
      socket.disconnect()
    },
  }
}

type Emit = (event: GatewaySocketEvent) => void

function listen(socket: Socket, emit: Emit): void {
  socket.on('task.updated', (raw: unknown) => {
    const parsed = serverEventSchemas['task.updated'].safeParse(raw)
    if (parsed.success) emit({ kind: 'task', task: parsed.data.task })
  })
  socket.on('task.progress', (raw: unknown) => {
    const parsed = serverEventSchemas['task.progress'].safeParse(raw)
    if (parsed.success) emit({ kind: 'progress', progress: parsed.data })
  })
  socket.on('gpu.status', (raw: unknown) => {
    const parsed = serverEventSchemas['gpu.status'].safeParse(raw)
    if (parsed.success) emit({ kind: 'gpu', gpu: parsed.data })
  })
  socket.on('queue.stats', (raw: unknown) => {
    const parsed = serverEventSchemas['queue.stats'].safeParse(raw)
    if (parsed.success) emit({ kind: 'queue', queue: parsed.data })
  })
}

/**
 * Reads the log from where the last reading ended. Live events do not move the cursor: an event that overtakes a
 * lost one would otherwise hide the gap; reading some twice is harmless.
 */
function createCatchUp(socket: Socket, emit: Emit): CatchUp {
  let cursor: string | null = null
  let retry: NodeJS.Timeout | undefined
  const isConnected = (): boolean => socket.connected
  const read = async (): Promise<void> => {
    clearTimeout(retry)
    if (cursor === null) emit({ kind: 'reset' })
    for (let more = true; more && isConnected();) {
      const answer = await askSince(socket, cursor)
      if (answer === undefined) {
        // On a connection that stays, nothing else would ever ask for what was missed.
        if (isConnected()) retry = setTimeout(() => void read(), SINCE_RETRY_MS)
        return
      }
      if (answer.reset && cursor !== null) emit({ kind: 'reset' })
      for (const event of answer.events) emit({ kind: 'task', task: event.task })
      cursor = answer.cursor
      more = answer.more
    }
  }
  return {
    read,
    stop: () => {
      clearTimeout(retry)
    },
  }
}

interface CatchUp {
  read(): Promise<void>
  stop(): void
}

/** Undefined when the gateway did not answer in time or refused. */
async function askSince(socket: Socket, cursor: string | null): Promise<SinceAnswer | undefined> {
  let raw: unknown
  try {
    raw = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck('tasks.since', { cursor })
  } catch {
    // Silence means the link is bad: a fresh connection starts the reading anew.
    if (socket.connected) socket.io.engine.close()
    return undefined
  }
  if (sinceFailureSchema.safeParse(raw).success) return undefined
  const parsed = sinceAnswerSchema.safeParse(raw)
  return parsed.success ? parsed.data : undefined
}

function refusalCode(error: Error): string | undefined {
  const data: unknown = 'data' in error ? error.data : undefined
  const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined
  if (typeof code === 'string') return REFUSALS.has(code) ? code : undefined
  return REFUSALS.has(error.message) ? error.message : undefined
}

function unreachable(host: string, reason: string): AppError {
  return new AppError('GATEWAY_UNREACHABLE', { message: `${host}: ${reason}`, data: { host }, retryable: true })
}
