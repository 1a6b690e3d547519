import { nowAt } from '../auditor/facts.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { runsAt, startFullLoad } from './runsMet.ts'

export const bothKilled: FaultCase = {
  id: 'F07',
  title: 'gateway and worker killed together, as when the desktop crashes',
  trials: { commit: 20, night: 200, release: 500 },
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const worker = await world.startWorker()
    const load = startFullLoad(world)
    await load.isFull
    await pause(trial.random.between(0, 300))
    const at = nowAt()
    await Promise.all([world.gateway.kill(), worker.kill()])
    await Promise.all([world.gateway.start(), worker.start()])
    await load.answered
    if (runsAt(world, at).length === 0) throw new NotReached('no run was under way')
    return world.verify()
  },
}
