import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PoolFile } from '../../protocol/files/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from '../queue/timings.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { LiveFiles } from './liveFiles.ts'

const TYPES = ['heygem_submit']
const { lateOutputKeptMs } = QUEUE_TIMINGS
let db: Database
let queue: SqliteQueue
let live: LiveFiles
const clock = createFakeClock()
let number = 0

beforeEach(async () => {
  db = openMemoryGatewayDatabase()
  queue = new SqliteQueue({
    db,
    clock,
    timings: QUEUE_TIMINGS,
    limits: () => ({ ...QUEUE_LIMITS, queuedPerTenant: 2_000 }),
  })
  live = await LiveFiles.open({ queue, clock, lateOutputKeptMs })
})
afterEach(async () => {
  live.stop()
  await queue.close()
  db.close()
})

function fileOf(digit: string, ext: '.wav' | '.mp4'): PoolFile {
  return { md5: digit.repeat(32), sha256: digit.repeat(64), ext, size: 1 }
}

async function submit(voice: string, face: string, tenant = 't-one'): Promise<string> {
  number += 1
  const payload = { audio: fileOf(voice, '.wav'), video: fileOf(face, '.mp4'), options: {} }
  const shared = { taskType: 'heygem_submit', priority: 'normal', retryOf: null } as const
  const outcome = await queue.submit({ ...shared, tenant, requestId: `request_${String(number)}`, payload })
  if (outcome.kind !== 'created') throw new Error(outcome.kind)
  return outcome.task.id
}

async function lease() {
  const request = { workerId: 'w-1', serverId: 'GPU-001', kinds: TYPES, credit: 1, isIdle: true, fleetSlots: 1 }
  const [given] = await queue.lease(request)
  if (given === undefined) throw new Error('nothing was leased')
  return { task_id: given.task.id, epoch: given.task.epoch, token: given.token }
}

/** A task that is cancelled while it runs and then succeeds all the same, with this content. */
async function succeedTooLate(result: string): Promise<void> {
  const taskId = await submit('1', '2')
  const ref = await lease()
  await queue.accept(ref, 'w-1')
  await queue.cancel('t-one', taskId)
  const output = { ...fileOf(result, '.mp4'), duration_ms: 1, width: 2, height: 2, fps: 25 }
  await queue.settle(ref, 'w-1', { kind: 'succeeded', output, engine: 'preview' })
}

const used = (digits: string, tenant = 't-one'): boolean[] =>
  digits.split('').map((digit) => live.isUsed(tenant, digit.repeat(64)))

describe('LiveFiles', () => {
  it('counts a file until the last task with it has ended', async () => {
    const first = await submit('1', '2')
    const second = await submit('1', '3')
    expect(used('123')).toEqual([true, true, true])
    await queue.cancel('t-one', first)
    expect(used('123')).toEqual([true, false, true])
    const ended: (readonly string[])[] = []
    live.onEnded((contents) => ended.push(contents))
    await queue.cancel('t-one', second)
    expect(used('123')).toEqual([false, false, false])
    expect(ended).toEqual([['1'.repeat(64), '3'.repeat(64)]])
  })

  it('counts through every state on the way, and once a file that is both inputs', async () => {
    await submit('1', '1')
    const ref = await lease()
    expect(used('1')).toEqual([true])
    await queue.accept(ref, 'w-1')
    expect(used('1')).toEqual([true])
    await queue.settle(ref, 'w-1', { kind: 'succeeded', output: null, engine: 'preview' })
    expect(used('1')).toEqual([false])
  })

  it('knows tenants apart, and whether anybody uses it', async () => {
    await submit('1', '2', 't-two')
    expect([used('1'), used('1', 't-two')]).toEqual([[false], [true]])
    expect([live.isUsedByAnyone('1'.repeat(64)), live.isUsedByAnyone('9'.repeat(64))]).toEqual([true, false])
  })

  it('knows after a start what was live before, over many pages', async () => {
    for (let index = 0; index < 1_100; index++) await submit('1', '2')
    const last = await submit('3', '4')
    const again = await LiveFiles.open({ queue, clock, lateOutputKeptMs })
    expect(['1', '3'].map((digit) => again.isUsed('t-one', digit.repeat(64)))).toEqual([true, true])
    await queue.cancel('t-one', last)
    expect(['1', '3'].map((digit) => again.isUsed('t-one', digit.repeat(64)))).toEqual([true, false])
    again.stop()
  })

  it('keeps a late success over a start, however many were cancelled since', async () => {
    await succeedTooLate('5')
    for (let index = 0; index < 501; index++) await queue.cancel('t-one', await submit('1', '2'))
    const again = await LiveFiles.open({ queue, clock, lateOutputKeptMs })
    expect(again.isUsed('t-one', '5'.repeat(64))).toBe(true)
    again.stop()
  })

  it('keeps a success that came after a cancel for a day', async () => {
    await succeedTooLate('5')
    expect(used('125')).toEqual([false, false, true])
    const again = await LiveFiles.open({ queue, clock, lateOutputKeptMs })
    expect(again.isUsed('t-one', '5'.repeat(64))).toBe(true)
    again.stop()
    clock.advance(24 * 60 * 60_000)
    expect(used('5')).toEqual([false])
  })
})
