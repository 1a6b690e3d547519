import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { backUpDatabase } from '../../../src/shared/node/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { Random } from '../rig/random.ts'
import type { World } from '../rig/world.ts'
import { startBusyDay } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { startOutcome } from './startOutcome.ts'

const PAGE_BYTES = 4_096

/** Everything that was stored is in the backup: nothing at all may be missing afterwards. */
const AFTER_BACKUP = ', after a backup'
const VARIANTS = ['page', 'header', `page${AFTER_BACKUP}`, `header${AFTER_BACKUP}`, 'WAL deleted', 'shm deleted']
/** What a person who deletes the WAL has taken is lost; what the gateway does from then on must be right. */
const WITHOUT_LOST: ReadonlySet<string> = new Set(['I5', 'I8', 'I11', 'I12', 'I15'])

export const databaseDamaged: FaultCase = {
  id: 'F56',
  title: 'database page overwritten, with a backup and without; WAL or shared memory deleted',
  trials: { commit: 4, night: 20, release: 20 },
  variants: VARIANTS,
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    await world.startWorker()
    const day = startBusyDay(world, { tasks: 2 })
    await day.answered
    await world.settle()
    const path = join(world.gateway.dataDir, 'gateway.db')
    if (trial.variant === 'WAL deleted') return withoutWal(trial, world, path, day.taskIds)
    return trial.variant === 'shm deleted' ? withoutSharedMemory(world, path) : overwritten(trial, world, path)
  },
}

/** Goes on from its backup, or is refused by its name; never a crash, never half of it in silence. */
async function overwritten(trial: Trial, world: World, path: string): Promise<readonly Violation[]> {
  const { random, variant } = trial
  const hasBackup = variant.endsWith(AFTER_BACKUP)
  await Promise.all(world.workers.map((worker) => worker.kill()))
  // In order, so that all of it is in the file: pages that are in the WAL too are made good by it.
  await world.gateway.stop()
  // The gateway's own may be of the middle of the day.
  rmSync(join(world.gateway.dataDir, 'backups'), { recursive: true, force: true })
  if (hasBackup) await backUpDatabase(path, { nowMs: world.clock.now() })
  const poolBefore = world.poolFiles()
  overwritePage(path, variant.startsWith('header') ? 'first' : random, random.bytes(PAGE_BYTES))
  const damaged = readFileSync(path)
  const { code, message } = await startOutcome(world)
  const violations = poolLoss(world, poolBefore)
  if (code === 'DB_CORRUPT' && !hasBackup) {
    if (!readFileSync(path).equals(damaged)) violations.push(found('I1', 'a database that is refused was written to'))
    if (!message.includes('gateway.db')) violations.push(found('I11', `the file is not named: ${message}`))
    return violations
  }
  if (code !== 'started') return [...violations, found('I1', `a start on a damaged database ended with ${code}`)]
  if (variant === 'header') violations.push(found('I1', 'a start without a header and a backup made something up'))
  if (variant.startsWith('header') && !isPutAside(world)) violations.push(found('I1', 'the damaged file was not kept'))
  // A page that nothing is in: all that was stored is there, as after a restore.
  return [...violations, ...(await goOn(world))]
}

async function withoutSharedMemory(world: World, path: string): Promise<readonly Violation[]> {
  await killAll(world)
  const poolBefore = world.poolFiles()
  if (!existsSync(`${path}-shm`)) throw new NotReached('there is no shared memory file')
  rmSync(`${path}-shm`)
  const { code } = await startOutcome(world)
  if (code !== 'started') return [found('I1', `without its shared memory the start ended with ${code}`)]
  return [...poolLoss(world, poolBefore), ...(await goOn(world))]
}

/** The state is that of the last checkpoint then, or nothing: people's files stay, for somebody may bring it back. */
async function withoutWal(
  trial: Trial,
  world: World,
  path: string,
  taskIds: readonly string[],
): Promise<readonly Violation[]> {
  const isCheckpointed = trial.random.chance(0.5)
  if (isCheckpointed) checkpoint(path)
  await startBusyDay(world, { tasks: 1 }).answered
  await world.settle()
  await killAll(world)
  const poolBefore = world.poolFiles()
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) throw new NotReached('there is no WAL')
  rmSync(`${path}-wal`)
  const { code } = await startOutcome(world)
  if (code === 'DB_CORRUPT') return poolLoss(world, poolBefore)
  if (code !== 'started') return [found('I11', `without its WAL the start ended with ${code}`)]
  const violations = poolLoss(world, poolBefore)
  for (const taskId of isCheckpointed ? taskIds : []) {
    const view = await world.client.status(taskId)
    if (view === undefined) violations.push(found('I1', `${taskId} was in the file, and is gone with the WAL`))
  }
  const after = await goOn(world)
  return [...violations, ...after.filter(({ invariant }) => WITHOUT_LOST.has(invariant))]
}

async function killAll(world: World): Promise<void> {
  await Promise.all([world.gateway.kill(), ...world.workers.map((worker) => worker.kill())])
}

async function goOn(world: World): Promise<readonly Violation[]> {
  await Promise.all(world.workers.map((worker) => worker.start()))
  await startBusyDay(world, { tasks: 1 }).answered
  return world.verify()
}

function poolLoss(world: World, before: readonly string[]): Violation[] {
  const left = new Set(world.poolFiles())
  const lost = before.filter((name) => !left.has(name))
  const share = `${String(lost.length)} of ${String(before.length)}`
  return lost.length === 0 ? [] : [found('I6', `a damaged database took ${share} pool files with it`)]
}

function isPutAside(world: World): boolean {
  return readdirSync(world.gateway.dataDir).some((name) => name.startsWith('gateway.db.damaged-'))
}

function checkpoint(path: string): void {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  const [row] = db.prepare('PRAGMA wal_checkpoint(FULL)').all()
  db.close()
  if (row?.['log'] !== row?.['checkpointed']) throw new NotReached('the WAL could not be brought into the file')
}

function overwritePage(path: string, which: 'first' | Random, bytes: Buffer): void {
  const pages = Math.max(2, Math.floor(statSync(path).size / PAGE_BYTES))
  const page = which === 'first' ? 0 : which.between(1, pages - 1)
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, PAGE_BYTES, page * PAGE_BYTES)
  closeSync(file)
}
