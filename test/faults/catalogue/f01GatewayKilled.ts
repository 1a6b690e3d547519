import { nowAt } from '../auditor/facts.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { runsAt, startFullLoad } from './runsMet.ts'

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
    const load = startFullLoad(world)
    await load.isFull
    await pause(trial.random.between(0, 300))
    const at = nowAt()
    await world.gateway.kill()
    await load.answered
    if (runsAt(world, at).length === 0) throw new NotReached('no run was under way')
    return world.verify()
  },
}
