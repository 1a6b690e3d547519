import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import { startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

const WORKERS = 1_000
const ALL_IN_MS = 30_000
const MOST_DELAY_MS = 200
/** Above the product's own 1,000 and 100 an address: all of them come from this one. */
const ROOM = { maxWebSockets: WORKERS + 20, maxWebSocketsPerAddress: WORKERS + 20, maxConnections: WORKERS + 200 }

export const thunderingHerd: FaultCase = {
  id: 'F38',
  title: '1,000 workers connect at once',
  trials: { commit: 1, night: 3, release: 10 },
  // Its limit is a real time: beside other tests it would judge the machine.
  sample: 0,
  async run(trial) {
    // In real time: a thousand heartbeats take what they take.
    const world = await trial.openWorld({ factor: 1, overrides: { limits: ROOM } })
    await world.gateway.start()
    const startedAt = performance.now()
    const crowd = await Promise.allSettled(
      Array.from({ length: WORKERS }, (_, index) =>
        ScriptedWorker.connect(world, { id: `s_crowd${String(index).padStart(6, '0')}` }),
      ),
    )
    const seconds = (performance.now() - startedAt) / 1000
    const workers = crowd.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    for (const worker of workers) worker.keepAlive()
    const measured = await world.gateway.process.measure()
    const names = new Set(workers.map((worker) => worker.registered.server_id))
    await Promise.all(workers.map((worker) => worker.cut()))
    // And it goes on: real work, on a real worker.
    await world.startWorker()
    await startBusyDay(world, { tasks: 3 }).answered
    return [
      ...(await world.verify()),
      ...(names.size === WORKERS ? [] : [found('I10', `${String(names.size)} of ${String(WORKERS)} were let in`)]),
      ...(seconds * 1000 <= ALL_IN_MS ? [] : [found('I14', `all were in after ${seconds.toFixed(1)} s`)]),
      ...tooBusy(measured?.loopDelayMs),
    ]
  },
}

function tooBusy(delayMs = 0): Violation[] {
  return delayMs < MOST_DELAY_MS
    ? []
    : [found('I14', `the event loop was ${delayMs.toFixed(0)} ms late (99th percentile)`)]
}
