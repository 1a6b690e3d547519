import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job, WorkerFrame } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
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
  let clock: FakeClock
  const sent: WorkerFrame[] = []
  const errors: string[] = []
  const quiet = (): void => undefined
  const log: Logger = {
    ...{ debug: quiet, info: quiet, warn: quiet, close: quiet, child: () => log },
    error: (message) => void errors.push(message),
  }

  beforeEach(() => {
    clock = createFakeClock()
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

  function open(changes: Partial<Journal>, spoolPath: (taskId: string) => string = (taskId) => taskId): Runner {
    const journal = { ...createJournal(db, clock), ...changes }
    const send = (frame: WorkerFrame): boolean => sent.push(frame) > 0
    const pool = { has: unused, upload: unused, download: unused, close: quiet }
    const shared = { journal, clock, log, send, spoolPath, openPool: () => pool }
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
      cache: { acquire: (_, { signal }) => neverFetched(signal), remove: async () => [] },
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

  it('rejects a job whose options its engine cannot do before anything of it is noted', () => {
    const runner = open({ begin: unused })
    runner.take({ ...JOB, options: { super_resolution: true } })
    expect(sent).toMatchObject([
      { type: 'gpu.job.reject', task_id: JOB.task_id, retryable: false, code: 'OPTION_UNSUPPORTED' },
    ])
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

  describe('when its disk does not take the note of how a run ended', () => {
    const REMOVAL: Job = { ...JOB, task_type: 'delete_asset', inputs: [], remove: [] }
    let failures = 0
    const failing = (): Partial<Journal> => {
      const whole = createJournal(db, clock)
      return {
        spool: (taskId, outcome) => {
          if (failures-- > 0) throw new Error('database or disk is full')
          whole.spool(taskId, outcome)
        },
      }
    }
    const failed = (times: number): Promise<void> =>
      vi.waitFor(() => {
        expect([errors.length, clock.pendingTimers]).toEqual([times, 1])
      })

    it('holds the run as a result still owed, and brings it once it is noted', async () => {
      failures = 2
      const runner = open(failing())
      runner.take(REMOVAL)
      await failed(1)
      expect(runner.running).toMatchObject([{ task_id: JOB.task_id, progress: { stage: 'upload' } }])
      clock.advance(1_000)
      await failed(2)
      clock.advance(2_000)
      await vi.waitFor(() => {
        expect(sent.filter(({ type }) => type === 'gpu.job.result')).toHaveLength(1)
      })
      expect(runner.running).toEqual([])
    })

    it.each(['cancelled', 'abandoned', 'handedBack'] as const)(
      'gives it up when it is %s, and keeps no file that nobody will ask for',
      async (reason) => {
        failures = Infinity
        const dir = mkdtempSync(join(tmpdir(), 'dhs-note-'))
        writeFileSync(join(dir, JOB.task_id), 'a video')
        const runner = open(failing(), (taskId) => join(dir, taskId))
        runner.take(REMOVAL)
        await failed(1)
        if (reason === 'handedBack') await runner.stop()
        else runner.end(JOB.task_id, reason)
        await vi.waitFor(() => {
          expect([runner.running, readdirSync(dir), clock.pendingTimers]).toEqual([[], [], 0])
        })
        rmSync(dir, { recursive: true })
      },
    )
  })
})

function neverFetched(signal: FetchDeps['signal']): Promise<PinnedInput> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}
