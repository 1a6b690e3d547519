import type { HeartbeatFrame, WorkerFrame } from '../../protocol/dsp/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { heldTasks } from './heldTasks.ts'
import type { Journal } from './journal.ts'
import type { Runner } from './Runner.ts'

export interface HeartbeatDeps {
  readonly runner: Pick<Runner, 'running'>
  readonly journal: Pick<Journal, 'spooled'>
  readonly clock: Clock
  readonly log: Logger
  readonly send: (frame: WorkerFrame) => boolean
  readonly readLoad: () => HeartbeatFrame['load']
}

export interface Heartbeat {
  /** After each registration; ends by itself when the connection does. */
  begin(everyMs: number): void
  stop(): void
}

/** Renews every lease this worker holds: those that run, and those whose result is still on its way. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  let timer: Timer | undefined
  const beat = (everyMs: number): void => {
    const isConnected = sendOne(deps)
    timer = isConnected ? deps.clock.setTimer(() => beat(everyMs), everyMs) : undefined
  }
  return {
    begin(everyMs) {
      timer?.cancel()
      timer = deps.clock.setTimer(() => beat(everyMs), everyMs)
    },
    stop() {
      timer?.cancel()
    },
  }
}

/** False when nobody can be told any more. */
function sendOne({ runner, journal, log, send, readLoad }: HeartbeatDeps): boolean {
  try {
    const tasks = [...heldTasks(runner, journal)]
    const load = readLoad()
    return send({ type: 'gpu.heartbeat', version: '1.0', tasks, ...(load === undefined ? {} : { load }) })
  } catch (error) {
    // A journal that cannot be read now must not end the runs. One beat less costs no lease; one that leaves out what
    // cannot be read would give that up.
    log.error('a heartbeat could not be made; the next one follows', { error })
    return true
  }
}
