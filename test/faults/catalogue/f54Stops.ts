import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

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
    const day = startBusyDay(world, { isRough: true, hasLongRun: true })
    await pause(random.between(0, 400))
    const part = variant.startsWith('gateway') ? world.gateway : worker
    const dying = part.process
    dying.signal('SIGTERM')
    await pause(random.between(0, 30))
    if (variant.endsWith('twice')) dying.signal('SIGTERM')
    if (variant.endsWith('in it')) await dying.kill()
    await dying.ended
    await part.start()
    await day.answered
    return world.verify()
  },
}
