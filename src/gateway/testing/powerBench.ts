import { onTestFinished } from 'vitest'
import type { SettingsPatch } from '../../protocol/admin/index.ts'
import type { PowerAction } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { FLEET_TIMINGS } from '../fleet/health.ts'
import { MemoryFleet } from '../fleet/memoryFleet.ts'
import type { HookOutcome, PowerHook } from '../power/port.ts'
import { PowerKeeper } from '../power/powerKeeper.ts'
import { POWER_TIMINGS } from '../power/powerTimings.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from '../queue/timings.ts'
import { openLiveSettings } from '../settings/liveSettings.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { workerInfo } from './scriptedWorker.ts'

export interface PowerBenchOptions {
  readonly hook?: 'none'
  readonly settings?: SettingsPatch
  readonly expectsWorker?: boolean
  /** With the clock of the bench before: a restart of the gateway. */
  readonly db?: Database
  readonly clock?: ReturnType<typeof createFakeClock>
  readonly dispatchSettled?: () => Promise<void>
  /** For the jitter of the queue's back-offs. */
  readonly random?: () => number
}

const OK: HookOutcome = { success: true, msg: 'asked for' }

/** The power rules on a real queue, fleet and store, with a clock and a hook of the test's. Closed with the test. */
export function openPowerBench(options: PowerBenchOptions = {}) {
  const clock = options.clock ?? createFakeClock()
  const db = options.db ?? openMemoryGatewayDatabase()
  const log = createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' })
  const settings = openLiveSettings(db, options.settings)
  const queue = new SqliteQueue({
    ...{ db, clock, timings: QUEUE_TIMINGS, limits: () => QUEUE_LIMITS },
    ...(options.random === undefined ? {} : { random: options.random }),
  })
  const fleet = new MemoryFleet({ db, clock, log, timings: FLEET_TIMINGS, settings })
  const calls: { readonly action: PowerAction; readonly serverId: string | null }[] = []
  const answers: (HookOutcome | Promise<HookOutcome>)[] = []
  const hook: PowerHook = {
    async call(action, serverId) {
      calls.push({ action, serverId })
      return answers.shift() ?? OK
    },
  }
  const keeper = new PowerKeeper({
    ...{ queue, fleet, settings, db, clock, log, timings: POWER_TIMINGS },
    hook: options.hook === 'none' ? undefined : hook,
    dispatchSettled: options.dispatchSettled ?? (async () => undefined),
    expectsWorker: options.expectsWorker ?? false,
  })
  let connections = 0
  const stop = async (): Promise<void> => {
    await keeper.stop()
    fleet.close()
    await queue.close()
  }
  onTestFinished(async () => {
    await stop()
    // The store goes with whoever opened it.
    if (options.db === undefined) db.close()
  })
  return {
    ...{ clock, db, queue, fleet, keeper, calls, answers, stop },
    join: (id: string, slots = 1) => {
      connections += 1
      const connectionId = connections
      fleet.join(workerInfo(id, slots), connectionId)
      return {
        leave: () => {
          fleet.leave(id, connectionId)
        },
      }
    },
    /** Lets time pass as it does: with a look at everything that falls due on the way. Servers go on beating. */
    pass: async (ms: number, beating: readonly string[] = []) => {
      for (let left = ms; left > 0; left -= 5_000) {
        clock.advance(Math.min(5_000, left))
        for (const id of beating) fleet.heartbeat(id)
        await keeper.reviewed()
      }
    },
  }
}
