import { nowAt } from '../auditor/facts.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { runsAt, startFullLoad } from './runsMet.ts'

export const drained: FaultCase = {
  id: 'F54',
  title: 'SIGTERM while tasks run; a second one; SIGKILL in the middle of it',
  trials: { commit: 2, night: 7, release: 17 },
  variants: ['gateway', 'worker', 'gateway twice', 'worker twice', 'gateway killed in it', 'worker killed in it'],
  sample: 2,
  async run(trial) {
    const { variant, random } = trial
    const world = await trial.openWorld()
    await world.gateway.start()
    const worker = await world.startWorker()
    const load = startFullLoad(world)
    await load.isFull
    await pause(random.between(0, 300))
    const part = variant.startsWith('gateway') ? world.gateway : worker
    const dying = part.process
    const at = nowAt()
    dying.signal('SIGTERM')
    const isSecond = variant.includes(' ')
    // At once, or when it is somewhere in its stop.
    if (isSecond) await pause(random.between(1, 5))
    if (variant.endsWith('twice')) dying.signal('SIGTERM')
    if (variant.endsWith('in it')) await dying.kill()
    const end = await dying.ended
    await part.start()
    await load.answered
    if (runsAt(world, at).length === 0) throw new NotReached('no run was under way')
    if (isSecond && end.code === 0) throw new NotReached('it had stopped before the second signal')
    return world.verify()
  },
}
