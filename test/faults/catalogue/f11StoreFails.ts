import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { StoreFault } from '../rig/messages.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay, uploadForSure, uploadInputs } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'

/** What a person or worker does to the store, each reached by its own doing. */
const METHODS = ['upload', 'submit', 'lease', 'run', 'cancel', 'any'] as const

type Method = (typeof METHODS)[number]

export const doneButTimedOut: FaultCase = {
  id: 'F11',
  title: 'the store does it and says that it failed',
  trials: { commit: 5, night: 25, release: 100 },
  variants: METHODS,
  sample: 1,
  run: (trial) => failWhile(trial, { at: 'commit', when: 'after', nth: trial.random.between(1, 3) }),
}

export const storeThrows: FaultCase = {
  id: 'F12',
  title: 'the store fails, once or for a while',
  trials: { commit: 5, night: 25, release: 100 },
  variants: ['once', 'a while'],
  sample: 1,
  run(trial) {
    const times = trial.variant === 'once' ? 1 : trial.random.between(20, 400)
    const fault: StoreFault = { at: 'statement', when: 'before', nth: trial.random.between(1, 40), times }
    return failWhile({ ...trial, variant: 'any' }, fault)
  },
}

export const storeIsBusy: FaultCase = {
  id: 'F13',
  title: 'another process holds the database',
  trials: { commit: 5, night: 20, release: 50 },
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    await world.startWorker()
    await uploadInputs(world)
    const other = new DatabaseSync(join(world.gateway.dataDir, 'gateway.db'), { timeout: 5_000 })
    other.exec('BEGIN IMMEDIATE')
    const day = startBusyDay(world, { isRough: true, isPersistent: true })
    // Shorter and longer than the gateway waits for a lock.
    await pause(trial.random.pick([300, 1_500, 6_500]))
    other.exec('ROLLBACK')
    other.close()
    await day.answered
    return world.verify()
  },
}

async function failWhile(trial: Trial, fault: StoreFault): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  await world.gateway.start()
  const method = METHODS.find((one) => one === trial.variant) ?? 'any'
  let fired = 0
  world.gateway.process.on((report) => {
    if (report.type === 'fired') fired += 1
  })
  await disturb(world, method, () => world.gateway.armStore(fault))
  await world.gateway.armStore(null)
  if (fired === 0) throw new NotReached(`${method}: no such call`)
  const violations = await world.verify()
  return [...violations, ...lived(world)]
}

/** Does one thing to the store with the fault armed right before it. */
async function disturb(world: World, method: Method, arm: () => Promise<void>): Promise<void> {
  const order = async (name: string) => ({
    requestId: `q_${world.random.hex(8)}`,
    ...(await uploadForSure(world)),
    name: writeScript({ label: name, runMs: 60, fails: 1 }),
  })
  const submit = async (): Promise<string> =>
    world.client.submitForSure(await order(method), AbortSignal.timeout(20_000))
  switch (method) {
    case 'upload':
      await arm()
      await submit()
      break
    case 'submit': {
      const ready = await order(method)
      await arm()
      await world.client.submitForSure(ready, AbortSignal.timeout(20_000))
      break
    }
    case 'lease':
      await submit()
      await arm()
      await world.startWorker()
      return world.settle().then(() => undefined)
    case 'run':
      await world.startWorker()
      await submit()
      await pause(world.random.between(0, 60))
      await arm()
      return world.settle().then(() => undefined)
    case 'cancel': {
      await world.startWorker()
      const taskId = await submit()
      await pause(world.random.between(0, 60))
      await arm()
      await world.client.cancel(taskId)
      return world.settle().then(() => undefined)
    }
    case 'any':
      await world.startWorker()
      await arm()
      await startBusyDay(world, { isRough: true, isPersistent: true }).answered
      return
  }
  await world.startWorker()
}

/** A store that fails is answered, not died of: the process is still its first one. */
function lived(world: World): Violation[] {
  return world.gateway.lives === 1 ? [] : [found('I15', 'the gateway died of its store')]
}
