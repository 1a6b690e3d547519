import type { RawData, WebSocket } from 'ws'
import { DSP_CLOSE } from '../../../protocol/dsp/index.ts'
import type { GatewayFrame } from '../../../protocol/dsp/index.ts'
import { AppError, delay } from '../../../shared/index.ts'
import type { Timer } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { limitFrames } from '../../sockets/frameLimit.ts'
import { keepAlive } from '../../sockets/keepAlive.ts'
import { aboutOf, errorBody, errorFrame, parseEnvelope } from '../frames.ts'
import { fieldFrameSchema } from './fieldFrames.ts'
import type { FieldBoundFrame, FieldFrame } from './fieldFrames.ts'

export interface FieldConnectionDeps {
  readonly parts: GatewayParts
  readonly connectionId: number
  /** Where it comes from; with the token that is all there is to know it by. */
  readonly address: string
  readonly onRegister: (connection: FieldConnection) => Promise<void>
  readonly onFrame: (connection: FieldConnection, frame: Exclude<FieldFrame, { readonly type: 'register' }>) => void
  readonly onClose: (connection: FieldConnection) => Promise<void>
}

/**
 * One socket of a field worker, whose token was checked with the upgrade. Frames are handled one after the other.
 * Refusals are told but never close it: an unknown frame of a newer program is no reason to lose its runs.
 */
export class FieldConnection {
  readonly connectionId: number
  readonly address: string
  readonly ended: Promise<void>
  readonly #deps: FieldConnectionDeps
  readonly #socket: WebSocket
  #work: Promise<void> = Promise.resolve()
  #registerTimer: Timer | undefined
  #isRegistered = false

  constructor(deps: FieldConnectionDeps, socket: WebSocket) {
    const { parts, connectionId, address } = deps
    this.#deps = deps
    this.#socket = socket
    this.connectionId = connectionId
    this.address = address
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        resolve()
      })
    })
    this.ended = closed.then(() => {
      this.#registerTimer?.cancel()
      this.#queue(() => deps.onClose(this))
      return this.#work
    })
    this.#watch()
    socket.on('message', (data, isBinary) => {
      this.#onMessage(data, isBinary)
    })
    socket.on('error', (error) => {
      parts.log.debug('dsp socket failed', { connection: connectionId, reason: error.message })
    })
    this.#registerTimer = parts.clock.setTimer(() => {
      this.close(DSP_CLOSE.unauthenticated, 'no register frame in time')
    }, parts.timings.socketAuthMs)
    this.send({ type: 'connected', fd: connectionId })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** False when the frame cannot go out any more. */
  send(frame: FieldBoundFrame | Extract<GatewayFrame, { readonly type: 'error' }>): boolean {
    if (!this.isOpen || this.#socket.bufferedAmount > this.#deps.parts.limits.maxUnreadBytes) return false
    this.#socket.send(JSON.stringify(frame))
    return true
  }

  close(closeCode: number, reason: string): void {
    this.#socket.close(closeCode, reason)
  }

  /** Whether somebody answers at the other end, at most `probeMs` from now. */
  async isAlive(probeMs: number): Promise<boolean> {
    if (!this.isOpen) return false
    const enough = new AbortController()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const onSign = (): void => {
      resolve(true)
    }
    const onClose = (): void => {
      resolve(false)
    }
    this.#socket.once('pong', onSign).once('message', onSign).once('close', onClose)
    this.#socket.ping()
    const late = delay(this.#deps.parts.clock, probeMs, enough.signal).then(
      () => false,
      () => false,
    )
    const isAlive = await Promise.race([promise, late])
    this.#socket.off('pong', onSign).off('message', onSign).off('close', onClose)
    enough.abort()
    return isAlive
  }

  /** Programs of the field may never answer a ping: one that has is cut when it stops doing so, the others are not. */
  #watch(): void {
    const { clock, limits, timings, log } = this.#deps.parts
    limitFrames(this.#socket, { clock, maxPerSecond: limits.messagesPerSecond })
    this.#socket.once('pong', () => {
      keepAlive(this.#socket, {
        ...{ clock, pingMs: timings.pingMs },
        onSilent: () => {
          log.warn('peer does not answer pings', { connection: this.connectionId })
        },
      })
    })
    this.#socket.ping()
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!this.isOpen) return
    if (isBinary) {
      this.close(DSP_CLOSE.badMessage, 'frames are text')
      return
    }
    const text = textOf(data)
    this.#queue(() => this.#handle(text))
  }

  async #handle(text: string): Promise<void> {
    const envelope = parseEnvelope(text)
    if (!envelope.ok) {
      this.send(errorFrame(errorBody(envelope.code), envelope.about))
      return
    }
    const { type } = envelope.frame
    if (type === 'pong') return
    if (type === 'ping') {
      this.send({ type: 'pong' })
      return
    }
    const parsed = fieldFrameSchema.safeParse(envelope.frame)
    if (!parsed.success) this.#refuse(envelope.frame)
    else if (parsed.data.type === 'register') await this.#register()
    else if (this.#isRegistered) this.#deps.onFrame(this, parsed.data)
    else this.send(errorFrame(errorBody('NOT_REGISTERED'), aboutOf(envelope.frame)))
  }

  async #register(): Promise<void> {
    if (this.#isRegistered) return
    this.#isRegistered = true
    this.#registerTimer?.cancel()
    await this.#deps.onRegister(this)
  }

  #refuse(frame: Readonly<Record<string, unknown>>): void {
    const { parts } = this.#deps
    const about = aboutOf(frame)
    parts.log.debug('frame refused', { connection: this.connectionId, frame: about.type })
    parts.metrics.refused('dsp', 'MESSAGE_SCHEMA')
    this.send(errorFrame(errorBody('MESSAGE_SCHEMA'), about))
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((thrown: unknown) => {
      this.#deps.parts.log.error('dsp frame failed', { connection: this.connectionId, error: thrown })
      this.close(DSP_CLOSE.restart, AppError.from(thrown).code)
    })
  }
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString()
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString()
}
