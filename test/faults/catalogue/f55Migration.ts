import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import { startBusyDay, uploadInputs } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { asVersionOne, schemaOf, setVersion } from './oldStore.ts'
import { startOutcome } from './startOutcome.ts'
import { submitTasks } from './submitTasks.ts'

const POINTS = ['migration.mid_step', 'migration.before_version_bump'] as const
const WITH_TASKS = ', with tasks'

export const crashInMigration: FaultCase = {
  id: 'F55',
  title: 'crash in the middle of a migration, of a new store or one with tasks; a database from the future',
  trials: { commit: 25, night: 25, release: 25 },
  variants: [...POINTS, ...POINTS.map((point) => `${point}${WITH_TASKS}`), 'from the future'],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    if (trial.variant === 'from the future') return fromTheFuture(world)
    return trial.variant.endsWith(WITH_TASKS) ? oldStore(trial, world) : newStore(trial, world)
  },
}

/** Each step of the schema in turn. */
async function newStore(trial: Trial, world: World): Promise<readonly Violation[]> {
  await killInMigration(trial, world, trial.random.between(1, 2))
  await world.gateway.start()
  await world.startWorker()
  await startBusyDay(world).answered
  return world.verify()
}

/** Tasks that ended and tasks that wait, in a store of the first version: as old as before or as new as after, never half. */
async function oldStore(trial: Trial, world: World): Promise<readonly Violation[]> {
  const path = join(world.gateway.dataDir, 'gateway.db')
  await world.gateway.start()
  const worker = await world.startWorker()
  await startBusyDay(world, { tasks: 2, isRough: true }).answered
  await world.settle()
  await worker.stop()
  await submitTasks(world, [{}, {}, {}], await uploadInputs(world))
  await world.gateway.stop()
  asVersionOne(path)
  const before = schemaOf(path)
  await killInMigration(trial, world, 1)
  const after = schemaOf(path)
  const isWhole = after.version === before.version ? after.columns === before.columns : after.columns !== before.columns
  await world.gateway.start()
  await worker.start()
  return [
    ...(await world.verify()),
    ...(isWhole ? [] : [found('I1', `the schema is half of version ${String(after.version)}`)]),
    ...(after.tasks === before.tasks
      ? []
      : [found('I1', `${String(after.tasks)} of ${String(before.tasks)} tasks left`)]),
  ]
}

async function killInMigration(trial: Trial, world: World, pass: number): Promise<void> {
  const point = POINTS.find((one) => trial.variant.startsWith(one)) ?? POINTS[0]
  const isKilled = await world.gateway.start([{ point, action: 'kill', pass }]).then(
    () => false,
    () => true,
  )
  if (!isKilled) throw new NotReached(point)
}

async function fromTheFuture(world: World): Promise<readonly Violation[]> {
  await world.gateway.start()
  await startBusyDay(world, { tasks: 1 }).answered
  await world.gateway.stop()
  const path = join(world.gateway.dataDir, 'gateway.db')
  const known = setVersion(path, 999)
  const before = readFileSync(path)
  const { code } = await startOutcome(world)
  const isUntouched = readFileSync(path).equals(before)
  setVersion(path, known)
  await world.gateway.start()
  await world.startWorker()
  const violations = await world.verify()
  return [
    ...violations,
    ...(code === 'DB_FROM_FUTURE' ? [] : [found('I11', `a database from the future was answered ${code}`)]),
    ...(isUntouched ? [] : [found('I1', 'a database from the future was written to')]),
  ]
}
