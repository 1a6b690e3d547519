import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { found } from '../auditor/violations.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'

const DISK_BYTES = 12 * 1024 * 1024
const STEP_BYTES = 16 * 1024

/** Mounting needs an administrator, here or in a private namespace of the whole campaign. */
function cannotMount(): string | undefined {
  const dir = join(tmpdir(), `dhs-faults-mount-${String(process.pid)}`)
  mkdirSync(dir, { recursive: true })
  try {
    mount(dir)
    unmount(dir)
    return undefined
  } catch {
    return 'a small disk cannot be mounted without an administrator'
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export const diskFull: FaultCase = {
  id: 'F14',
  title: 'disk full, at every 16 KiB',
  trials: { commit: 50, night: 500, release: 500 },
  sample: 2,
  missing: cannotMount,
  run: (trial) =>
    onSmallDisk(trial, async (world, dir) => {
      await world.gateway.start()
      await world.startWorker()
      const free = await fill(dir, trial.random.between(0, (DISK_BYTES * 0.6) / STEP_BYTES) * STEP_BYTES)
      const day = startBusyDay(world, { isRough: true, tasks: 5 })
      await pause(trial.random.between(100, 600))
      await free()
      await day.answered
      const violations = await world.verify()
      return [...violations, ...sawOnly(world, new Set(['DISK_FULL', 'TASK_NOT_FOUND', 'ALREADY_FINISHED']))]
    }),
}

export const dataDirGone: FaultCase = {
  id: 'F15',
  title: 'data folder read-only, or its pool deleted while running',
  trials: { commit: 3, night: 10, release: 20 },
  variants: ['read-only', 'pool deleted'],
  missing: cannotMount,
  run: (trial) =>
    onSmallDisk(trial, async (world, dir) => {
      await world.gateway.start()
      await world.startWorker()
      if (trial.variant === 'read-only') {
        remount(dir, 'ro')
        const day = startBusyDay(world)
        await pause(trial.random.between(100, 400))
        remount(dir, 'rw')
        await day.answered
        return world.verify()
      }
      await startBusyDay(world, { tasks: 2 }).answered
      await world.settle()
      // What was stored is gone by a person's hand: what counts is that the gateway says so and goes on.
      rmSync(join(world.gateway.dataDir, 'pool'), { recursive: true })
      await startBusyDay(world, { tasks: 2 }).answered.catch(() => undefined)
      const health = await world.client.ask(HTTP_ROUTES.health)
      const violations = await world.verify({ isSettled: false })
      const kept = violations.filter(({ invariant }) => ['I1', 'I3', 'I11', 'I12', 'I15'].includes(invariant))
      return health?.status === 200 ? kept : [...kept, found('I15', 'the gateway does not answer any more')]
    }),
}

async function onSmallDisk(
  trial: Trial,
  work: (world: World, dir: string) => Promise<readonly Violation[]>,
): Promise<readonly Violation[]> {
  const dir = await mkdtemp(join(tmpdir(), 'dhs-faults-disk-'))
  mount(dir)
  try {
    const world = await trial.openWorld({ gatewayDir: join(dir, 'gateway') })
    world.onClose(async () => {
      await world.gateway.end()
      unmount(dir)
      await rm(dir, { recursive: true, force: true })
    })
    return await work(world, dir)
  } catch (error) {
    remount(dir, 'rw')
    throw error
  }
}

/** Takes all space but `leftBytes`; gives the way to free it. */
async function fill(dir: string, leftBytes: number): Promise<() => Promise<void>> {
  const path = join(dir, 'ballast')
  const file = await open(path, 'w')
  const block = Buffer.alloc(STEP_BYTES)
  try {
    for (;;) await file.write(block)
  } catch {
    // Full: now as much of it back as is to be left.
    const { size } = await file.stat()
    await file.truncate(Math.max(0, size - leftBytes))
  } finally {
    await file.close()
  }
  return () => rm(path)
}

/** Refusals of this trial speak of the disk, of what was cancelled, and of nothing else. */
function sawOnly(world: World, codes: ReadonlySet<string>): Violation[] {
  return readLedger('client', world.ledgerPath('client')).flatMap((fact) => {
    if (fact.kind !== 'refused') return []
    const code = /"code":"([A-Z_]+)"/.exec(fact.body)?.[1] ?? ''
    return codes.has(code)
      ? []
      : [found('I11', `a full disk was told as ${code} (${String(fact.status)}) by ${fact.route}`)]
  })
}

function mount(dir: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(DISK_BYTES)}`, 'tmpfs', dir], { stdio: 'pipe' })
}

function remount(dir: string, mode: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${mode}`, dir], { stdio: 'pipe' })
}

function unmount(dir: string): void {
  execFileSync('umount', ['-l', dir], { stdio: 'pipe' })
}
