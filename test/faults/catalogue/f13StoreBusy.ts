import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay, uploadInputs } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { otherRefusals, refusals, wasRefused } from './refusals.ts'

/** The gateway waits 5 s of real time for a lock, and stands still meanwhile. */
const BRIEF_MS = 1_500
const LONG_MS = 10_000
/** Requests may stand in line behind others that wait for the lock. */
const REFUSED_LIMIT_MS = 25_000
const ANSWER_LIMIT_MS = 60_000

export const storeIsBusy: FaultCase = {
  id: 'F13',
  title: 'another process holds the database, for a moment or for 10 s',
  trials: { commit: 3, night: 10, release: 25 },
  variants: ['a moment', '10 s'],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    await world.startWorker()
    const inputs = await uploadInputs(world)
    const other = new DatabaseSync(join(world.gateway.dataDir, 'gateway.db'), { timeout: 5_000 })
    other.exec('BEGIN IMMEDIATE')
    // Nothing but the lock is in the way of this one: its refusals must tell of it.
    const order = { requestId: `q_${trial.random.hex(8)}`, ...inputs, name: writeScript({ label: 'meanwhile' }) }
    const told = world.client.submitForSure(order, AbortSignal.timeout(ANSWER_LIMIT_MS))
    told.catch(() => undefined)
    const day = startBusyDay(world, { isRough: true, isPersistent: true })
    await hold(world, trial)
    other.exec('ROLLBACK')
    other.close()
    await Promise.all([told, day.answered])
    await world.settle()
    return [...judge(world, trial), ...(await world.verify())]
  },
}

async function hold(world: World, trial: Trial): Promise<void> {
  if (trial.variant === 'a moment') return pause(trial.random.between(100, BRIEF_MS))
  const heldFrom = performance.now()
  await pause(LONG_MS)
  while (!wasRefused(world, 'DB_BUSY') && performance.now() - heldFrom < REFUSED_LIMIT_MS) await pause(50)
}

/** Shorter than the gateway waits: nobody is told. Longer: whoever was answered was told just that. */
function judge(world: World, trial: Trial): Violation[] {
  if (trial.variant === '10 s' && refusals(world).length === 0) throw new NotReached('nobody was refused')
  return otherRefusals(world, 'a busy database', 'DB_BUSY')
}
