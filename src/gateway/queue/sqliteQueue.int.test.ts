import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { openDatabase } from '../../shared/node/index.ts'
import { allKindsOf } from '../taskKinds.ts'
import type { Database } from '../../shared/node/index.ts'
import { openGatewayDatabase } from '../store/gatewayDatabase.ts'
import { GATEWAY_MIGRATIONS } from '../store/schema/migrations.ts'
import {
  leaseAll,
  newTask,
  runNext,
  startOne,
  stateOf,
  submit,
  submitMany,
  SUCCESS,
  TASK_TYPE,
  TENANT,
  WORKER,
} from './contract/fixture.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from './timings.ts'

const HOUR_MS = 3_600_000
let dataDir = ''

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'queue-'))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true })
})

function openQueue(clock = createFakeClock()) {
  const db = openGatewayDatabase(dataDir)
  const queue = new SqliteQueue({ db, clock, timings: QUEUE_TIMINGS, limits: () => QUEUE_LIMITS })
  const close = async (): Promise<void> => {
    await queue.close()
    db.close()
  }
  return { queue, clock, close }
}

describe('SqliteQueue on disk', () => {
  it('goes on after a restart where it was, with time for workers to come back', async () => {
    const first = openQueue()
    await submit(first.queue, 'request-1')
    const ref = await startOne(first.queue)
    const waiting = await submit(first.queue, 'request-2')
    const { cursor } = await first.queue.since(TENANT, null, 10)
    await first.close()

    const clock = createFakeClock(first.clock.now() + 3_600_000)
    const second = openQueue(clock)
    expect(await second.queue.get(TENANT, waiting.id)).toEqual(waiting)
    expect(await second.queue.submit(newTask('request-2'))).toMatchObject({ kind: 'replayed' })
    expect(await second.queue.counts()).toEqual({ queued: 1, leased: 0, running: 1, cancelling: 0 })
    expect(await second.queue.since(TENANT, cursor, 10)).toMatchObject({ events: [], reset: false })
    clock.advance(QUEUE_TIMINGS.startGraceMs - 1)
    expect(await second.queue.reap()).toBe(0)
    expect(await second.queue.resume(WORKER, [ref])).toEqual({ alive: [ref], revoked: [], cancel: [] })
    clock.advance(QUEUE_TIMINGS.leaseMs - 1)
    expect(await second.queue.reap()).toBe(0)
    expect(await second.queue.settle(ref, WORKER, SUCCESS)).toBe('ok')
    expect(await stateOf(second.queue, ref.task_id)).toBe('succeeded')
    await second.close()
  })

  it('belongs to one process: a second owner is refused', async () => {
    const { close } = openQueue()
    expect(() => openGatewayDatabase(dataDir)).toThrow(expect.objectContaining({ code: 'DB_IN_USE' }) as Error)
    await close()
  })

  it('keeps the WAL small over a thousand commits', async () => {
    const { queue, close } = openQueue()
    for (let number = 0; number < 300; number++) {
      await submit(queue, `request-${String(number)}`)
      await queue.settle(await startOne(queue), WORKER, SUCCESS)
    }
    const wal = await stat(join(dataDir, 'gateway.db-wal'))
    expect(wal.size).toBeLessThan(32 * 1024 * 1024)
    await close()
  })
})

describe('SqliteQueue after a restart', () => {
  it('stays paused', async () => {
    const first = openQueue()
    await first.queue.setPaused(true)
    await first.close()
    const second = openQueue(createFakeClock(first.clock.now()))
    expect(await second.queue.isPaused()).toBe(true)
    await second.close()
  })

  it('owes a tenant nothing that had its turn before', async () => {
    const first = openQueue()
    await submitMany(first.queue, 30, { tenant: 't-first' })
    for (let turn = 0; turn < 10; turn++) await runNext(first.queue)
    await submitMany(first.queue, 10, { tenant: 't-second' })
    for (let turn = 0; turn < 6; turn++) await runNext(first.queue)
    await first.close()
    const second = openQueue(createFakeClock(first.clock.now()))
    const tenants: (string | undefined)[] = []
    for (let turn = 0; turn < 8; turn++) tenants.push((await runNext(second.queue))?.tenant)
    expect(tenants.filter((tenant) => tenant === 't-second')).toHaveLength(4)
    await second.close()
  })

  it.each([24 * HOUR_MS, 10 * 365 * 24 * HOUR_MS, -24 * HOUR_MS, -1_700_000_000_000])(
    'ends no wait and forgets no task because its clock is wrong by %d ms',
    async (wrongByMs) => {
      const first = openQueue()
      const waiting = await submit(first.queue, 'request-1')
      const ended = await submit(first.queue, 'request-2', { tenant: 't-beta' })
      await first.queue.cancel('t-beta', ended.id)
      first.clock.advance(HOUR_MS)
      await first.queue.reap()
      await first.close()

      const clock = createFakeClock(first.clock.now() + wrongByMs)
      const second = openQueue(clock)
      expect(await second.queue.reap()).toBe(0)
      expect(await stateOf(second.queue, ended.id, 't-beta')).toBe('cancelled')
      clock.advance(21 * HOUR_MS)
      await second.queue.reap()
      expect(await second.queue.get(TENANT, waiting.id)).toMatchObject({ state: 'queued', expiresSoon: true })
      clock.advance(2 * HOUR_MS)
      await second.queue.reap()
      expect(await stateOf(second.queue, waiting.id)).toBe('expired')
      await second.close()
    },
  )
})

describe('SqliteQueue on the database of the release before', () => {
  it('goes on with what waits, backs off, runs and has ended', async () => {
    const [core] = GATEWAY_MIGRATIONS
    if (core === undefined) throw new Error('no migrations')
    const clock = createFakeClock()
    const old = openDatabase({ path: join(dataDir, 'gateway.db'), migrations: [core] })
    insertOldTask(old, clock.now(), { id: 'waits', state: 'queued' })
    insertOldTask(old, clock.now(), { id: 'urgent', state: 'queued', class: 0 })
    const options = { loop: 'pingpong', super_resolution: true, ai_badge: true } as const
    const payload = JSON.stringify({ ...newTask('any').payload, options })
    insertOldTask(old, clock.now(), { id: 'asks', state: 'queued', payload })
    insertOldTask(old, clock.now(), { id: 'stalled', state: 'queued', not_before: clock.now() + 5000, stalls: 1 })
    insertOldTask(old, clock.now(), { id: 'runs', state: 'running', epoch: 1, token: 'token', worker: WORKER })
    insertOldTask(old, clock.now(), { id: 'ended', state: 'succeeded', finished: clock.now(), deadline: null })
    old.close()

    const { queue, close } = openQueue(clock)
    expect((await queue.statistics()).byState).toMatchObject({ queued: 4, running: 1, succeeded: 1 })
    expect((await leaseAll(queue)).map((lease) => lease.task.id)).toEqual(['urgent', 'waits'])
    const [asks] = allKindsOf(TASK_TYPE).slice(-1)
    const able = { workerId: WORKER, serverId: 'GPU-001', credit: 1, isIdle: true, fleetSlots: 9 }
    expect(await queue.lease({ ...able, kinds: [asks ?? ''] })).toMatchObject([
      { task: { id: 'asks', taskType: TASK_TYPE, payload: { options } } },
    ])
    expect(await queue.settle({ task_id: 'runs', epoch: 1, token: 'token' }, WORKER, SUCCESS)).toBe('ok')
    clock.advance(5000)
    expect((await leaseAll(queue)).map((lease) => lease.task.id)).toEqual(['stalled'])
    clock.advance(QUEUE_TIMINGS.terminalKeptMs + 1)
    await queue.reap()
    expect(await stateOf(queue, 'ended')).toBeUndefined()
    await close()
  })
})

/** A row as the first release stored it. */
function insertOldTask(db: Database, nowMs: number, task: Readonly<Record<string, string | number | null>>): void {
  const row = {
    ...{
      tenant: TENANT,
      request_id: `request-${String(task['id'])}`,
      digest: 'd',
      type: TASK_TYPE,
      class: 1,
      version: 1,
    },
    ...{ payload: JSON.stringify(newTask('any').payload), created: nowMs, expires: nowMs + 24 * HOUR_MS },
    ...{ deadline: nowMs + 24 * HOUR_MS, not_before: 0, stalls: 0 },
    ...task,
  }
  const columns = Object.keys(row)
  const places = columns.map(() => '?').join(', ')
  db.run(`INSERT INTO task(${columns.join(', ')}) VALUES (${places})`, ...Object.values(row))
}
