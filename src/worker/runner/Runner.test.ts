import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job, WorkerFrame } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createFileHasher, openDatabase } from '../../shared/node/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { FetchDeps, PinnedInput } from '../inputs/inputCache.ts'
import { Courier } from './Courier.ts'
import { createJournal, JOURNAL_MIGRATIONS } from './journal.ts'
import type { Journal } from './journal.ts'
import { Runner } from './Runner.ts'

const JOB: Job = {
  version: '1.0',
  task_type: 'heygem_submit',
  request_id: 'request_0001',
  task_id: `t_${'1'.repeat(32)}`,
  epoch: 1,
  token: '2'.repeat(32),
  lease_ms: 120_000,
  inputs: [
    { role: 'video', md5: 'a'.repeat(32), sha256: 'a'.repeat(64), ext: '.mp4', size: 1, url: '/video' },
    { role: 'audio', md5: 'b'.repeat(32), sha256: 'b'.repeat(64), ext: '.wav', size: 1, url: '/audio' },
  ],
  options: {},
  capability: 'capability-1',
  upload_url: '/uploads',
}

describe('Runner', () => {
  let db: Database
  const sent: WorkerFrame[] = []
  const errors: string[] = []
  const quiet = (): void => undefined
  const log: Logger = {
    ...{ debug: quiet, info: quiet, warn: quiet, close: quiet, child: () => log },
    error: (message) => void errors.push(message),
  }

  beforeEach(() => {
    db = openDatabase({ path: ':memory:', migrations: JOURNAL_MIGRATIONS })
    sent.splice(0)
    errors.splice(0)
  })
  afterEach(() => {
    db.close()
  })

  const unused = (): never => {
    throw new Error('not used here')
  }

  function open(changes: Partial<Journal>): Runner {
    const clock = createFakeClock()
    const journal = { ...createJournal(db, clock), ...changes }
    const send = (frame: WorkerFrame): boolean => sent.push(frame) > 0
    const pool = { has: unused, upload: unused, download: unused, close: quiet }
    const shared = { journal, clock, log, send, spoolPath: (taskId: string) => taskId, openPool: () => pool }
    return new Runner({
      ...shared,
      courier: new Courier({ ...shared, onUploading: unused }),
      engine: {
        ...{ name: 'none', features: [], lipSync: false },
        probe: async () => ({ ready: true, version: '1' }),
        run: unused,
      },
      slots: 1,
      notReadyReason: () => undefined,
      cache: { acquire: (_, { signal }) => neverFetched(signal), remove: unused },
      hasher: createFileHasher(),
      workRoot: 'work',
    })
  }

  it('rejects a job that the journal cannot note, instead of ending the process', () => {
    const runner = open({
      begin: () => {
        throw new Error('database or disk is full')
      },
    })
    runner.take(JOB)
    expect(sent).toMatchObject([{ type: 'gpu.job.reject', task_id: JOB.task_id, epoch: 1 }])
    expect(runner.running).toEqual([])
  })

  it('outlives a job that waited for the end of its older run and cannot be looked up then', async () => {
    const whole = createJournal(db, createFakeClock())
    let isBroken = false
    const runner = open({
      find: (taskId) => {
        if (isBroken) throw new Error('disk I/O error')
        return whole.find(taskId)
      },
    })
    runner.take(JOB)
    runner.end(JOB.task_id, 'abandoned')
    runner.take({ ...JOB, epoch: 2 })
    isBroken = true
    await vi.waitFor(() => {
      expect(errors).toEqual(['a job that had waited could not be taken'])
    })
    expect(runner.running).toEqual([])
  })
})

function neverFetched(signal: FetchDeps['signal']): Promise<PinnedInput> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}
