import { connectGatewaySocket, walkConnection } from '../../client/index.ts'
import type { GatewaySocket, GatewaySocketEvent } from '../../client/index.ts'
import type { Connection, ConnectionTarget, ConnectionTest } from '../../protocol/studio/index.ts'
import type { TaskProgress, TaskView } from '../../protocol/task/index.ts'
import { AppError, createEmitter } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Platform } from '../platform.ts'
import type { SettingsStore } from '../settings/index.ts'
import { openLink } from './gatewayLink.ts'
import type { GatewayLink } from './gatewayLink.ts'
import { readTarget, resolveTarget, saveTarget } from './storedTarget.ts'
import type { EmbeddedGateway, ResolvedTarget } from './storedTarget.ts'

export type ConnectionEvent =
  | { readonly kind: 'changed'; readonly connection: Connection }
  /** The gateway can be talked to again: what waits may go on. */
  | { readonly kind: 'online' }
  | { readonly kind: 'offline'; readonly error: AppError }
  | { readonly kind: 'task'; readonly task: TaskView }
  | { readonly kind: 'progress'; readonly progress: TaskProgress }
  /** Events may be missing: ask for each task's state. */
  | { readonly kind: 'reset' }

export interface ConnectionDeps {
  readonly settings: SettingsStore
  readonly platform: Platform
  readonly language: string
  readonly clock: Clock
  readonly log: Logger
}

const CHECK_EVERY_MS = 30_000

/** The studio's one connection: which gateway, whether it answers, and what it says of tasks and GPUs. */
export class GatewayConnection {
  readonly #deps: ConnectionDeps
  readonly #events = createEmitter<ConnectionEvent>()
  #embedded: EmbeddedGateway | null = null
  #target: ConnectionTarget['kind'] = 'embedded'
  #link: GatewayLink | undefined
  #socket: GatewaySocket | undefined
  #check: Timer | undefined
  #isStarted = false
  /** Counts openings: the latest wins, however long each takes to find its key. */
  #generation = 0
  #view: Connection = blankView('embedded', '')

  constructor(deps: ConnectionDeps) {
    this.#deps = deps
  }

  /** Opens the connection that was in use last. */
  async start(): Promise<void> {
    this.#isStarted = true
    await this.#reopen()
  }

  stop(): void {
    this.#isStarted = false
    this.#close()
  }

  on(listener: (event: ConnectionEvent) => void): () => void {
    return this.#events.on(listener)
  }

  get view(): Connection {
    return this.#view
  }

  /** The gateway in use. Throws GATEWAY_UNREACHABLE while there is none, AUTH_REQUIRED without a licence key. */
  link(): GatewayLink {
    if (this.#link !== undefined) return this.#link
    throw this.#missing()
  }

  /** Which gateway is in use; undefined while there is none. */
  get key(): string | undefined {
    return this.#link?.key
  }

  /** The embedded gateway came, went or moved. */
  setEmbedded(gateway: EmbeddedGateway | null): void {
    const isSame = gateway?.url === this.#embedded?.url && gateway?.token === this.#embedded?.token
    this.#embedded = gateway
    if (isSame || !this.#isStarted || this.#target !== 'embedded') return
    this.#reopen().catch((error: unknown) => {
      this.#deps.log.error('the gateway could not be opened', { detail: AppError.from(error).message })
    })
  }

  /**
   * Switches the gateway; tasks another gateway has taken wait until it is in use again. Asks a remote one once, so
   * that a wrong key or address is in the answer's `error`; the choice stands either way.
   */
  async use(target: ConnectionTarget): Promise<Connection> {
    await saveTarget(this.#deps, target)
    const generation = await this.#reopen()
    if (target.kind === 'embedded' || generation !== this.#generation) return this.#view
    const error = await this.#ask(target)
    if (error !== undefined && generation === this.#generation && this.#view.state !== 'online') {
      const state = error.code.startsWith('AUTH_') ? 'refused' : 'offline'
      this.#patch({ state, error: error.toJSON() })
    }
    return this.#view
  }

  async test(target: ConnectionTarget): Promise<ConnectionTest> {
    const resolved = await resolveTarget(this.#deps, target, this.#embedded)
    if (resolved === undefined) throw this.#missing()
    return walkConnection({ url: resolved.baseUrl, token: resolved.token, language: this.#deps.language })
  }

  async #ask(target: ConnectionTarget): Promise<AppError | undefined> {
    const resolved = await resolveTarget(this.#deps, target, this.#embedded)
    if (resolved === undefined) return this.#missing()
    const link = openLink(resolved, this.#deps)
    try {
      await link.client.queue()
      return undefined
    } catch (thrown) {
      return AppError.from(thrown)
    } finally {
      link.close()
    }
  }

  #missing(): AppError {
    if (this.#target === 'remote') return new AppError('AUTH_REQUIRED', { message: 'no licence key is stored' })
    return new AppError('GATEWAY_UNREACHABLE', {
      message: 'the embedded gateway is not up',
      data: { host: this.#view.host || '127.0.0.1' },
      retryable: true,
    })
  }

  /** Opens what is chosen now; resolves with the opening's own number. */
  async #reopen(): Promise<number> {
    const generation = ++this.#generation
    const target = readTarget(this.#deps.settings)
    const resolved = await resolveTarget(this.#deps, target, this.#embedded)
    // The key came late and another choice was made meanwhile: that one stands.
    if (generation === this.#generation) this.#open(target, resolved)
    return generation
  }

  #open(target: ConnectionTarget, resolved: ResolvedTarget | undefined): void {
    this.#close()
    this.#target = target.kind
    const host = resolved === undefined ? '' : new URL(resolved.baseUrl).host
    this.#view = blankView(target.kind, host)
    if (!this.#isStarted) return
    if (resolved === undefined) {
      const isKeyless = target.kind === 'remote'
      this.#patch({ state: isKeyless ? 'refused' : 'connecting', error: isKeyless ? this.#missing().toJSON() : null })
      return
    }
    this.#link = openLink(resolved, this.#deps)
    this.#socket = connectGatewaySocket({ baseUrl: resolved.baseUrl, token: resolved.token })
    const socket = this.#socket
    socket.on((event) => {
      if (socket === this.#socket) this.#receive(event)
    })
    this.#patch({})
    // What waited for a gateway need not wait for the socket.
    this.#events.emit({ kind: 'online' })
  }

  #receive(event: GatewaySocketEvent): void {
    switch (event.kind) {
      case 'connected':
        this.#patch({ state: 'online', error: null })
        this.#events.emit({ kind: 'online' })
        void this.#checkGateway()
        return
      case 'disconnected':
        this.#goOffline(event.error)
        return
      case 'refused':
        this.#patch({ state: 'refused', gpu: null, queue: null, latencyMs: null, error: event.error.toJSON() })
        this.#events.emit({ kind: 'offline', error: event.error })
        return
      case 'task':
        this.#events.emit({ kind: 'task', task: event.task })
        return
      case 'progress':
        this.#events.emit({ kind: 'progress', progress: event.progress })
        return
      case 'gpu':
        this.#patch({ gpu: event.gpu })
        return
      case 'queue':
        this.#patch({ queue: event.queue })
        return
      case 'reset':
        this.#events.emit({ kind: 'reset' })
        return
    }
  }

  #goOffline(error: AppError): void {
    this.#check?.cancel()
    this.#patch({ state: 'offline', gpu: null, queue: null, latencyMs: null, error: error.toJSON() })
    this.#events.emit({ kind: 'offline', error })
    // The socket only knows that it failed; one plain request tells why.
    void this.#explain(this.#link)
  }

  async #explain(link: GatewayLink | undefined): Promise<void> {
    try {
      await link?.client.health()
    } catch (thrown) {
      const isStill = link === this.#link && this.#view.state === 'offline'
      if (isStill) this.#patch({ error: AppError.from(thrown).toJSON() })
    }
  }

  /** Version, latency and queue: asked on connect and every half minute. */
  async #checkGateway(): Promise<void> {
    const link = this.#link
    this.#check?.cancel()
    try {
      const startedAtMs = this.#deps.clock.monotonic()
      const health = await link?.client.health()
      if (link === undefined || link !== this.#link || health === undefined) return
      const latencyMs = Math.round(this.#deps.clock.monotonic() - startedAtMs)
      this.#patch({ gatewayVersion: health.version, latencyMs, queue: health.queue })
    } catch (thrown) {
      this.#deps.log.debug('the gateway did not answer a check', { code: AppError.from(thrown).code })
    }
    if (link === this.#link && this.#view.state === 'online') {
      this.#check = this.#deps.clock.setTimer(() => void this.#checkGateway(), CHECK_EVERY_MS)
    }
  }

  #patch(change: Partial<Connection>): void {
    this.#view = { ...this.#view, ...change }
    this.#events.emit({ kind: 'changed', connection: this.#view })
  }

  #close(): void {
    this.#check?.cancel()
    this.#socket?.stop()
    this.#link?.close()
    this.#socket = undefined
    this.#link = undefined
  }
}

function blankView(kind: Connection['kind'], host: string): Connection {
  return {
    kind,
    state: 'connecting',
    host,
    gatewayVersion: null,
    latencyMs: null,
    gpu: null,
    queue: null,
    error: null,
  }
}
