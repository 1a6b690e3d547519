import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_WORKER_SLOTS } from '../protocol/dsp/index.ts'
import type { Job } from '../protocol/dsp/index.ts'
import { AppError, createFakeClock, delay } from '../shared/index.ts'
import { createLogger, openDatabase, systemClock } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Worker, WorkerOptions } from './index.ts'
import { createJournal, JOURNAL_MIGRATIONS } from './runner/journal.ts'
import { createHeldEngine } from './testing/heldEngine.ts'
import type { HeldEngine } from './testing/heldEngine.ts'
import { startChildWorker } from './testing/childWorker.ts'
import { media, QUICK_RECONNECT } from './testing/quickWorker.ts'
import { startScriptedGateway, WORKER_SECRET } from './testing/scriptedGateway.ts'
import type { ScriptedGateway } from './testing/scriptedGateway.ts'

const log = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })

let dir = ''
let gateway: ScriptedGateway
let held: HeldEngine
const workers: Worker[] = []

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-drain-'))
  gateway = await startScriptedGateway()
  held = createHeldEngine()
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ deadlineMs: 100 })))
  await gateway.stop()
  rmSync(dir, { recursive: true, force: true })
})

async function start(changes: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = createWorker({
    ...{ dataDir: join(dir, 'worker'), gatewayUrl: gateway.url, workerSecret: WORKER_SECRET, slots: 1, log },
    ...{ engine: held.engine, ffmpegPath: null, reconnect: QUICK_RECONNECT },
    ...changes,
  })
  workers.push(worker)
  await worker.start()
  await gateway.registered(1)
  return worker
}

/** A job whose engine runs. */
async function running(): Promise<Job> {
  const job = gateway.makeJob(media)
  gateway.send({ type: 'gpu.job.submit', ...job })
  await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
  return job
}

function ack(job: Job, outcome: 'ok' | 'superseded' = 'ok'): void {
  gateway.send({ type: 'gpu.job.result.ack', version: '1.0', task_id: job.task_id, epoch: job.epoch, outcome })
}

function removalOf(job: Job): Job {
  const remove = job.inputs.map(({ md5, sha256, ext, size }) => ({ md5, sha256, ext, size }))
  const task_id = `t_${'d'.repeat(32)}`
  return { ...job, task_id, task_type: 'delete_asset', request_id: 'rm_request', inputs: [], remove }
}

const cached = (): string[] => readdirSync(join(dir, 'worker', 'cache'))

describe('a worker that drains', () => {
  it('takes nothing new, lets its run end, and brings the result before it goes', async () => {
    const worker = await start()
    const job = await running()
    const stopped = worker.stop({ graceMs: 600_000, deadlineMs: 5_000 })
    await gateway.frame('gpu.worker.draining')
    const another = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...another })
    expect(await gateway.frame('gpu.job.reject')).toMatchObject({ task_id: another.task_id, retryable: true })
    held.finish(new AppError('GPU_OOM', { message: 'out of memory', retryable: true }))
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ task_id: job.task_id, error_code: 'GPU_OOM' })
    ack(job)
    await stopped
    expect(worker.state).toEqual({ kind: 'stopped' })
  })

  it('says again that it drains when the gateway comes back meanwhile', async () => {
    const worker = await start()
    await running()
    const stopped = worker.stop({ graceMs: 600_000, deadlineMs: 100 })
    await gateway.frame('gpu.worker.draining')
    gateway.disconnect()
    await gateway.registered(2)
    await vi.waitFor(() => {
      expect(gateway.frames.filter(({ type }) => type === 'gpu.worker.draining')).toHaveLength(2)
    })
    await worker.stop({ graceMs: 0 })
    await stopped
  })

  it('hands its run back when the grace is over, and at once when somebody is in a hurry', async () => {
    const worker = await start()
    const job = await running()
    const stopped = worker.stop({ graceMs: 600_000, deadlineMs: 5_000 })
    await gateway.frame('gpu.worker.draining')
    void worker.stop()
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ error_code: 'WORKER_LOST', retryable: true })
    ack(job)
    await stopped
  })

  it('obeys the gateway’s own word until it registers again', async () => {
    const worker = await start()
    gateway.send({ type: 'drain', version: '1.0' })
    await gateway.frame('gpu.worker.draining')
    expect(worker.state).toEqual({ kind: 'draining' })
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.job.reject')
    gateway.disconnect()
    await gateway.registered(2)
    gateway.send({ type: 'gpu.job.submit', ...job, epoch: 2 })
    await gateway.frame('gpu.job.accept')
  })
})

describe('what an engine says', () => {
  it.each(['RATE_LIMITED', 'GPU_OOM'])('%s reaches the gateway as it is', async (code) => {
    await start()
    await running()
    held.finish(new AppError(code, { message: 'too much at once', retryable: true }))
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ error: true, error_code: code, retryable: true })
  })
})

describe('removal of files', () => {
  it('runs whatever engine and slots say, twice as well as once, and is told like every result', async () => {
    const broken = { ...held.engine, probe: async () => ({ ready: false, version: '', reason: 'no driver' }) }
    await start({ engine: broken })
    const job = gateway.makeJob(media)
    const removal = removalOf(job)
    const cache = join(dir, 'worker', 'cache')
    mkdirSync(cache, { recursive: true })
    for (const { sha256, ext } of job.inputs) writeFileSync(join(cache, `${sha256}${ext}`), 'bytes')
    writeFileSync(join(cache, `${'0'.repeat(64)}.mp4`), 'of somebody else')
    for (const epoch of [1, 2]) {
      gateway.send({ type: 'gpu.job.submit', ...removal, epoch })
      const result = await gateway.frame('gpu.job.result', (frame) => frame.epoch === epoch)
      expect(result).toMatchObject({ task_id: removal.task_id, error: false })
      expect(result.output).toBeUndefined()
      ack({ ...removal, epoch })
      await vi.waitFor(() => {
        expect(cached()).toEqual([`${'0'.repeat(64)}.mp4`])
      })
    }
  })

  it('waits for the run that uses them', async () => {
    await start()
    const job = await running()
    const removal = removalOf(job)
    gateway.send({ type: 'gpu.job.submit', ...removal })
    await gateway.frame('gpu.job.accept', ({ task_id }) => task_id === removal.task_id)
    expect(cached()).toHaveLength(2)
    held.finish(new AppError('ENGINE_FAILED', { message: 'over' }))
    await gateway.frame('gpu.job.result', ({ task_id }) => task_id === removal.task_id)
    expect(cached()).toEqual([])
  })
})

describe('a removal that waits', () => {
  it('takes no slot away from the runs', async () => {
    await start({ slots: 2 })
    const removal = removalOf(await running())
    gateway.send({ type: 'gpu.job.submit', ...removal })
    await gateway.frame('gpu.job.accept', ({ task_id }) => task_id === removal.task_id)
    const other = { ...gateway.makeJob(media), task_id: `t_${'e'.repeat(32)}` }
    gateway.send({ type: 'gpu.job.submit', ...other })
    const answers = await Promise.race([
      gateway.frame('gpu.job.accept', ({ task_id }) => task_id === other.task_id),
      gateway.frame('gpu.job.reject', ({ task_id }) => task_id === other.task_id),
    ])
    expect(answers.type).toBe('gpu.job.accept')
  })
})

describe('a worker that owes more results than one frame may name', () => {
  it('registers all the same, names what fits and brings everything', async () => {
    const tasks = Array.from({ length: MAX_WORKER_SLOTS + 1 }, (_, index) => `t_${String(index).padStart(32, '0')}`)
    owe(tasks)
    await start()
    expect(gateway.registers[0]?.resume).toHaveLength(MAX_WORKER_SLOTS)
    for (const task of tasks) {
      await gateway.frame('gpu.job.result', ({ task_id }) => task_id === task)
    }
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    expect(await gateway.frame('gpu.job.reject')).toMatchObject({ task_id: job.task_id, retryable: true })
  })

  function owe(tasks: readonly string[]): void {
    mkdirSync(join(dir, 'worker'), { recursive: true })
    const db = openDatabase({ path: join(dir, 'worker', 'worker.db'), migrations: JOURNAL_MIGRATIONS })
    const journal = createJournal(db, systemClock)
    for (const task_id of tasks) {
      journal.begin({ task_id, epoch: 1, token: '2'.repeat(32), capability: 'c', upload_url: '/uploads' })
      journal.spool(task_id, { kind: 'removed' })
    }
    db.close()
  }
})

describe('a worker that could not be opened', () => {
  it('lets go of its folder', async () => {
    const dataDir = join(dir, 'worker')
    const first = await start()
    await first.stop({ deadlineMs: 100 })
    rmSync(join(dataDir, 'spool'), { recursive: true, force: true })
    writeFileSync(join(dataDir, 'spool'), 'a file where a folder belongs')
    const worker = createWorker({
      ...{ dataDir, gatewayUrl: gateway.url, workerSecret: WORKER_SECRET, slots: 1, log },
      ...{ engine: held.engine, ffmpegPath: null, clock: createFakeClock() },
    })
    await expect(worker.start()).rejects.toThrow()
    openDatabase({ path: join(dataDir, 'worker.db'), migrations: JOURNAL_MIGRATIONS }).close()
  })
})

describe('a result nobody wants', () => {
  it('is purged when a newer lease has won', async () => {
    await start()
    const job = await running()
    held.finish(new AppError('ENGINE_FAILED', { message: 'over' }))
    await gateway.frame('gpu.job.result')
    ack(job, 'superseded')
    gateway.disconnect()
    await gateway.registered(2)
    await vi.waitFor(() => {
      expect(gateway.registers.at(-1)?.resume).toEqual([])
    })
  })
})

describe('a worker that was stopped and goes on (SIGSTOP, SIGCONT)', () => {
  it('registers again before it says anything', async () => {
    gateway.settings.heartbeatMs = 100
    const madePath = join(dir, 'made.mp4')
    const options = { dataDir: join(dir, 'worker'), gatewayUrl: gateway.url, workerSecret: WORKER_SECRET, madePath }
    const pid = await startChildWorker(options, () => gateway.registered(1))
    await running()
    await gateway.frame('gpu.heartbeat')
    process.kill(pid, 'SIGSTOP')
    writeFileSync(madePath, media.avatar)
    // The length of a standstill is time and nothing else.
    await delay(systemClock, 1_000)
    const before = gateway.order.length
    process.kill(pid, 'SIGCONT')
    await gateway.registered(2)
    await gateway.frame('gpu.job.result')
    const after = gateway.order.slice(before)
    expect(after[0]).toBe('register')
    expect(after).toContain('gpu.job.result')
  })
})
