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
  /** What a message of the child means to the host; everything else goes to `onMessage`. */
  readonly isReady: (message: unknown) => boolean
  /** The message that asks the child to stop; without one SIGTERM is sent. */
  readonly stopMessage?: unknown
  readonly log: (line: { readonly event: string; readonly name: string; readonly [key: string]: unknown }) => void
}

/** Keeps one child process alive: start → ready → running, restart with back-off, breaker, stop with a deadline. */
export interface ProcessHost {
  readonly state: HostState
  onState(listener: (state: HostState) => void): () => void
  /** Messages of the current child other than the ready one. */
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
  const states = createEmitter<HostState>()
  const messages = createEmitter<unknown>()
  let state: HostState = { kind: 'idle' }
  let child: ChildHandle | undefined
  let timer: Timer | undefined

  const dispatch = (event: HostEvent): void => {
    const before = state
    const { state: after, effects } = nextHostState(before, event, deps)
    state = after
    for (const effect of effects) perform(effect)
    if (after !== before) {
      deps.log({ event: 'process.state', name: deps.name, state: after.kind, pid: child?.pid })
      states.emit(after)
    }
  }

  const setTimer = (fn: () => void, delayMs: number): void => {
    timer?.cancel()
    timer = deps.clock.setTimer(fn, delayMs)
  }

  const perform = (effect: HostEffect): void => {
    switch (effect.kind) {
      case 'spawn':
        spawn(effect.generation)
        return
      case 'askToStop':
        if (deps.stopMessage === undefined) child?.kill('SIGTERM')
        else child?.send(deps.stopMessage)
        setTimer(() => child?.kill('SIGKILL'), deps.stopTimeoutMs ?? STOP_TIMEOUT_MS)
        return
      case 'kill':
        child?.kill('SIGKILL')
        return
      case 'waitBackoff':
        setTimer(() => {
          dispatch({ kind: 'backoffOver', generation: effect.generation })
        }, effect.delayMs)
        return
      case 'cancelBackoff':
        timer?.cancel()
    }
  }

  const spawn = (generation: number): void => {
    const handle = deps.spawn.spawn()
    child = handle
    handle.onExit((exit) => {
      if (child === handle) {
        child = undefined
        timer?.cancel()
      }
      dispatch({ kind: 'exit', generation, reason: describeExit(exit), atMs: deps.clock.monotonic() })
    })
    handle.onMessage((message) => {
      if (child !== handle) return
      if (!deps.isReady(message)) {
        messages.emit(message)
        return
      }
      if (state.kind === 'starting') timer?.cancel()
      dispatch({ kind: 'ready', generation })
      messages.emit(message)
    })
    setTimer(() => {
      dispatch({ kind: 'readyTimeout', generation })
    }, deps.readyTimeoutMs)
    handle.send(deps.hello(generation))
  }

  return {
    get state() {
      return state
    },
    onState: (listener) => states.on(listener),
    onMessage: (listener) => messages.on(listener),
    start: () => {
      dispatch({ kind: 'start' })
    },
    whenRunning: () => settled(() => state, states.on, deps.name),
    send(message) {
      if (state.kind !== 'running' || child === undefined) return false
      child.send(message)
      return true
    },
    reset: () => {
      dispatch({ kind: 'reset' })
    },
    async stop() {
      dispatch({ kind: 'stop' })
      await until(
        () => state,
        states.on,
        (current) => current.kind === 'stopped',
      )
    },
  }
}

type Subscribe = (listener: (state: HostState) => void) => () => void

async function settled(read: () => HostState, subscribe: Subscribe, name: string): Promise<void> {
  const end = await until(read, subscribe, ({ kind }) => kind === 'running' || kind === 'broken' || kind === 'stopped')
  if (end.kind === 'running') return
  const why = end.kind === 'broken' ? end.reason : 'it was stopped'
  throw new AppError('PROCESS_CRASHED', { message: `${name} is not running: ${why}`, data: { name, reason: why } })
}

function until(
  read: () => HostState,
  subscribe: Subscribe,
  isWanted: (state: HostState) => boolean,
): Promise<HostState> {
  return new Promise((resolve) => {
    if (isWanted(read())) {
      resolve(read())
      return
    }
    const leave = subscribe((state) => {
      if (!isWanted(state)) return
      leave()
      resolve(state)
    })
  })
}

function describeExit(exit: ChildExit): string {
  if (exit.signal !== null) return `ended by ${exit.signal}`
  return exit.code === null ? 'could not be started' : `exited with ${String(exit.code)}`
}
