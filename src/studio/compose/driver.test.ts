import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heygemStatus } from '../../protocol/task/index.ts'
import type { TaskState, TaskView } from '../../protocol/task/index.ts'
import { AppError, createFakeClock } from '../../shared/index.ts'
import { createFileHasher, createLogger, openDatabase } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { GatewayLink } from '../connection/index.ts'
import { STUDIO_MIGRATIONS } from '../database/migrations.ts'
import { createLedger, createRecordStore } from '../history/index.ts'
import type { RecordStore, StoredInput, StoredRecord } from '../history/index.ts'
import { createHashCache, createTransfers, createUploadCheckpoints } from '../transfer/index.ts'
import { Crew } from './crew.ts'
import { RecordDriver } from './driver.ts'
import type { DriverDeps } from './driver.ts'
import { newRecord } from './drafts.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })
const TASK_ID = `t_${'a'.repeat(32)}`
const INPUT: StoredInput = {
  path: '/in/a.mp4',
  name: 'a.mp4',
  ext: '.mp4',
  durationMs: 8_000,
  stamp: { sizeBytes: 10, mtimeMs: 1, inode: 2, device: 3 },
  digests: { md5: '0'.repeat(32), sha256: '1'.repeat(64) },
}

function record(change: Partial<StoredRecord>): StoredRecord {
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const voice = { ...INPUT, ext: '.wav' as const }
  const made = newRecord({ avatar: INPUT, voice, options, wantedPath: null, retryOf: null, nowMs: 0 })
  return { ...made, avatar: INPUT, voice, ...change }
}

function task(state: TaskState): TaskView {
  const nothing = { stage: null, progress: null, frame: null, total_frames: null, position: null, eta_seconds: null }
  const none = {
    eta_high_seconds: null,
    eta_basis: null,
    gpu: null,
    name: null,
    server_id: null,
    engine: null,
    result_url: null,
    output: null,
  }
  const noError = { error_code: null, error_msg: null, error_hint: null, retry_of: null }
  const times = { created_at: 0, started_at: null, finished_at: null, attempts: 0 }
  const ids = { task_id: TASK_ID, request_id: 'dhs-1', task_type: 'heygem_submit' as const }
  return {
    ...ids,
    ...nothing,
    ...none,
    ...noError,
    ...times,
    state,
    status: heygemStatus(state),
    version: 9,
    message: '',
  }
}

const unused = (): Promise<never> => Promise.reject(new Error('not part of this test'))

/** A gateway that answers from a script; the last answer again and again. */
function scripted(answers: Partial<Pick<GatewayLink['client'], 'status' | 'submit'>>): GatewayLink {
  return {
    key: 'embedded',
    baseUrl: 'http://127.0.0.1:1',
    token: '',
    client: {
      baseUrl: 'http://127.0.0.1:1',
      host: '127.0.0.1:1',
      health: unused,
      queue: unused,
      submit: unused,
      status: unused,
      tasks: unused,
      cancel: unused,
      checkFiles: unused,
      ...answers,
    },
    pool: { has: unused, upload: unused, download: unused, close: () => undefined },
    close: () => undefined,
  }
}

describe('a record’s driver', () => {
  const clock = createFakeClock()
  let db: Database
  let store: RecordStore
  let isDiskFull: boolean
  let driver: RecordDriver | undefined

  beforeEach(() => {
    db = openDatabase({ path: ':memory:', migrations: STUDIO_MIGRATIONS })
    isDiskFull = false
    const real = createRecordStore({ db, log, clock })
    store = {
      ...real,
      update(changed) {
        if (isDiskFull) throw new AppError('DISK_FULL', { data: { where: 'data' }, retryable: true })
        real.update(changed)
      },
    }
  })
  afterEach(async () => {
    await driver?.stop()
    db.close()
  })

  function depsOver(link: GatewayLink): DriverDeps {
    const media = { addressOf: (path: string) => path, posterAddressOf: () => null }
    const checkpoints = createUploadCheckpoints(db, clock)
    return {
      ledger: createLedger({ store, media, clock }),
      hashCache: createHashCache({ db, hasher: createFileHasher(), clock }),
      transfers: createTransfers({ checkpoints, readUploadLimit: () => null, setBusy: () => undefined }),
      link: () => link,
      lipSyncOf: () => null,
      outputDir: '/out',
      clock,
      log,
    }
  }

  function drive(made: StoredRecord, link: GatewayLink): RecordDriver {
    store.insert(made)
    driver = new RecordDriver(depsOver(link), made.id)
    return driver
  }
  const waiting = { phase: 'waiting', taskId: TASK_ID, submitTried: true, gateway: 'embedded' } as const
  const untilItWaits = (): Promise<void> =>
    vi.waitFor(
      () => {
        expect(clock.pendingTimers).toBe(1)
      },
      { interval: 5 },
    )

  it('outlives a disk on which nothing can be stored, and goes on when there is room', async () => {
    isDiskFull = true
    const made = record(waiting)
    const running = drive(made, scripted({ status: () => Promise.resolve(task('cancelled')) }))
    await untilItWaits()
    expect(store.find(made.id)?.phase).toBe('waiting')
    isDiskFull = false
    clock.advance(5_000)
    await running.ended
    expect(store.find(made.id)?.phase).toBe('cancelled')
  })

  it('keeps a task that the gateway has, however often the gateway stumbles', async () => {
    let asked = 0
    const status = (): Promise<TaskView> => {
      asked += 1
      return asked <= 20 ? Promise.reject(new AppError('INTERNAL')) : Promise.resolve(task('cancelled'))
    }
    const made = record(waiting)
    const running = drive(made, scripted({ status }))
    for (let n = 1; n <= 20; n++) {
      await vi.waitFor(
        () => {
          expect([asked, clock.pendingTimers]).toEqual([n, 1])
        },
        { interval: 5 },
      )
      clock.advance(60_000)
    }
    await running.ended
    expect(store.find(made.id)).toMatchObject({ phase: 'cancelled', error: null })
  })

  it('is not needed for news that cannot be stored: they are dropped, and asked for again', async () => {
    const crew = new Crew({ ...depsOver(scripted({})), store })
    const made = record(waiting)
    store.insert(made)
    crew.drive(made.id)
    await untilItWaits()
    isDiskFull = true
    crew.hearTask(task('running'))
    crew.hearProgress({ task_id: TASK_ID, version: 9, stage: 'encode', progress: 1, frame: null, total_frames: null })
    crew.blockFollowers(new AppError('GATEWAY_UNREACHABLE', { data: { host: 'h' } }))
    isDiskFull = false
    await crew.stop()
    expect(store.find(made.id)?.phase).toBe('waiting')
  })

  it('says that the task is on another gateway, whatever the one in use does', async () => {
    const crew = new Crew({ ...depsOver(scripted({})), store })
    const made = record({ ...waiting, gateway: 'https://gpu.example.com' })
    store.insert(made)
    crew.drive(made.id)
    await untilItWaits()
    crew.blockFollowers(new AppError('GATEWAY_UNREACHABLE', { data: { host: '127.0.0.1:1' } }))
    const { blocked } = store.find(made.id) ?? {}
    expect([blocked?.code, blocked?.data]).toEqual(['GATEWAY_OTHER', { host: 'gpu.example.com' }])
    await crew.stop()
  })

  it('can be cancelled at once after the gateway refused the task, unless an earlier try may have made it', async () => {
    const submit = (): Promise<never> => Promise.reject(new AppError('QUEUE_FULL', { retryable: true }))
    const first = record({ phase: 'submitting' })
    const running = drive(first, scripted({ submit }))
    await untilItWaits()
    expect(store.find(first.id)).toMatchObject({ submitTried: false, gateway: null, blocked: { code: 'QUEUE_FULL' } })
    await running.stop()

    const second = record({ phase: 'submitting', submitTried: true, gateway: 'embedded' })
    drive(second, scripted({ submit }))
    await untilItWaits()
    expect(store.find(second.id)).toMatchObject({ submitTried: true, blocked: { code: 'QUEUE_FULL' } })
  })
})
