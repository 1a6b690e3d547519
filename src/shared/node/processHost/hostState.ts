/**
 * The life of one supervised child, as a pure function. The exit event is the only truth: a child that was told to
 * stop, or missed its ready deadline, is killed but counts as gone only when its exit is reported. Events carry the
 * generation they belong to; those of an earlier life are ignored.
 */
export type HostState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly generation: number; readonly failures: Failures }
  | { readonly kind: 'running'; readonly generation: number; readonly failures: Failures }
  | { readonly kind: 'backingOff'; readonly generation: number; readonly failures: Failures; readonly delayMs: number }
  | { readonly kind: 'stopping'; readonly generation: number; readonly willStartAgain: boolean }
  | { readonly kind: 'stopped'; readonly generation: number }
  | { readonly kind: 'broken'; readonly generation: number; readonly reason: string }

/** Times (monotonic ms) of recent unwanted exits. */
export type Failures = readonly number[]

export type HostEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'ready'; readonly generation: number }
  | { readonly kind: 'readyTimeout'; readonly generation: number }
  | { readonly kind: 'exit'; readonly generation: number; readonly reason: string; readonly atMs: number }
  | { readonly kind: 'backoffOver'; readonly generation: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'reset' }

export type HostEffect =
  | { readonly kind: 'spawn'; readonly generation: number }
  | { readonly kind: 'askToStop' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'waitBackoff'; readonly generation: number; readonly delayMs: number }
  | { readonly kind: 'cancelBackoff' }

export interface HostPolicy {
  readonly backoff: { readonly baseMs: number; readonly factor: number; readonly capMs: number }
  readonly breaker: { readonly crashes: number; readonly windowMs: number }
}

export interface HostStep {
  readonly state: HostState
  readonly effects: readonly HostEffect[]
}

export function nextHostState(state: HostState, event: HostEvent, policy: HostPolicy): HostStep {
  switch (event.kind) {
    case 'start':
      return onStart(state)
    case 'ready':
      return isCurrent(state, event) && state.kind === 'starting'
        ? step({ kind: 'running', generation: state.generation, failures: state.failures })
        : step(state)
    case 'readyTimeout':
      return isCurrent(state, event) && state.kind === 'starting' ? step(state, { kind: 'kill' }) : step(state)
    case 'exit':
      return isCurrent(state, event) ? onExit(state, event, policy) : step(state)
    case 'backoffOver':
      return isCurrent(state, event) && state.kind === 'backingOff'
        ? spawnNext(state.generation, state.failures)
        : step(state)
    case 'stop':
      return onStop(state)
    case 'reset':
      return state.kind === 'broken' ? spawnNext(state.generation, []) : step(state)
  }
}

function onStart(state: HostState): HostStep {
  switch (state.kind) {
    case 'idle':
      return spawnNext(0, [])
    case 'stopped':
      return spawnNext(state.generation, [])
    case 'stopping':
      return step({ ...state, willStartAgain: true })
    default:
      return step(state)
  }
}

function onExit(state: HostState, event: Extract<HostEvent, { kind: 'exit' }>, policy: HostPolicy): HostStep {
  switch (state.kind) {
    case 'stopping':
      return state.willStartAgain
        ? spawnNext(state.generation, [])
        : step({ kind: 'stopped', generation: state.generation })
    case 'starting':
    case 'running': {
      const recent = state.failures.filter((atMs) => event.atMs - atMs < policy.breaker.windowMs)
      const failures = [...recent, event.atMs]
      const { generation } = state
      if (failures.length >= policy.breaker.crashes) return step({ kind: 'broken', generation, reason: event.reason })
      const delayMs = backoffMs(failures.length, policy)
      return step({ kind: 'backingOff', generation, failures, delayMs }, { kind: 'waitBackoff', generation, delayMs })
    }
    default:
      return step(state)
  }
}

function onStop(state: HostState): HostStep {
  switch (state.kind) {
    case 'starting':
    case 'running':
      return step({ kind: 'stopping', generation: state.generation, willStartAgain: false }, { kind: 'askToStop' })
    case 'stopping':
      return step({ ...state, willStartAgain: false })
    case 'backingOff':
      return step({ kind: 'stopped', generation: state.generation }, { kind: 'cancelBackoff' })
    case 'broken':
      return step({ kind: 'stopped', generation: state.generation })
    case 'idle':
      return step({ kind: 'stopped', generation: 0 })
    case 'stopped':
      return step(state)
  }
}

function spawnNext(previous: number, failures: Failures): HostStep {
  const generation = previous + 1
  return step({ kind: 'starting', generation, failures }, { kind: 'spawn', generation })
}

function backoffMs(failureCount: number, policy: HostPolicy): number {
  const { baseMs, factor, capMs } = policy.backoff
  return Math.min(capMs, baseMs * factor ** (failureCount - 1))
}

function isCurrent(state: HostState, event: { readonly generation: number }): boolean {
  return state.kind !== 'idle' && state.generation === event.generation
}

function step(state: HostState, ...effects: HostEffect[]): HostStep {
  return { state, effects }
}
