import { randomBytes } from 'node:crypto'
import type { Violation } from '../auditor/evidence.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay, uploadInputs } from './busyDay.ts'
import type { Inputs } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { notSucceeded, lostRuns } from './lostRuns.ts'
import { uploadOnce } from './plainUpload.ts'
import { otherRefusals, wasRefused } from './refusals.ts'
import { cannotMount, onSmallDisk } from './smallDisk.ts'
import type { SmallDisk } from './smallDisk.ts'
import { leaseDeadlines } from './storedLeases.ts'
import { seen, submitTasks } from './submitTasks.ts'

const STEP_BYTES = 16 * 1024
/** 8 MiB in steps of 16 KiB. */
const PLACES = 512
const FULL_LIMIT_MS = 20_000
/** A lease of 120 s is 2 s here. */
const LEASE_MS = 2_000
/** So are the 15 s of a heartbeat. */
const HEARTBEAT_MS = 250

export const diskFull: FaultCase = {
  id: 'F14',
  title: 'disk full, at a random 16 KiB of the first 8 MiB',
  trials: { commit: 50, night: 500, release: 500 },
  sample: 1,
  missing: cannotMount,
  run: (trial) =>
    onSmallDisk(trial, async (world, disk) => {
      await world.gateway.start()
      await world.startWorker()
      await disk.leave(trial.random.between(0, PLACES - 1) * STEP_BYTES)
      const day = startBusyDay(world, { isRough: true, tasks: 5, isPersistent: true })
      await fillUp(world, disk)
      await press(world, trial.random.between(50, 500))
      await disk.free()
      await day.answered
      await world.settle()
      return judge(world)
    }),
}

export const diskFullForLong: FaultCase = {
  id: 'F14',
  title: 'disk full for longer than a lease while tasks run',
  trials: { commit: 5, night: 25, release: 50 },
  variants: ['longer than a lease'],
  sample: 1,
  missing: cannotMount,
  run: (trial) => onSmallDisk(trial, (world, disk) => longSpell(trial, world, disk)),
}

/** Nobody was away: workers and gateway lived all the while, only nothing could be written. */
async function longSpell(trial: Trial, world: World, disk: SmallDisk): Promise<readonly Violation[]> {
  await world.gateway.start()
  await world.startWorker({ slots: 2 })
  const fullMs = LEASE_MS + trial.random.between(300, 3_000)
  const inputs = await uploadInputs(world)
  const runMs = fullMs + 6_000
  const taskIds = await submitTasks(world, [{ runMs }, { runMs }], inputs)
  for (const taskId of taskIds) await seen(world, taskId, (view) => view.state === 'running')
  await disk.leave(0)
  await fillUp(world, disk)
  await fillStore(world, inputs)
  const before = await unrenewed(world)
  await pause(fullMs)
  const after = leaseDeadlines(world)
  await disk.free()
  if (before.join() !== after.join()) throw new NotReached('a lease was renewed on the full disk')
  await world.settle()
  const violations = await judge(world)
  return [...violations, ...lostRuns(world), ...notSucceeded(world, taskIds)]
}

/** Fills the disk by uploads until the gateway says that it is full. */
async function fillUp(world: World, disk: SmallDisk): Promise<void> {
  const deadline = performance.now() + FULL_LIMIT_MS
  while (!wasRefused(world, 'DISK_FULL')) {
    if (performance.now() > deadline) throw new NotReached('the disk did not get full')
    const mostBytes = Math.max(STEP_BYTES, Math.floor(disk.freeBytes() / 4))
    await uploadOnce(world, randomBytes(world.random.between(1, mostBytes)))
  }
}

/**
 * Submits until one is refused: the database itself would have to grow by then. Before that its log is brought in and
 * used again, and whatever changes rows that are there already, as renewals do, needs no room.
 */
async function fillStore(world: World, inputs: Inputs): Promise<void> {
  const name = writeScript({ runMs: 10 })
  const deadline = performance.now() + FULL_LIMIT_MS
  for (;;) {
    if (performance.now() > deadline) throw new NotReached('the database found room')
    const answer = await world.client.submit({ requestId: `q_${world.random.hex(8)}`, ...inputs, name })
    if (answer !== undefined && answer.status >= 400) return
  }
}

/** A renewal is smaller than a submit, so a few more fit in. Answers when the leases run out, once they are renewed no more. */
async function unrenewed(world: World): Promise<readonly number[]> {
  const deadline = performance.now() + FULL_LIMIT_MS
  let before = leaseDeadlines(world)
  for (;;) {
    await pause(2 * HEARTBEAT_MS)
    const after = leaseDeadlines(world)
    if (before.join() === after.join()) return after
    if (performance.now() > deadline) throw new NotReached('leases were renewed on the full disk')
    before = after
  }
}

/** Small writes go on: they take the last pages, and then fail wherever they are. */
async function press(world: World, pressMs: number): Promise<void> {
  const until = performance.now() + pressMs
  while (performance.now() < until) await uploadOnce(world, randomBytes(world.random.between(1, 2_000)))
}

async function judge(world: World): Promise<Violation[]> {
  return [...otherRefusals(world, 'a full disk', 'DISK_FULL'), ...(await world.verify())]
}
