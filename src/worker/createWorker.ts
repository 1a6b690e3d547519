import { createEmitter } from '../shared/index.ts'
import { systemClock } from '../shared/node/index.ts'
import { createEngine } from './engines/registry.ts'
import type { LinkState } from './link/GatewayLink.ts'
import { openWorker } from './openWorker.ts'
import type { WorkerParts } from './openWorker.ts'
import type { Worker, WorkerOptions, WorkerState } from './settings.ts'
import { stopWorker } from './stopWorker.ts'

const STOP_DEADLINE_MS = 8_000

/** A worker that is not yet running; see `Worker`. */
export function createWorker(options: WorkerOptions): Worker {
  const clock = options.clock ?? systemClock
  const states = createEmitter<WorkerState>()
  let state: WorkerState = { kind: 'stopped' }
  let parts: WorkerParts | undefined
  let starting: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  const hurry = new AbortController()

  const setState = (next: WorkerState): void => {
    state = next
    states.emit(next)
  }

  const start = async (): Promise<void> => {
    const { engine: named, ffmpegPath } = options
    const engine = typeof named === 'string' ? createEngine(named, { ffmpegPath }) : named
    parts = await openWorker({
      ...{ options, engine, clock },
      onLinkState: (link) => {
        if (stopping === undefined) setState(toState(link))
      },
      onDrain: () => setState({ kind: 'draining' }),
      isEnding: () => stopping !== undefined,
    })
    // Known before the gateway is told: it must not lease a task to an engine nobody has looked at.
    await parts.readiness.start()
    if (stopping === undefined) parts.link.start()
  }

  const stop = async (graceMs: number, deadlineMs: number): Promise<void> => {
    await starting?.catch(() => undefined)
    if (parts === undefined) {
      setState({ kind: 'stopped' })
      return
    }
    setState({ kind: 'draining' })
    await stopWorker(parts, { clock, log: options.log, graceMs, deadlineMs, hurry: hurry.signal })
    setState({ kind: 'stopped' })
  }

  return {
    start: () => (starting ??= start()),
    get state() {
      return state
    },
    onState: (listener) => states.on(listener),
    stop({ graceMs = 0, deadlineMs = STOP_DEADLINE_MS } = {}) {
      if (stopping !== undefined) hurry.abort()
      stopping ??= stop(graceMs, deadlineMs)
      return stopping
    },
  }
}

function toState(link: LinkState): WorkerState {
  return link.kind === 'offline' ? { kind: 'offline' } : link
}
