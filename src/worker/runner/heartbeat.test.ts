import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorkerFrame } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger, openDatabase } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createJournal, JOURNAL_MIGRATIONS } from './journal.ts'

const TASK = `t_${'1'.repeat(32)}`
const EVERY_MS = 10_000
const log = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })

describe('heartbeat', () => {
  const clock = createFakeClock()
  const sent: WorkerFrame[] = []
  let db: Database
  let isConnected = true

  beforeEach(() => {
    sent.splice(0)
    isConnected = true
    db = openDatabase({ path: ':memory:', migrations: JOURNAL_MIGRATIONS })
    const journal = createJournal(db, clock)
    journal.begin({ task_id: TASK, epoch: 1, token: '2'.repeat(32), capability: 'c', upload_url: '/uploads' })
    journal.spool(TASK, { kind: 'removed' })
    const heartbeat = createHeartbeat({
      ...{ journal, clock, log, runner: { running: [] }, readLoad: () => undefined },
      send: (frame) => isConnected && sent.push(frame) > 0,
    })
    heartbeat.begin(EVERY_MS)
  })
  afterEach(() => {
    db.close()
  })

  it('ends with the connection', () => {
    clock.advance(2 * EVERY_MS)
    isConnected = false
    clock.advance(EVERY_MS)
    expect([sent.length, clock.pendingTimers]).toEqual([2, 0])
  })

  it('leaves out a beat while the journal cannot be read, instead of ending the process, and goes on after it', () => {
    db.exec('ALTER TABLE journal RENAME TO unreadable')
    clock.advance(2 * EVERY_MS)
    expect([sent, clock.pendingTimers]).toEqual([[], 1])
    db.exec('ALTER TABLE unreadable RENAME TO journal')
    clock.advance(EVERY_MS)
    expect(sent).toMatchObject([{ type: 'gpu.heartbeat', tasks: [{ task_id: TASK, stage: 'upload' }] }])
    isConnected = false
    clock.advance(EVERY_MS)
    expect(clock.pendingTimers).toBe(0)
  })
})
