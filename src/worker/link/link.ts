import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { GatewayFrame, LeaseRef, RegisteredFrame, WorkerFrame, WorkerInfo } from '../../protocol/dsp/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { createHandshake } from './handshake.ts'
import type { Handshake } from './handshake.ts'
import { isRefusal, RECONNECT_TIMINGS, reconnectDelayMs } from './reconnect.ts'
import type { ReconnectTimings } from './reconnect.ts'

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'registered'; readonly serverId: string }
  | { readonly kind: 'offline'; readonly retryInMs: number }
  /** Told again at each try; the link goes on trying, slowly. */
  | { readonly kind: 'refused'; readonly error: AppError }

/** Frames for the worker's work; connection matters are settled inside the link. */
export type WorkFrame = Exclude<GatewayFrame, { readonly type: 'connected' | 'registered' | 'ping' | 'pong' }>

export interface LinkDeps {
  readonly dspUrl: string
  readonly secret: string
  readonly clock: Clock
  readonly log: Logger
  readonly timings?: ReconnectTimings
  /** Asked at each registration: slots, engines and leases as they are then. */
  readonly describe: () => { readonly worker: WorkerInfo; readonly resume: readonly LeaseRef[] }
  readonly onState: (state: LinkState) => void
  readonly onRegistered: (frame: RegisteredFrame) => void
  readonly onFrame: (frame: WorkFrame) => void
}

/** Keeps one authenticated connection to the gateway, for as long as the worker lives. */
export interface Link {
  start(): void
  /** False while there is no registered connection; nothing is buffered, the caller knows what is still owed. */
  send(frame: WorkerFrame): boolean
  readonly isRegistered: boolean
  stop(): void
}

const SILENCE_HEARTBEATS = 3

export function createLink(deps: LinkDeps): Link {
  const timings = deps.timings ?? RECONNECT_TIMINGS
  let connection: Connection | undefined
  let handshake: Handshake | undefined
  let refusal: AppError | undefined
  let isRegistered = false
  let isStopped = true
  let failures = 0
  let retry: Timer | undefined

  const connect = (): void => {
    handshake = undefined
    refusal = undefined
    deps.onState({ kind: 'connecting' })
    const own = openConnection(deps.dspUrl, deps.clock, {
      onFrame: (frame) => {
        if (!isStopped) handle(own, frame)
      },
      onUnreadable: (problem) => deps.log.warn('unreadable frame', { problem }),
      onEnd: ended,
    })
    connection = own
  }

  const ended = (code: number, reason: string): void => {
    connection = undefined
    const wasRegistered = isRegistered
    isRegistered = false
    if (isStopped) return
    failures = wasRegistered ? 0 : failures + 1
    if (isRefusal(code)) refusal ??= toRefusal(code, reason)
    const delayMs = reconnectDelayMs({ wasRegistered, failures, isRefused: refusal !== undefined }, timings)
    deps.log.info('connection ended', { code, reason, retryInMs: delayMs })
    deps.onState(refusal === undefined ? { kind: 'offline', retryInMs: delayMs } : { kind: 'refused', error: refusal })
    retry = deps.clock.setTimer(connect, delayMs)
  }

  const register = (own: Connection, gatewayNonce: string): void => {
    const { worker, resume } = deps.describe()
    handshake = createHandshake(deps.secret, gatewayNonce, worker.id)
    const { auth } = handshake
    own.send({
      type: 'register',
      role: 'worker',
      version: '1.0',
      ts: deps.clock.now(),
      worker,
      auth,
      resume: [...resume],
    })
  }

  const registered = (own: Connection, frame: RegisteredFrame): void => {
    if (handshake?.isGatewayProof(frame.mac) !== true) {
      refusal = new AppError('WORKER_REFUSED', {
        message: 'the gateway could not prove that it knows the worker secret',
      })
      own.close(DSP_CLOSE.unauthenticated, 'gateway proof is wrong')
      return
    }
    isRegistered = true
    failures = 0
    own.setSilenceLimit(frame.heartbeat_ms * SILENCE_HEARTBEATS)
    deps.onState({ kind: 'registered', serverId: frame.server_id })
    deps.onRegistered(frame)
  }

  const handle = (own: Connection, frame: GatewayFrame): void => {
    switch (frame.type) {
      case 'connected':
        register(own, frame.nonce)
        return
      case 'registered':
        registered(own, frame)
        return
      case 'ping':
        own.send({ type: 'pong' })
        return
      case 'pong':
        return
      default:
        if (isRegistered) deps.onFrame(frame)
        else if (frame.type === 'error') refusal = AppError.fromJSON(frame.result)
    }
  }

  return {
    start() {
      if (!isStopped) return
      isStopped = false
      connect()
    },
    send: (frame) => isRegistered && connection?.send(frame) === true,
    get isRegistered() {
      return isRegistered
    },
    stop() {
      isStopped = true
      isRegistered = false
      retry?.cancel()
      connection?.close(1000, 'worker stops')
    },
  }
}

function toRefusal(code: number, reason: string): AppError {
  const errorCode = code === DSP_CLOSE.replaced ? 'WORKER_REPLACED' : 'WORKER_REFUSED'
  return new AppError(errorCode, { message: `the gateway closed with ${code} ${reason}`.trim() })
}
