import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorkerFrame } from '../../protocol/dsp/index.ts'
import { AppError, createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import { createLogger, openDatabase } from '../../shared/node/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { Courier } from './Courier.ts'
import { createJournal, JOURNAL_MIGRATIONS } from './journal.ts'
import type { Journal } from './journal.ts'

const TASK = `t_${'1'.repeat(32)}`
const warnings: string[] = []
const silent = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })
const log: Logger = { ...silent, warn: (message) => void warnings.push(message) }

describe('Courier', () => {
  let clock: FakeClock
  let db: Database
  let journal: Journal
  let courier: Courier
  const sent: WorkerFrame[] = []

  beforeEach(() => {
    sent.splice(0)
    warnings.splice(0)
    clock = createFakeClock()
    db = openDatabase({ path: ':memory:', migrations: JOURNAL_MIGRATIONS })
    journal = createJournal(db, clock)
    courier = new Courier({
      ...{ journal, clock, log, spoolPath: (taskId) => `/nowhere/${taskId}`, onUploading: () => undefined },
      openPool: () => {
        throw new Error('nothing is uploaded')
      },
      send: (frame) => sent.push(frame) > 0,
    })
  })
  afterEach(async () => {
    await courier.stop()
    db.close()
  })

  function owe(epoch: number): void {
    journal.begin({ task_id: TASK, epoch, token: '2'.repeat(32), capability: 'c', upload_url: '/uploads' })
    journal.spool(TASK, { kind: 'removed' })
  }

  const told = (times: number): Promise<void> =>
    vi.waitFor(() => {
      expect(sent).toHaveLength(times)
    })

  it('tells a result again and again until it is answered, and then has nothing left to do', async () => {
    owe(1)
    courier.deliver(TASK)
    await told(1)
    clock.advance(10_000)
    await told(2)
    clock.advance(20_000)
    await told(3)
    courier.acked(TASK, 1, 'ok', undefined)
    await courier.idle()
    expect(clock.pendingTimers).toBe(0)
  })

  it.each(['dup', 'superseded'] as const)('is done with %s too', async (outcome) => {
    owe(1)
    courier.deliver(TASK)
    await told(1)
    courier.acked(TASK, 1, outcome, undefined)
    expect([journal.spooled(), clock.pendingTimers]).toEqual([[], 0])
  })

  it('is asked for a result nobody owes: no timer is left of that', async () => {
    courier.deliver(TASK)
    await courier.stop()
    expect([sent, clock.pendingTimers]).toEqual([[], 0])
  })

  it('tells it again when the gateway says so, also as the first thing after a start', async () => {
    owe(1)
    courier.acked(TASK, 1, 'retry', undefined)
    expect(clock.pendingTimers).toBe(1)
    clock.advance(1_000)
    await told(1)
    courier.acked(TASK, 1, 'ok', undefined)
    expect(clock.pendingTimers).toBe(0)
  })

  it('outlives a journal that cannot be read, and tells the result once it can be', async () => {
    owe(1)
    db.exec('ALTER TABLE journal RENAME TO unreadable')
    courier.deliver(TASK)
    await vi.waitFor(() => {
      expect(warnings).toEqual(['result not delivered yet', 'what is owed could not be looked up; it is tried again'])
    })
    expect(clock.pendingTimers).toBe(1)
    db.exec('ALTER TABLE unreadable RENAME TO journal')
    clock.advance(1_000)
    await told(1)
  })

  it('looks again whether anything is owed when that could not be read', async () => {
    let reads = 0
    const find: Journal['find'] = (taskId) => {
      reads += 1
      // The first look found nothing to tell; the second asks whether the delivery may go.
      if (reads === 2) throw new Error('disk I/O error')
      return journal.find(taskId)
    }
    const asking = new Courier({
      ...{ journal: { ...journal, find }, clock, log, spoolPath: (taskId) => taskId, onUploading: () => undefined },
      openPool: () => {
        throw new Error('nothing is uploaded')
      },
      send: (frame) => sent.push(frame) > 0,
    })
    asking.deliver(TASK)
    await vi.waitFor(() => {
      expect([warnings.length, clock.pendingTimers]).toEqual([1, 1])
    })
    clock.advance(1_000)
    await vi.waitFor(() => {
      expect(reads).toBe(4)
    })
    await asking.stop()
    expect([sent, warnings.length, clock.pendingTimers]).toEqual([[], 1, 0])
  })

  it('tells it once more when its answer could not be noted, and outlives a file it cannot remove', async () => {
    const whole = journal
    let isFull = true
    const full: Journal = {
      ...journal,
      forget: (taskId) => {
        if (isFull) throw new Error('database or disk is full')
        whole.forget(taskId)
      },
    }
    // Below a file there can be none: removing it fails, and not for its absence.
    const spoolPath = (taskId: string): string => join(import.meta.filename, taskId)
    const onFullDisk = new Courier({
      ...{ journal: full, clock, log, spoolPath, onUploading: () => undefined },
      openPool: () => {
        throw new Error('nothing is uploaded')
      },
      send: (frame) => sent.push(frame) > 0,
    })
    owe(1)
    onFullDisk.deliver(TASK)
    await told(1)
    expect(() => {
      onFullDisk.acked(TASK, 1, 'ok', undefined)
    }).toThrow('full')
    isFull = false
    clock.advance(10_000)
    await told(2)
    onFullDisk.acked(TASK, 1, 'dup', undefined)
    expect([journal.spooled(), clock.pendingTimers]).toEqual([[], 0])
    await onFullDisk.stop()
  })

  /** A result whose upload ends like that, each time. */
  function oweVideo(refusal: AppError): Courier {
    const refused = (): Promise<never> => Promise.reject(refusal)
    journal.begin({ task_id: TASK, epoch: 1, token: '2'.repeat(32), capability: 'c', upload_url: '/uploads' })
    const file = { md5: 'a'.repeat(32), sha256: 'a'.repeat(64), ext: '.mp4' as const, size: 1 }
    const output = { ...file, duration_ms: 1, width: 2, height: 2, fps: 25 }
    journal.spool(TASK, { kind: 'succeeded', engine: 'preview', output })
    return new Courier({
      ...{ journal, clock, log, spoolPath: (taskId) => `/nowhere/${taskId}`, onUploading: () => undefined },
      openPool: () => ({ has: refused, upload: refused, download: refused, close: () => undefined }),
      send: (frame) => sent.push(frame) > 0,
    })
  }

  it('waits for room in a full pool, however long', async () => {
    const waiting = oweVideo(new AppError('DISK_FULL', { retryable: true }))
    waiting.deliver(TASK)
    for (let round = 0; round < 5; round += 1) {
      await vi.waitFor(() => {
        expect(clock.pendingTimers).toBe(1)
      })
      clock.advance(60_000)
    }
    await waiting.stop()
    expect([sent, journal.spooled().length]).toEqual([[], 1])
  })

  it('tells a result that the pool will never take as a failure', async () => {
    const refused = oweVideo(new AppError('FILE_TOO_LARGE', { message: 'larger than 1 MiB' }))
    refused.deliver(TASK)
    await told(1)
    expect(sent).toMatchObject([
      { type: 'gpu.job.result', error: true, error_code: 'FILE_TOO_LARGE', retryable: false },
    ])
    await refused.stop()
  })

  it('takes no answer to an older lease for one to the newer', async () => {
    owe(2)
    courier.deliver(TASK)
    await told(1)
    courier.acked(TASK, 1, 'superseded', undefined)
    expect(journal.spooled()).toHaveLength(1)
  })
})
