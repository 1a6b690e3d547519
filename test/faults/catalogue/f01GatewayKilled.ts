import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

export const gatewayKilled: FaultCase = {
  id: 'F01',
  title: 'gateway killed at a random time under load',
  trials: { commit: 50, night: 500, release: 1_000 },
  sample: 2,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    await world.startWorker()
    world.gateway.keepAlive()
    const day = startBusyDay(world, { isRough: true })
    await pause(trial.random.between(0, 400))
    await world.gateway.kill()
    await day.answered
    return world.verify()
  },
}
