import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { isAppError } from '../../../src/shared/index.ts'
import { backUpDatabase } from '../../../src/shared/node/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import { startBusyDay } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'

const PAGE_BYTES = 4_096
/** Everything that was stored is in the backup: nothing at all may be missing afterwards. */
const RESTORED = 'header, after a backup'

export const crashInMigration: FaultCase = {
  id: 'F55',
  title: 'crash in the middle of a migration; a database from the future',
  trials: { commit: 3, night: 25, release: 25 },
  variants: ['migration.mid_step', 'migration.before_version_bump', 'from the future'],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    if (trial.variant === 'from the future') return fromTheFuture(world)
    const point = trial.variant === 'migration.mid_step' ? trial.variant : 'migration.before_version_bump'
    // Each step of the schema in turn.
    const isKilled = await world.gateway.start([{ point, action: 'kill', pass: trial.random.between(1, 2) }]).then(
      () => false,
      () => true,
    )
    if (!isKilled) throw new NotReached(point)
    await world.gateway.start()
    await world.startWorker()
    await startBusyDay(world).answered
    return world.verify()
  },
}

async function fromTheFuture(world: World): Promise<readonly Violation[]> {
  await world.gateway.start()
  await startBusyDay(world, { tasks: 1 }).answered
  await world.gateway.stop()
  const path = join(world.gateway.dataDir, 'gateway.db')
  const known = setVersion(path, 999)
  const before = readFileSync(path)
  const code = await startCode(world)
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

export const databaseDamaged: FaultCase = {
  id: 'F56',
  title: 'database page overwritten; WAL or shared memory deleted',
  trials: { commit: 5, night: 25, release: 25 },
  variants: ['page', 'header', RESTORED, 'WAL deleted', 'shm deleted'],
  sample: 1,
  run: damage,
}

async function damage(trial: Trial): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  await world.gateway.start()
  const worker = await world.startWorker()
  await startBusyDay(world, { tasks: 2 }).answered
  await world.settle()
  const path = join(world.gateway.dataDir, 'gateway.db')
  if (trial.variant === RESTORED) await backUpDatabase(path, { nowMs: world.clock.now() })
  await Promise.all([world.gateway.kill(), worker.kill()])
  const poolBefore = world.poolFiles()
  spoil(path, trial)
  const code = await startCode(world)
  const violations: Violation[] = []
  if (world.poolFiles().length < poolBefore.length && code !== 'started') {
    violations.push(found('I6', 'a damaged database took pool files with it'))
  }
  if (trial.variant === 'shm deleted') {
    if (code !== 'started')
      return [...violations, found('I1', `without its shared memory the start ended with ${code}`)]
    return [...violations, ...(await world.verify())]
  }
  // Either the damage lay where nothing is, or it is told by its name: never a crash, never a silent half.
  if (code === 'started' || code === 'DB_CORRUPT') return [...violations, ...(await saneAfter(world, code))]
  return [...violations, found('I11', `a damaged database was told as ${code}`)]
}

async function saneAfter(world: World, code: string): Promise<Violation[]> {
  if (code === 'DB_CORRUPT') return []
  await Promise.all(world.workers.map((worker) => worker.start()))
  await startBusyDay(world, { tasks: 1 }).answered
  const violations = await world.verify()
  // With its WAL deleted by a person, what was only there is lost; what it does from then on must be right.
  return violations.filter(({ invariant }) => ['I5', 'I8', 'I11', 'I12', 'I15'].includes(invariant))
}

function spoil(path: string, trial: Trial): void {
  const { random, variant } = trial
  switch (variant) {
    case 'page':
    case RESTORED:
    case 'header': {
      const pages = Math.max(1, Math.floor(statSync(path).size / PAGE_BYTES))
      const page = variant !== 'page' ? 0 : random.between(1, pages - 1)
      const file = openSync(path, 'r+')
      writeSync(file, random.bytes(PAGE_BYTES), 0, PAGE_BYTES, page * PAGE_BYTES)
      closeSync(file)
      return
    }
    case 'WAL deleted':
      rmSync(`${path}-wal`, { force: true })
      return
    default:
      if (!existsSync(`${path}-shm`)) throw new NotReached('there is no shared memory file')
      rmSync(`${path}-shm`)
  }
}

async function startCode(world: World): Promise<string> {
  try {
    await world.gateway.start()
    return 'started'
  } catch (error) {
    world.gateway.process.expectEnd()
    if (isAppError(error)) await world.gateway.kill()
    return isAppError(error) ? error.code : String(error)
  }
}

function setVersion(path: string, version: number): number {
  const db = new DatabaseSync(path)
  const before = Number(db.prepare('PRAGMA user_version').all()[0]?.['user_version'])
  db.exec(`PRAGMA user_version = ${String(version)}`)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  return before
}
