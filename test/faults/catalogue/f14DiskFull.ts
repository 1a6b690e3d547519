import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { found } from '../auditor/violations.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { codeIn, digestsOf } from '../rig/client.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'

const DISK_BYTES = 12 * 1024 * 1024
const STEP_BYTES = 16 * 1024

/** Without this an administrator's process may write wherever it likes, whatever the mode of a folder says. */
const BOUND_BY_MODES = ['setpriv', '--bounding-set', '-dac_override', '--inh-caps', '-dac_override']

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
  sample: 1,
  missing: cannotMount,
  run: (trial) =>
    onSmallDisk(trial, async (world, dir) => {
      await world.gateway.start()
      await world.startWorker()
      const free = await fill(dir, trial.random.between(0, (DISK_BYTES * 0.6) / STEP_BYTES) * STEP_BYTES)
      const day = startBusyDay(world, { isRough: true, tasks: 5, isPersistent: true })
      await pause(trial.random.between(100, 600))
      await free()
      await day.answered
      await world.settle()
      const codes = sawOnly(world, new Set(['DISK_FULL', 'ALREADY_FINISHED']))
      return [...codes, ...(await world.verify())]
    }),
}

export const dataDirGone: FaultCase = {
  id: 'F15',
  title: 'data folder read-only, or its pool deleted while running',
  trials: { commit: 3, night: 10, release: 20 },
  variants: ['read-only', 'pool deleted'],
  missing: () => (spawnSync('setpriv', ['--version']).status === 0 ? undefined : 'setpriv is not installed'),
  async run(trial) {
    const world = await trial.openWorld({ gatewayWrapper: process.getuid?.() === 0 ? BOUND_BY_MODES : [] })
    await world.gateway.start()
    await world.startWorker()
    return trial.variant === 'read-only' ? readOnlyForAWhile(world) : deletedPool(world)
  },
}

async function readOnlyForAWhile(world: World): Promise<readonly Violation[]> {
  const dirs = ['', 'pool', 'pool/.tmp'].map((name) => join(world.gateway.dataDir, name))
  for (const dir of dirs) chmodSync(dir, 0o500)
  const code = await refusedUpload(world)
  const day = startBusyDay(world, { isPersistent: true })
  await pause(world.random.between(50, 300))
  for (const dir of dirs) chmodSync(dir, 0o700)
  await day.answered
  const violations = await world.verify()
  return code === 'STORE_UNAVAILABLE'
    ? violations
    : [...violations, found('I11', `read-only was told as ${String(code)}`)]
}

/** One plain upload, which is not tried again: the code it is refused with. */
async function refusedUpload(world: World): Promise<string | null> {
  const bytes = world.random.bytes(2_000)
  const form = new FormData()
  form.set('hash', digestsOf(bytes).md5)
  form.set('ext', '.mp4')
  form.set('file', new Blob([new Uint8Array(bytes)]), 'file.mp4')
  const answer = await world.client.ask(HTTP_ROUTES.uploadFile, { method: 'POST', body: form })
  return answer === undefined ? null : codeIn(answer)
}

/** What was stored is gone by a person's hand: what counts is that the gateway says so and goes on. */
async function deletedPool(world: World): Promise<readonly Violation[]> {
  await startBusyDay(world, { tasks: 2 }).answered
  await world.settle()
  rmSync(join(world.gateway.dataDir, 'pool'), { recursive: true })
  await startBusyDay(world, { tasks: 2 }).answered.catch(() => undefined)
  const health = await world.client.ask(HTTP_ROUTES.health)
  const violations = await world.verify({ isSettled: false })
  const kept = violations.filter(({ invariant }) => ['I1', 'I3', 'I11', 'I12', 'I15'].includes(invariant))
  return health?.status === 200 ? kept : [...kept, found('I15', 'the gateway does not answer any more')]
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
    await rm(join(dir, 'ballast'), { force: true })
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

function unmount(dir: string): void {
  execFileSync('umount', ['-l', dir], { stdio: 'pipe' })
}
