import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import { PROGRESS_WS_PREFIX } from '../../protocol/http/index.ts'
import { isTerminal, taskIdSchema } from '../../protocol/task/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Principal } from '../auth/port.ts'
import { fieldProgress } from '../dialects/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { StoredTask } from '../queue/port.ts'
import { limitFrames, SOCKET_LIMITS } from '../sockets/frameLimit.ts'
import { keepAlive } from '../sockets/keepAlive.ts'
import { splitTarget } from '../sockets/splitTarget.ts'
import { languageOf } from './routes/languageOf.ts'
import { findTask } from './findTask.ts'

const MAX_INCOMING_BYTES = 1_024
const NORMAL_CLOSE = 1000

/** `/ws/progress/{task_id}` of field clients: one task's progress until it ends. */
export interface ProgressSockets {
  /** Throws the refusal before anything is upgraded. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  stop(): void
}

export function createProgressSockets(parts: GatewayParts): ProgressSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_INCOMING_BYTES, ...SOCKET_LIMITS })
  return {
    async handleUpgrade(request, socket, head) {
      const { path, query } = splitTarget(request.url ?? '')
      const principal = principalOf(parts, request, query)
      const taskId = taskIdSchema.safeParse(path.slice(PROGRESS_WS_PREFIX.length + 1))
      if (!taskId.success) throw new AppError('ID_FORMAT', { field: 'task_id' })
      const task = await findTask(parts, principal.tenant, taskId.data)
      server.handleUpgrade(request, socket, head, (webSocket) => {
        // First: also one that is refused may send what is no frame.
        webSocket.on('error', (error) => {
          parts.log.debug('progress socket failed', { reason: error.message })
        })
        if (!admit(parts, webSocket, principal)) return
        watch(parts, webSocket)
        follow(parts, webSocket, task, request)
      })
    },
    stop() {
      for (const webSocket of server.clients) webSocket.close(DSP_CLOSE.restart, 'the gateway is stopping')
      server.close()
    },
  }
}

function principalOf(parts: GatewayParts, request: IncomingMessage, query: string): Principal {
  const header = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const bearer = header ?? new URLSearchParams(query).get('token') ?? undefined
  const principal = bearer === undefined ? undefined : parts.auth.authenticate(bearer)
  if (principal?.kind === 'tenant') return principal
  // As on HTTP: wrong ones are counted by address.
  const retryAfterMs = parts.rates.failedAuth.take(parts.addressOf(request))
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryable: true, retryAfterMs })
  throw new AppError(bearer === undefined ? 'AUTH_REQUIRED' : 'AUTH_INVALID')
}

/** Counts the socket, which a revoke of its key closes. */
function admit(parts: GatewayParts, webSocket: WebSocket, principal: Principal): boolean {
  const release = parts.sockets.add(principal, () => {
    webSocket.close(DSP_CLOSE.unauthenticated, 'the licence key was revoked')
  })
  if (release === undefined) webSocket.close(DSP_CLOSE.rate, 'too many connections of this licence')
  else webSocket.once('close', release)
  return release !== undefined
}

/** A field client that is gone, sends without end or does not read is closed. */
function watch({ clock, limits, timings, log }: GatewayParts, webSocket: WebSocket): void {
  limitFrames(webSocket, { clock, maxPerSecond: limits.messagesPerSecond })
  keepAlive(webSocket, {
    ...{ clock, pingMs: timings.pingMs },
    onSilent: () => {
      log.debug('a progress socket does not answer pings')
    },
  })
}

/** Sends the state now and after each change, in order, and closes after the last. */
function follow(parts: GatewayParts, webSocket: WebSocket, first: StoredTask, request: IncomingMessage): void {
  const language = languageOf(request)
  let inOrder: Promise<void> = Promise.resolve()
  let sentVersion = 0

  const send = async (task: StoredTask): Promise<void> => {
    if (task.version < sentVersion || webSocket.readyState !== webSocket.OPEN) return
    if (webSocket.bufferedAmount > parts.limits.maxUnreadBytes) {
      webSocket.close(DSP_CLOSE.tooSlow, 'progress is not being read')
      return
    }
    sentVersion = task.version
    webSocket.send(JSON.stringify(fieldProgress(await parts.views.of(task, language))))
    if (isTerminal(task.state)) webSocket.close(NORMAL_CLOSE, 'the task has ended')
  }
  const tell = (step: () => Promise<void>): void => {
    inOrder = inOrder.then(step).catch((error: unknown) => {
      parts.log.error('progress could not be told', { error })
      webSocket.close(DSP_CLOSE.restart, 'ask again')
    })
  }
  const reload = async (): Promise<void> => {
    const task = await parts.queue.get(first.tenant, first.id)
    if (task !== undefined) await send(task)
  }

  const leave = [
    parts.queue.onChange((change) => {
      if (change.task.id === first.id) tell(() => send(change.task))
    }),
    parts.progress.on((news) => {
      if (news.progress.task_id === first.id) tell(reload)
    }),
  ]
  webSocket.once('close', () => {
    for (const unsubscribe of leave) unsubscribe()
  })
  // Read again: it may have changed between the look-up and the subscription.
  tell(reload)
}
