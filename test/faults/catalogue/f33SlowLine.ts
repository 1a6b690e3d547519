import { found } from '../auditor/violations.ts'
import { startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { lostRuns } from './lostRuns.ts'

const BYTES_PER_SECOND = 64_000 / 8
/** A result that takes a minute on such a line. */
const RESULT_KIB = 480
/** The socket, and the downloads and uploads of each task, each tried again once at most. */
const MOST_CONNECTIONS_PER_TASK = 8

export const slowLine: FaultCase = {
  id: 'F33',
  title: 'a line of 64 kbit/s between worker and gateway',
  trials: { commit: 2, night: 5, release: 10 },
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld()
    const proxy = await world.openProxy()
    await world.gateway.start()
    await world.startWorker({ via: proxy })
    // Time is faster, so are the bytes.
    proxy.throttle(BYTES_PER_SECOND * world.clockSetting.factor)
    const tasks = trial.random.between(3, 5)
    const day = startBusyDay(world, { tasks, script: { runMs: 50, padKib: RESULT_KIB } })
    await day.answered
    const violations = await world.verify()
    const most = MOST_CONNECTIONS_PER_TASK * tasks
    return [
      ...violations,
      ...lostRuns(world),
      ...(proxy.accepted <= most
        ? []
        : [found('I10', `${String(proxy.accepted)} connections for ${String(tasks)} tasks: a storm of time-outs`)]),
    ]
  },
}
