import { afterEach, describe, expect, it } from 'vitest'
import { createEmitter, createFakeClock } from '../../shared/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import type { GpuServer } from '../fleet/port.ts'
import type { StartOutlook } from '../power/index.ts'
import { leaseOne, startOne, submit, SUCCESS, WORKER } from '../queue/contract/fixture.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from '../queue/timings.ts'
import { gpuServer } from '../testing/gpuServer.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { WaitEstimator } from './waitEstimator.ts'

const close: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const one of close.splice(0)) await one()
})

const server = (over: Partial<GpuServer> = {}): GpuServer => gpuServer({ workerId: WORKER, ...over })

const WAITING: StartOutlook = {
  ...{ kind: 'waiting', isLearned: false, elapsedMs: 0, slots: 0 },
  boot: { medianMs: 120_000, spread: 0.3 },
}

function open() {
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  const queue = new SqliteQueue({ db, clock, timings: QUEUE_TIMINGS, limits: () => QUEUE_LIMITS })
  const changes = createEmitter<GpuStatus>()
  const progress = createEmitter<{
    readonly progress: { readonly task_id: string; readonly progress: number | null }
  }>()
  const world = { servers: [server()] as readonly GpuServer[], outlook: WAITING, costMs: 0, pictures: 0 }
  const list = (): readonly GpuServer[] => {
    world.pictures += 1
    clock.advance(world.costMs)
    return world.servers
  }
  const estimates = new WaitEstimator({
    ...{ queue, clock, progress },
    outlook: () => world.outlook,
    fleet: { list, onChange: (listener) => changes.on(listener) },
  })
  close.push(async () => {
    estimates.stop()
    await queue.close()
    db.close()
  })
  const become = (servers: readonly GpuServer[], outlook = WAITING): void => {
    Object.assign(world, { servers, outlook })
    changes.emit({ status: servers.length > 0 ? 'online' : 'offline', workers: servers.length, slots: 0, engines: [] })
  }
  /** Runs of one minute each, so that something is known. */
  const learn = async (runs: number): Promise<void> => {
    for (let run = 0; run < runs; run += 1) {
      await submit(queue, `learn-${String(run)}`)
      const ref = await startOne(queue)
      clock.advance(60_000)
      await queue.settle(ref, WORKER, SUCCESS)
    }
  }
  const tell = (taskId: string, percent: number | null): void => {
    progress.emit({ progress: { task_id: taskId, progress: percent } })
  }
  return { clock, queue, estimates, become, learn, tell, world }
}

describe('an estimate behind a run that tells how far it is', () => {
  const seconds = async (at: ReturnType<typeof open>, position: number): Promise<number> => {
    // A picture is good for a second.
    at.clock.advance(1_001)
    return (await at.estimates.at(position))?.seconds ?? Number.NaN
  }

  it('takes a run that is quite another than those before at its own pace', async () => {
    const at = open()
    await at.learn(4)
    await submit(at.queue, 'long')
    const ref = await startOne(at.queue)
    at.clock.advance(900_000)
    at.tell(ref.task_id, 60)
    expect(await seconds(at, 1)).toBeGreaterThan(480)
    expect(await seconds(at, 1)).toBeLessThan(720)
    expect((await seconds(at, 2)) - (await seconds(at, 1))).toBeGreaterThan(50)
  })

  it('weighs the pace of a usual run with what was learned, and is as before where none is told', async () => {
    const at = open()
    await at.learn(4)
    await submit(at.queue, 'usual')
    const ref = await startOne(at.queue)
    at.clock.advance(30_000)
    const silent = await seconds(at, 1)
    at.tell(ref.task_id, null)
    expect(Math.abs((await seconds(at, 1)) - silent)).toBeLessThanOrEqual(2)
    at.tell(ref.task_id, 75)
    expect(await seconds(at, 1)).toBeLessThan(silent - 8)
    at.tell(ref.task_id, 30)
    expect(await seconds(at, 1)).toBeGreaterThan(silent)
  })
})

describe('an estimate while no GPU is online', () => {
  it('is the usual start, less what has passed, and none once that is over', async () => {
    const { estimates, become } = open()
    become([])
    const basis = 'startup_default'
    expect(await estimates.at(5)).toEqual({ seconds: 120, highSeconds: null, basis, reason: null })
    become([], { ...WAITING, elapsedMs: 90_000 })
    expect((await estimates.at(5))?.seconds).toBe(30)
    become([], { ...WAITING, elapsedMs: 120_000 })
    expect(await estimates.at(5)).toBeNull()
  })

  it('goes on as long as a start is under way, and is none before anybody knows', async () => {
    const { estimates, become } = open()
    become([], { ...WAITING, kind: 'starting', elapsedMs: 200_000 })
    const left = (await estimates.at(1))?.seconds ?? 0
    expect(left).toBeGreaterThan(5)
    expect(left).toBeLessThan(90)
    become([], { ...WAITING, kind: 'arriving' })
    expect(await estimates.at(1)).toBeNull()
  })

  it('is none where no server takes tasks and none was asked for', async () => {
    const { estimates, become, learn } = open()
    await learn(4)
    become([], { ...WAITING, kind: 'withheld', isLearned: true, slots: 2 })
    expect([await estimates.at(1), await estimates.at(5)]).toEqual([null, null])
  })

  it('counts the tasks before it, where size and speed of the server are known', async () => {
    const { estimates, become, learn } = open()
    await learn(4)
    const boot = { medianMs: 100_000, spread: 0.2 }
    become([], { kind: 'waiting', boot, isLearned: true, elapsedMs: 0, slots: 2 })
    const at = async (position: number): Promise<number> => (await estimates.at(position))?.seconds ?? Number.NaN
    expect([await at(1), await at(2)]).toEqual([100, 100])
    expect(await at(3)).toBeGreaterThan(140)
    expect(await at(3)).toBeLessThan(165)
    expect(await estimates.at(1)).toMatchObject({ basis: 'startup_learned' })
    expect((await estimates.at(1))?.highSeconds).toBeGreaterThan(120)
  })
})

describe('an estimate while a GPU is online', () => {
  it('is unknown until a run has ended, and for engines that are not ready', async () => {
    const { estimates, become, learn } = open()
    expect(await estimates.at(1)).toBeNull()
    await learn(1)
    expect(await estimates.at(1)).not.toBeNull()
    become([server({ engines: [] })])
    expect(await estimates.at(1)).toMatchObject({ basis: 'startup_default' })
  })

  it('is the rest of what runs, and then the runs before it', async () => {
    const { clock, queue, estimates, learn } = open()
    await learn(6)
    await submit(queue, 'runs-now')
    await startOne(queue)
    for (const name of ['request-1', 'request-2', 'request-3']) await submit(queue, name)
    clock.advance(20_000)
    const first = await estimates.at(1)
    const third = await estimates.at(3)
    expect(first?.seconds).toBeGreaterThan(35)
    expect(first?.seconds).toBeLessThan(50)
    expect((third?.seconds ?? 0) - (first?.seconds ?? 0)).toBeGreaterThan(105)
    expect((third?.seconds ?? 0) - (first?.seconds ?? 0)).toBeLessThan(130)
    expect(first).toMatchObject({ basis: 'runs', reason: null })
  })

  it('counts a slot that a task was given but has not begun in', async () => {
    const { queue, estimates, learn } = open()
    await learn(3)
    expect((await estimates.at(1))?.seconds).toBe(0)
    await submit(queue, 'request-1')
    await leaseOne(queue)
    expect((await estimates.at(1))?.seconds).toBeGreaterThan(50)
  })

  it('is never sooner than the end of a back-off', async () => {
    const { clock, estimates, learn } = open()
    await learn(3)
    const task = { id: 't-1', notBeforeMs: clock.now() + 480_000 }
    expect(await estimates.of(task, 1)).toMatchObject({ seconds: 480, highSeconds: 480 })
    clock.advance(400_000)
    expect(await estimates.of(task, 1)).toMatchObject({ seconds: 80 })
    expect((await estimates.of(task, 4))?.seconds).toBeGreaterThan(150)
    clock.advance(400_000)
    expect(await estimates.of(task, 1)).toMatchObject({ seconds: 0 })
  })

  it('costs a big fleet a small part of the time only, however fast it changes', async () => {
    const { clock, estimates, become, learn, world } = open()
    await learn(3)
    Object.assign(world, { costMs: 10, pictures: 0 })
    const startedMono = clock.monotonic()
    for (let change = 0; change < 100; change += 1) {
      become([server()])
      expect(await estimates.at(1)).not.toBeNull()
      clock.advance(10)
    }
    const workedMs = 10 * world.pictures
    expect(workedMs).toBeLessThan((clock.monotonic() - startedMono) / 15)
    clock.advance(1_000)
    become([])
    expect(await estimates.at(1)).toMatchObject({ basis: 'startup_default' })
  })

  it('is never negative, however long a run takes', async () => {
    const { clock, queue, estimates, learn } = open()
    await learn(3)
    await submit(queue, 'request-1')
    const ref = await startOne(queue)
    for (let minute = 0; minute < 60; minute += 1) {
      clock.advance(60_000)
      await queue.extend(WORKER, [ref])
      expect((await estimates.at(1))?.seconds).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('an estimate that grows', () => {
  const two = [
    server({ slots: 4, limit: 4 }),
    server({ serverId: 'GPU-002', workerId: 'worker-2', slots: 4, limit: 4 }),
  ]

  it('says which server is missing, or that the GPU went, until the wait is as short again', async () => {
    const { clock, estimates, become, learn } = open()
    await learn(4)
    become(two)
    const task = { id: 't-1', notBeforeMs: 0 }
    expect((await estimates.of(task, 41))?.reason).toBeNull()
    become([server()])
    expect((await estimates.of(task, 41))?.reason).toBe('fewer_servers')
    clock.advance(1_000)
    become([], { ...WAITING, isLearned: true, slots: 1, boot: { medianMs: 9_000_000, spread: 0.1 } })
    expect((await estimates.of(task, 41))?.reason).toBe('gpu_offline')
    become(two)
    expect((await estimates.of(task, 41))?.reason).toBeNull()
  })

  it('says that others go first, or that runs take longer, and nothing of a small change', async () => {
    const { estimates, learn, become, queue, clock } = open()
    await learn(4)
    become([server()])
    const [one, two] = [
      { id: 't-1', notBeforeMs: 0 },
      { id: 't-2', notBeforeMs: 0 },
    ]
    await estimates.of(one, 5)
    expect((await estimates.of(one, 6))?.reason).toBeNull()
    expect((await estimates.of(one, 14))?.reason).toBe('others_first')
    await estimates.of(two, 15)
    for (let run = 0; run < 12; run += 1) {
      await submit(queue, `slow-${String(run)}`)
      const ref = await startOne(queue)
      clock.advance(100_000)
      await queue.extend(WORKER, [ref])
      clock.advance(100_000)
      await queue.settle(ref, WORKER, SUCCESS)
    }
    expect((await estimates.of(two, 3))?.reason).toBe('runs_longer')
  })

  it('says that another went first where two waited for another try, each told to be the next', async () => {
    const { estimates, learn, become, queue, clock } = open()
    await learn(4)
    become([server()])
    const waiting = { id: 't-1', notBeforeMs: clock.now() + 120_000 }
    expect(await estimates.of(waiting, 1)).toMatchObject({ seconds: 120, reason: null })
    clock.advance(119_000)
    expect((await estimates.of(waiting, 1))?.reason).toBeNull()
    clock.advance(1_000)
    await submit(queue, 'the-other')
    await startOne(queue)
    clock.advance(4_000)
    expect((await estimates.of(waiting, 1))?.reason).toBe('others_first')
  })
})
