import type { RawData, WebSocket } from 'ws'
import type { ClientBoundFrame, GatewayFrame, RegisterFrame } from '../../protocol/dsp/index.ts'
import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import type { Timer } from '../../shared/index.ts'
import { AppError } from '../../shared/index.ts'
import type { WorkerLink } from '../dispatch/index.ts'
import type { GatewayParts } from '../parts.ts'
import { limitFrames } from '../sockets/frameLimit.ts'
import { keepAlive } from '../sockets/keepAlive.ts'
import { admitClient, handleClientFrame, isClientRegister, proveClient } from './clients/index.ts'
import type { ClientHub, ClientOrigin, ClientSession } from './clients/index.ts'
import { errorBody, errorFrame, parseClientFrame, parseEnvelope, parseWorkerFrame } from './frames.ts'
import type { FrameAbout } from './frames.ts'
import { handleWorkerFrame } from './handlers.ts'
import { proveWorker, registerWorker } from './register.ts'
import type { Admitted, Refusal } from './register.ts'

const MAX_REGISTER_BYTES = 64 * 1024
const MAX_CLIENT_REGISTER_BYTES = 4 * 1024
const MAX_BAD_FRAMES = 3

/**
 * One socket on `/dsp`. Frames are handled one after the other; nothing but `register` is heard before the proof of
 * identity, and a socket that gives none within the deadline is closed.
 */
export class DspConnection {
  readonly connectionId: number
  readonly #parts: GatewayParts
  readonly #socket: WebSocket
  readonly #clients: ClientHub
  readonly #origin: ClientOrigin
  readonly #nonce: string
  readonly #closed: Promise<void>
  #link: WorkerLink | undefined
  #client: ClientSession | undefined
  #work: Promise<void> = Promise.resolve()
  #authTimer: Timer | undefined
  #badFrames = 0

  constructor(parts: GatewayParts, socket: WebSocket, clients: ClientHub, origin: ClientOrigin) {
    const { connectionId } = origin
    this.#parts = parts
    this.#socket = socket
    this.#clients = clients
    this.#origin = origin
    this.connectionId = connectionId
    this.#nonce = parts.auth.newNonce()
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve()
      })
    })
    // Before the frames are handled: one too many is not.
    this.#watch()
    socket.on('message', (data, isBinary) => {
      this.#onMessage(data, isBinary)
    })
    socket.on('error', (error) => {
      parts.log.debug('dsp socket failed', { connection: connectionId, reason: error.message })
    })
    socket.once('close', () => {
      this.#onClose()
    })
    this.#authTimer = parts.clock.setTimer(() => {
      this.close(DSP_CLOSE.unauthenticated, 'no proof of identity in time')
    }, parts.timings.socketAuthMs)
    this.send({
      type: 'connected',
      fd: connectionId,
      version: '1.0',
      nonce: this.#nonce,
      server_time: parts.clock.now() / 1000,
    })
  }

  /** Resolves when the socket is closed and its leases are seen to. */
  get ended(): Promise<void> {
    return this.#closed.then(() => this.#work)
  }

  /** False when the frame cannot go out any more. A reader that never reads is closed, not buffered for. */
  send(frame: GatewayFrame | ClientBoundFrame): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false
    if (this.#socket.bufferedAmount > this.#parts.limits.maxUnreadBytes) {
      this.#parts.log.warn('a peer does not read and is closed', { connection: this.connectionId })
      this.close(DSP_CLOSE.tooSlow, 'frames are not being read')
      return false
    }
    this.#socket.send(JSON.stringify(frame))
    return true
  }

  close(closeCode: number, reason: string): void {
    this.#socket.close(closeCode, reason)
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (isBinary) {
      this.close(DSP_CLOSE.badMessage, 'frames are text')
      return
    }
    const text = textOf(data)
    this.#work = this.#work
      .then(() => this.#handle(text))
      .catch((error: unknown) => {
        this.#onCrash(error)
      })
  }

  async #handle(text: string): Promise<void> {
    const envelope = parseEnvelope(text)
    if (!envelope.ok) {
      this.#refuse(envelope.code, envelope.about, envelope.field)
      return
    }
    const { type } = envelope.frame
    if (type === 'ping') this.send({ type: 'pong' })
    else if (type === 'pong') return
    else if (this.#link !== undefined) await this.#handleRegistered(this.#link, envelope.frame)
    else if (this.#client !== undefined) await this.#handleClient(this.#client, envelope.frame)
    else if (isClientRegister(envelope.frame)) this.#registerClient(text.length, envelope.frame)
    else await this.#register(text.length, envelope.frame)
  }

  async #register(sizeChars: number, envelope: Readonly<Record<string, unknown>>): Promise<void> {
    if (sizeChars > MAX_REGISTER_BYTES) {
      this.close(DSP_CLOSE.unauthenticated, 'register frame too large')
      return
    }
    const { address } = this.#origin
    const proven = proveWorker(this.#parts, envelope, { gatewayNonce: this.#nonce, address })
    if (!proven.ok) {
      this.#turnAway(proven.refusal)
      return
    }
    this.#authTimer?.cancel()
    const joined = await this.#join(proven.frame)
    if (!joined.ok) {
      this.#turnAway(joined.refusal, proven.frame.worker.id)
      return
    }
    const { link, goesOn, abandons } = joined
    this.#link = link
    this.#parts.log.info('worker registered', {
      ...{ server: link.serverId, worker: link.workerId },
      // By their ids, so that the log of a task tells that its run outlived a connection, or this process.
      ...(goesOn.length === 0 ? {} : { goes_on_with: goesOn }),
      ...(abandons.length === 0 ? {} : { abandons }),
    })
    if (this.#socket.readyState !== this.#socket.OPEN) await this.#leave(link)
  }

  #registerClient(sizeChars: number, envelope: Readonly<Record<string, unknown>>): void {
    if (sizeChars > MAX_CLIENT_REGISTER_BYTES) {
      this.close(DSP_CLOSE.unauthenticated, 'register frame too large')
      return
    }
    const proven = proveClient(this.#parts, envelope, this.#origin)
    const admitted = proven.ok ? admitClient(this.#parts, proven, this.#origin, this) : proven
    if (!admitted.ok) {
      this.#turnAway(admitted.refusal)
      return
    }
    this.#authTimer?.cancel()
    const { session, release } = admitted
    this.#client = session
    this.#clients.join(session)
    this.#parts.log.info('client registered', { connection: this.connectionId, tenant: session.tenant })
    void this.#closed.then(() => {
      this.#clients.leave(session)
      release()
    })
  }

  async #handleClient(client: ClientSession, envelope: Readonly<Record<string, unknown>>): Promise<void> {
    const parsed = parseClientFrame(envelope)
    if (parsed.ok) await handleClientFrame(this.#parts, client, parsed.frame)
    else this.#refuse(parsed.code, parsed.about, parsed.field)
  }

  #turnAway({ code, closeCode, field, retryAfterMs }: Refusal, worker?: string): void {
    this.#parts.log.warn('peer refused', { connection: this.connectionId, worker, code, field, retryAfterMs })
    this.#parts.metrics.refused('dsp', code)
    const about = {
      language: this.#origin.language,
      ...(field === undefined ? {} : { field }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
    this.send(errorFrame(errorBody(code, about)))
    this.close(closeCode, code)
  }

  async #join(frame: RegisterFrame): Promise<Admitted> {
    try {
      return await registerWorker(this.#parts, frame, this, this.#nonce)
    } catch (error) {
      // Otherwise the fleet would count a worker that nobody is connected to.
      this.#parts.fleet.leave(frame.worker.id, this.connectionId)
      throw error
    }
  }

  async #handleRegistered(link: WorkerLink, envelope: Readonly<Record<string, unknown>>): Promise<void> {
    const parsed = parseWorkerFrame(envelope)
    if (parsed.ok) await handleWorkerFrame(this.#parts, link, parsed.frame)
    else this.#refuse(parsed.code, parsed.about, parsed.field)
  }

  #refuse(code: ErrorCode, about: FrameAbout, field: string | undefined): void {
    this.#badFrames += 1
    const from = { connection: this.connectionId, server: this.#link?.serverId }
    this.#parts.log.warn('frame refused', { ...from, frame: about.type, task: about.taskId, code, field })
    this.#parts.metrics.refused('dsp', code)
    const { language } = this.#origin
    this.send(errorFrame(errorBody(code, field === undefined ? { language } : { field, language }), about))
    if (this.#badFrames >= MAX_BAD_FRAMES) this.close(DSP_CLOSE.badMessage, 'too many malformed frames')
  }

  /** The frame that hit a fault of ours is answered as such; the worker keeps its result and sends it again. */
  #onCrash(thrown: unknown): void {
    const error = AppError.from(thrown)
    this.#parts.log.error('dsp frame failed', { connection: this.connectionId, error: thrown })
    const about = { data: { request_id: this.connectionId }, language: this.#origin.language }
    this.send(errorFrame({ ...errorBody('INTERNAL', about), retryable: true }))
    if (this.#link === undefined && this.#client === undefined) this.close(DSP_CLOSE.restart, error.code)
  }

  #watch(): void {
    const { clock, log, limits, timings } = this.#parts
    limitFrames(this.#socket, { clock, maxPerSecond: limits.messagesPerSecond })
    keepAlive(this.#socket, {
      ...{ clock, pingMs: timings.pingMs },
      onSilent: () => {
        log.warn('peer does not answer pings', { connection: this.connectionId })
      },
    })
  }

  #onClose(): void {
    this.#authTimer?.cancel()
    const leaving = async (): Promise<void> => {
      if (this.#link !== undefined) await this.#leave(this.#link)
    }
    this.#work = this.#work.then(leaving).catch((error: unknown) => {
      this.#parts.log.error('leases of a lost worker could not be handed back', { error })
    })
  }

  async #leave(link: WorkerLink): Promise<void> {
    this.#parts.fleet.leave(link.workerId, link.connectionId)
    await this.#parts.dispatcher.detach(link)
  }
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString()
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString()
}
