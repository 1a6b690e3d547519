import { AppError, createEmitter } from '../../index.ts'
import type { Clock, Timer } from '../../index.ts'
import { nextHostState } from './hostState.ts'
import type { HostEffect, HostEvent, HostPolicy, HostState } from './hostState.ts'
import type { ChildExit, ChildHandle, SpawnAdapter } from './spawnAdapter.ts'

export interface ProcessHostDeps extends HostPolicy {
  /** Shown in logs and errors ("gateway"). */
  readonly name: string
  readonly spawn: SpawnAdapter
  readonly clock: Clock
  readonly readyTimeoutMs: number
  /** From the polite stop message to SIGKILL. Default 10 s. */
  readonly stopTimeoutMs?: number
  /** The first message of every life: where secrets go, never argv or environment. */
  readonly hello: (generation: number) => unknown
  /** Which message of the child says that it is ready. */
  readonly isReady: (message: unknown) => boolean
  /** The message that asks the child to stop; without one SIGTERM is sent. */
  readonly stopMessage?: unknown
  readonly log: (line: { readonly event: string; readonly name: string; readonly [key: string]: unknown }) => void
}

/** Keeps one child process alive: start → ready → running, restart with back-off, breaker, stop with a deadline. */
export interface ProcessHost {
  readonly state: HostState
  onState(listener: (state: HostState) => void): () => void
  /** Every message of the current child, the ready one included (it carries the port and such). */
  onMessage(listener: (message: unknown) => void): () => void
  /** Starts the child unless it is there already. Does not wait. */
  start(): void
  /** Resolves when running; rejects with PROCESS_CRASHED when the breaker opens or the host is stopped first. */
  whenRunning(): Promise<void>
  /** Sends to the running child; false when there is none. */
  send(message: unknown): boolean
  /** Closes an open breaker and starts again. */
  reset(): void
  /** Asks the child to stop, kills it at the deadline, resolves after its exit. Idempotent. */
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 10_000

export function createProcessHost(deps: ProcessHostDeps): ProcessHost {
  return new Host(deps)
}

class Host implements ProcessHost {
  readonly #deps: ProcessHostDeps
  readonly #states = createEmitter<HostState>()
  readonly #messages = createEmitter<unknown>()
  #state: HostState = { kind: 'idle' }
  #child: ChildHandle | undefined
  /** At most one deadline is open: ready, back-off or stop. */
  #timer: Timer | undefined

  constructor(deps: ProcessHostDeps) {
    this.#deps = deps
  }

  get state(): HostState {
    return this.#state
  }

  onState(listener: (state: HostState) => void): () => void {
    return this.#states.on(listener)
  }

  onMessage(listener: (message: unknown) => void): () => void {
    return this.#messages.on(listener)
  }

  start(): void {
    this.#dispatch({ kind: 'start' })
  }

  async whenRunning(): Promise<void> {
    const end = await this.#until(({ kind }) => kind === 'running' || kind === 'broken' || kind === 'stopped')
    if (end.kind === 'running') return
    const { name } = this.#deps
    const reason = end.kind === 'broken' ? end.reason : 'it was stopped'
    throw new AppError('PROCESS_CRASHED', { message: `${name} is not running: ${reason}`, data: { process: name } })
  }

  send(message: unknown): boolean {
    if (this.#state.kind !== 'running' || this.#child === undefined) return false
    this.#child.send(message)
    return true
  }

  reset(): void {
    this.#dispatch({ kind: 'reset' })
  }

  async stop(): Promise<void> {
    this.#dispatch({ kind: 'stop' })
    await this.#until(({ kind }) => kind === 'stopped')
  }

  #dispatch(event: HostEvent): void {
    const before = this.#state
    const { state: after, effects } = nextHostState(before, event, this.#deps)
    if (after !== before) {
      this.#state = after
      this.#deps.log({ event: 'process.state', name: this.#deps.name, ...after })
      this.#states.emit(after)
    }
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: HostEffect): void {
    switch (effect.kind) {
      case 'spawn':
        this.#spawn(effect.generation)
        return
      case 'askToStop':
        this.#askToStop()
        return
      case 'kill':
        this.#child?.kill('SIGKILL')
        return
      case 'waitBackoff':
        this.#setTimer(effect.delayMs, () => {
          this.#dispatch({ kind: 'backoffOver', generation: effect.generation })
        })
        return
      case 'cancelBackoff':
        this.#timer?.cancel()
    }
  }

  #spawn(generation: number): void {
    const child = this.#trySpawn(generation)
    if (child === undefined) return
    this.#child = child
    this.#setTimer(this.#deps.readyTimeoutMs, () => {
      this.#dispatch({ kind: 'readyTimeout', generation })
    })
    child.onExit((exit) => {
      this.#child = undefined
      this.#timer?.cancel()
      this.#dispatch({ kind: 'exit', generation, reason: describeExit(exit), atMs: this.#deps.clock.monotonic() })
    })
    child.onMessage((message) => {
      if (this.#child === child) this.#receive(message, generation)
    })
    child.send(this.#deps.hello(generation))
  }

  /** A system out of memory or processes throws here instead of reporting an exit; it counts as one. */
  #trySpawn(generation: number): ChildHandle | undefined {
    try {
      return this.#deps.spawn.spawn()
    } catch (error) {
      const reason = `could not be started: ${error instanceof Error ? error.message : String(error)}`
      this.#dispatch({ kind: 'exit', generation, reason, atMs: this.#deps.clock.monotonic() })
      return undefined
    }
  }

  #receive(message: unknown, generation: number): void {
    if (this.#state.kind === 'starting' && this.#deps.isReady(message)) {
      this.#timer?.cancel()
      this.#dispatch({ kind: 'ready', generation })
    }
    this.#messages.emit(message)
  }

  #askToStop(): void {
    const { stopMessage, stopTimeoutMs = STOP_TIMEOUT_MS } = this.#deps
    this.#setTimer(stopTimeoutMs, () => this.#child?.kill('SIGKILL'))
    if (stopMessage === undefined) this.#child?.kill('SIGTERM')
    else this.#child?.send(stopMessage)
  }

  #setTimer(delayMs: number, fn: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.setTimer(fn, delayMs)
  }

  #until(isWanted: (state: HostState) => boolean): Promise<HostState> {
    return new Promise((resolve) => {
      if (isWanted(this.#state)) {
        resolve(this.#state)
        return
      }
      const leave = this.#states.on((state) => {
        if (!isWanted(state)) return
        leave()
        resolve(state)
      })
    })
  }
}

function describeExit(exit: ChildExit): string {
  if (exit.signal !== null) return `ended by ${exit.signal}`
  return exit.code === null ? 'could not be started' : `exited with ${String(exit.code)}`
}
