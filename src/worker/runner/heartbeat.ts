import type { HeartbeatFrame, WorkerFrame } from '../../protocol/dsp/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import { heldTasks } from './heldTasks.ts'
import type { Journal } from './journal.ts'
import type { Runner } from './Runner.ts'

export interface HeartbeatDeps {
  readonly runner: Pick<Runner, 'running'>
  readonly journal: Pick<Journal, 'spooled'>
  readonly clock: Clock
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
    const load = deps.readLoad()
    const isSent = deps.send({
      type: 'gpu.heartbeat',
      version: '1.0',
      tasks: [...heldTasks(deps.runner, deps.journal)],
      ...(load === undefined ? {} : { load }),
    })
    timer = isSent ? deps.clock.setTimer(() => beat(everyMs), everyMs) : undefined
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
