import { describe, expect, it } from 'vitest'
import type { Job, WorkerFrame } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createFileHasher, createLogger, openDatabase } from '../../shared/node/index.ts'
import { Courier } from './Courier.ts'
import { createJournal, JOURNAL_MIGRATIONS } from './journal.ts'
import { Runner } from './Runner.ts'

const JOB: Job = {
  version: '1.0',
  task_type: 'heygem_submit',
  request_id: 'request_0001',
  task_id: `t_${'1'.repeat(32)}`,
  epoch: 1,
  token: '2'.repeat(32),
  lease_ms: 120_000,
  inputs: [],
  options: {},
  capability: 'capability-1',
  upload_url: '/uploads',
}

describe('Runner', () => {
  it('rejects a job that the journal cannot note, instead of ending the process', () => {
    const clock = createFakeClock()
    const db = openDatabase({ path: ':memory:', migrations: JOURNAL_MIGRATIONS })
    const log = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })
    const full = (): never => {
      throw new Error('database or disk is full')
    }
    const journal = { ...createJournal(db, clock), begin: full }
    const sent: WorkerFrame[] = []
    const unused = (): never => {
      throw new Error('nothing is run')
    }
    const send = (frame: WorkerFrame): boolean => sent.push(frame) > 0
    const shared = { journal, clock, log, send, spoolPath: (taskId: string) => taskId, openPool: unused }
    const runner = new Runner({
      ...shared,
      courier: new Courier({ ...shared, onUploading: unused }),
      engine: {
        ...{ name: 'none', features: [], lipSync: false },
        probe: async () => ({ ready: true, version: '1' }),
        run: unused,
      },
      slots: 1,
      notReadyReason: () => undefined,
      cache: { acquire: unused, remove: unused },
      hasher: createFileHasher(),
      workRoot: 'work',
    })
    runner.take(JOB)
    expect(sent).toMatchObject([{ type: 'gpu.job.reject', task_id: JOB.task_id, epoch: 1 }])
    expect(runner.running).toEqual([])
    db.close()
  })
})
