import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { openGatewayDatabase } from '../store/gatewayDatabase.ts'
import { newTask, startOne, stateOf, submit, SUCCESS, TENANT, WORKER } from './contract/fixture.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from './timings.ts'

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
