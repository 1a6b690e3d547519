import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { TaskOrder } from '../rig/client.ts'
import type { StoreFault } from '../rig/messages.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { startBusyDay, uploadForSure } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { seen } from './submitTasks.ts'

/** How a method of the store is reached, and told in the statements of its transaction. */
interface Method {
  readonly does: 'upload' | 'submit' | 'work' | 'cancel' | 'lose' | 'any'
  readonly of?: string
  /** `statement`: one that is a transaction of its own. */
  readonly at?: 'statement'
}

/** Every method of the ports that a task's life writes by. */
const METHODS: Readonly<Record<string, Method>> = {
  announce: { does: 'upload', at: 'statement', of: 'INSERT INTO upload(' },
  put: { does: 'upload', of: 'INSERT INTO pool_file(' },
  submit: { does: 'submit', of: 'INSERT INTO task(' },
  lease: { does: 'work', of: 'leased' },
  accept: { does: 'work', of: 'run_from = ?' },
  extend: { does: 'work', of: 'UPDATE task SET lease_until' },
  retry: { does: 'work', of: 'retried_once = ?' },
  settle: { does: 'work', of: 'succeeded' },
  cancel: { does: 'cancel', of: 'cancelling' },
  'confirm cancel': { does: 'cancel', of: 'cancelled' },
  reap: { does: 'lose', of: 'crashed_on = ?' },
  any: { does: 'any' },
}

/** Longer than a heartbeat, so that its lease is renewed meanwhile. */
const LONG_RUN_MS = 600

export const doneButTimedOut: FaultCase = {
  id: 'F11',
  title: 'the store does it and says that it failed, by each of its methods',
  trials: { commit: 5, night: 25, release: 100 },
  variants: Object.keys(METHODS),
  sample: 1,
  run: (trial) => {
    const method = METHODS[trial.variant]
    if (method === undefined) throw new Error(`no method ${trial.variant}`)
    const nth = method.of === undefined ? trial.random.between(1, 3) : 1
    return failWhile(trial, method, { at: method.at ?? 'commit', when: 'after', nth, ...pickOf(method) })
  },
}

function pickOf({ of }: Method): Pick<StoreFault, 'of'> {
  return of === undefined ? {} : { of }
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
    return failWhile(trial, { does: 'any' }, fault)
  },
}

async function failWhile(trial: Trial, method: Method, fault: StoreFault): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  await world.gateway.start()
  let fired = 0
  world.gateway.process.on((report) => {
    if (report.type === 'fired') fired += 1
  })
  await disturb(world, method, () => world.gateway.armStore(fault))
  await world.settle()
  await world.gateway.armStore(null)
  if (fired === 0) throw new NotReached('no such call')
  const violations = await world.verify()
  return [...violations, ...lived(world)]
}

/** Does one thing to the store with the fault armed right before it. */
async function disturb(world: World, method: Method, arm: () => Promise<void>): Promise<void> {
  const order = async () => ({
    requestId: `q_${world.random.hex(8)}`,
    ...(await uploadForSure(world)),
    name: writeScript({ label: method.does, runMs: LONG_RUN_MS, fails: 1 }),
  })
  const submit = async (ready: TaskOrder): Promise<string> =>
    world.client.submitForSure(ready, AbortSignal.timeout(20_000))
  switch (method.does) {
    case 'upload':
      await arm()
      await submit(await order())
      break
    case 'submit': {
      const ready = await order()
      await arm()
      await submit(ready)
      break
    }
    case 'work':
      await submit(await order())
      await arm()
      break
    case 'cancel': {
      await world.startWorker()
      const taskId = await submit(await order())
      await seen(world, taskId, (view) => view.state === 'running')
      await arm()
      await world.client.cancel(taskId)
      return
    }
    case 'lose': {
      const worker = await world.startWorker()
      const taskId = await submit(await order())
      await seen(world, taskId, (view) => view.state === 'running')
      await arm()
      await worker.kill()
      break
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
