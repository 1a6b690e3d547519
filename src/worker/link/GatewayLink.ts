import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { GatewayFrame, LeaseRef, RegisteredFrame, WorkerFrame, WorkerInfo } from '../../protocol/dsp/index.ts'
import type { ErrorBody } from '../../protocol/http/index.ts'
import { toNetworkError } from '../../client/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { createHandshake } from './handshake.ts'
import type { Handshake } from './handshake.ts'
import { isRefusal, RECONNECT_TIMINGS, reconnectDelayMs } from './reconnect.ts'
import type { ReconnectTimings } from './reconnect.ts'
import { createStandstill } from './standstill.ts'
import type { Standstill } from './standstill.ts'

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

const SILENCE_HEARTBEATS = 3

/** Keeps one authenticated connection to the gateway, for as long as the worker lives. */
export class GatewayLink {
  readonly #deps: LinkDeps
  readonly #timings: ReconnectTimings
  #connection: Connection | undefined
  #handshake: Handshake | undefined
  #refusal: AppError | undefined
  #isRegistered = false
  #isStopped = true
  /** Cut by ourselves after a standstill: it had worked until then. */
  #isCut = false
  readonly #standstill: Standstill
  #failures = 0
  #retry: Timer | undefined

  constructor(deps: LinkDeps) {
    this.#deps = deps
    this.#timings = deps.timings ?? RECONNECT_TIMINGS
    this.#standstill = createStandstill(deps.clock, (gapMs) => {
      this.#cut(gapMs)
    })
  }

  get isRegistered(): boolean {
    return this.#isRegistered
  }

  start(): void {
    if (!this.#isStopped) return
    this.#isStopped = false
    this.#connect()
  }

  /**
   * False while there is no registered connection; nothing is buffered, the caller knows what is still owed. After a
   * standstill nothing leaves before a new registration: the gateway may have given the tasks to others.
   */
  send(frame: WorkerFrame): boolean {
    if (this.#isRegistered && this.#standstill.hasHappened()) this.#cut()
    return this.#isRegistered && this.#connection?.send(frame) === true
  }

  /** This worker takes nothing more. */
  sayDraining(): void {
    this.send({ type: 'gpu.worker.draining', version: '1.0' })
  }

  stop(): void {
    this.#isStopped = true
    this.#isRegistered = false
    this.#retry?.cancel()
    this.#standstill.stop()
    this.#connection?.close(1000, 'worker stops')
  }

  #cut(gapMs?: number): void {
    this.#standstill.stop()
    this.#deps.log.warn('this worker stood still; it registers again before it says anything', { gapMs })
    this.#isCut = this.#isRegistered
    this.#isRegistered = false
    this.#connection?.cut('the worker stood still')
  }

  #connect(): void {
    const { dspUrl, clock, log, onState } = this.#deps
    this.#handshake = undefined
    this.#refusal = undefined
    onState({ kind: 'connecting' })
    const connection = openConnection(dspUrl, clock, {
      onFrame: (frame) => {
        // What still arrives over a connection that was cut is not meant for the next registration.
        if (!this.#isStopped && !this.#isCut) this.#handleOrLog(connection, frame)
      },
      onUnreadable: (problem) => {
        log.warn('unreadable frame', { problem })
      },
      onEnd: (code, reason, error) => {
        this.#refusal ??= tlsProblem(error, dspUrl)
        this.#ended(code, reason)
      },
    })
    this.#connection = connection
  }

  #ended(code: number, reason: string): void {
    const { clock, log, onState } = this.#deps
    const wasRegistered = this.#isRegistered || this.#isCut
    this.#isCut = false
    this.#standstill.stop()
    this.#connection = undefined
    this.#isRegistered = false
    if (this.#isStopped) return
    this.#failures = wasRegistered ? 0 : this.#failures + 1
    if (isRefusal(code)) this.#refusal ??= toRefusal(code, reason)
    const refusal = this.#refusal
    const end = {
      ...{ wasRegistered, failures: this.#failures, isRefused: refusal !== undefined, closeCode: code },
      isReplaced: refusal?.code === 'WORKER_REPLACED',
      retryAfterMs: refusal?.retryAfterMs,
    }
    const delayMs = reconnectDelayMs(end, this.#timings)
    log.info('connection ended', { code, reason, retryInMs: delayMs })
    const isRefused = refusal !== undefined && refusal.retryAfterMs === undefined
    onState(isRefused ? { kind: 'refused', error: refusal } : { kind: 'offline', retryInMs: delayMs })
    this.#retry = clock.setTimer(() => {
      this.#connect()
    }, delayMs)
  }

  /** A fault of ours at one frame (a journal on a full disk) must not end the process and every run with it. */
  #handleOrLog(connection: Connection, frame: GatewayFrame): void {
    try {
      this.#handle(connection, frame)
    } catch (error) {
      this.#deps.log.error('a frame of the gateway could not be handled', { type: frame.type, error })
    }
  }

  #handle(connection: Connection, frame: GatewayFrame): void {
    switch (frame.type) {
      case 'connected':
        this.#register(connection, frame.nonce)
        return
      case 'registered':
        this.#registered(connection, frame)
        return
      case 'ping':
        connection.send({ type: 'pong' })
        return
      case 'pong':
        return
      default:
        if (this.#isRegistered) this.#deps.onFrame(frame)
        else if (frame.type === 'error') this.#refusal = refusalOf(frame.result)
    }
  }

  #register(connection: Connection, gatewayNonce: string): void {
    const { worker, resume } = this.#deps.describe()
    this.#handshake = createHandshake(this.#deps.secret, gatewayNonce, worker.id)
    const { auth } = this.#handshake
    connection.send({ type: 'register', role: 'worker', version: '1.0', worker, auth, resume: [...resume] })
  }

  #registered(connection: Connection, frame: RegisteredFrame): void {
    if (this.#handshake?.isGatewayProof(frame.mac) !== true) {
      const message = 'the gateway could not prove that it knows the worker secret'
      this.#refusal = new AppError('WORKER_REFUSED', { message })
      connection.close(DSP_CLOSE.unauthenticated, 'gateway proof is wrong')
      return
    }
    this.#isRegistered = true
    this.#failures = 0
    connection.setSilenceLimit(frame.heartbeat_ms * SILENCE_HEARTBEATS)
    this.#standstill.begin(frame.heartbeat_ms * SILENCE_HEARTBEATS)
    this.#deps.onState({ kind: 'registered', serverId: frame.server_id })
    this.#deps.onRegistered(frame)
  }
}

function refusalOf(told: ErrorBody): AppError {
  return AppError.fromJSON({ ...told, retryAfterMs: told.retry_after_ms })
}

/** What TLS refuses stays so until a person acts; whatever else the network does is waited for. */
function tlsProblem(error: Error | undefined, dspUrl: string): AppError | undefined {
  if (error === undefined) return undefined
  const known = toNetworkError(error, URL.parse(dspUrl)?.host ?? dspUrl)
  return known.code === 'GATEWAY_TLS' || known.code === 'GATEWAY_PLAIN' ? known : undefined
}

function toRefusal(code: number, reason: string): AppError {
  const errorCode = code === DSP_CLOSE.replaced ? 'WORKER_REPLACED' : 'WORKER_REFUSED'
  return new AppError(errorCode, { message: `the gateway closed with ${code} ${reason}`.trim() })
}
