import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

export const bothKilled: FaultCase = {
  id: 'F07',
  title: 'gateway and worker killed together, as when the desktop crashes',
  trials: { commit: 20, night: 200, release: 500 },
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const worker = await world.startWorker()
    const day = startBusyDay(world, { isRough: true })
    await pause(trial.random.between(0, 450))
    await Promise.all([world.gateway.kill(), worker.kill()])
    await Promise.all([world.gateway.start(), worker.start()])
    await day.answered
    return world.verify()
  },
}
