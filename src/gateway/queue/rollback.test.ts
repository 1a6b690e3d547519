import { expect, it } from 'vitest'
import { AppError, createFakeClock } from '../../shared/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { startOne, submit, newTask, SUCCESS, WORKER } from './contract/fixture.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from './timings.ts'

it('the times of a run that was not stored are forgotten, though somebody looked at them in its transaction', async () => {
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  let breaks = (): void => undefined
  const limits = () => {
    breaks()
    return QUEUE_LIMITS
  }
  const queue = new SqliteQueue({ db, clock, timings: QUEUE_TIMINGS, limits })
  await submit(queue, 'request-1')
  await submit(queue, 'request-2')
  const ended = await startOne(queue)
  const still = await startOne(queue)
  await queue.extend(WORKER, [ended, still])
  clock.advance(QUEUE_TIMINGS.leaseMs - 1)
  await queue.extend(WORKER, [ended, still])
  clock.advance(QUEUE_TIMINGS.progressMs)
  expect(await queue.runStats()).toEqual([])
  breaks = () => {
    db.exec('PRAGMA query_only = 1')
    throw new AppError('DISK_FULL')
  }
  // The heartbeat asks how long such runs take, between the result and what fails.
  const group = [
    queue.settle(ended, WORKER, SUCCESS),
    queue.extend(WORKER, [still]),
    queue.submit(newTask('request-3')),
  ]
  for (const { status } of await Promise.allSettled(group)) expect(status).toBe('rejected')
  db.exec('PRAGMA query_only = 0')
  expect(await queue.runStats()).toEqual([])
  expect(await queue.settle(ended, WORKER, SUCCESS)).toBe('ok')
  expect(await queue.runStats()).toHaveLength(1)
  await queue.close()
  db.close()
})
