import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createLogger, probeMedia } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Worker, WorkerOptions, WorkerState } from './index.ts'
import { createHeldEngine } from './testing/heldEngine.ts'
import { md5Of } from './testing/poolServer.ts'
import { media, QUICK_RECONNECT } from './testing/quickWorker.ts'
import { startScriptedGateway, WORKER_SECRET } from './testing/scriptedGateway.ts'
import type { ScriptedGateway } from './testing/scriptedGateway.ts'

const log = createLogger({ name: 'worker', level: 'silent', destination: 'stderr' })

describe('worker', () => {
  let dir = ''
  let gateway: ScriptedGateway
  const workers: Worker[] = []

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-worker-'))
    gateway = await startScriptedGateway()
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop({ deadlineMs: 100 })))
    await gateway.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function start(changes: Partial<WorkerOptions> = {}): Promise<Worker> {
    const worker = createWorker({
      dataDir: join(dir, 'worker'),
      gatewayUrl: gateway.url,
      workerSecret: WORKER_SECRET,
      slots: 1,
      engine: 'preview',
      ffmpegPath: null,
      log,
      reconnect: QUICK_RECONNECT,
      ...changes,
    })
    workers.push(worker)
    await worker.start()
    return worker
  }

  /** What the first test has made: a video as long as the sample voice. */
  let sampleOutput: Buffer = Buffer.alloc(0)

  it('runs a job from frame to acknowledged result, and keeps nothing afterwards', async () => {
    await start()
    await gateway.registered(1)
    expect(gateway.registers[0]?.worker.engines).toMatchObject([{ name: 'preview', ready: true, lip_sync: false }])
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.job.accept')
    const result = await gateway.frame('gpu.job.result')
    expect(result).toMatchObject({ task_id: job.task_id, epoch: 1, token: job.token, error: false, engine: 'preview' })
    const file = gateway.pool.files.get(result.output?.md5 ?? '') ?? Buffer.alloc(0)
    expect(md5Of(file)).toBe(result.output?.md5)
    writeFileSync(join(dir, 'result.mp4'), file)
    expect((await probeMedia(join(dir, 'result.mp4'))).video).toMatchObject({ codec: 'avc' })
    expect(new Set(gateway.pool.requests.map(({ capability }) => capability))).toEqual(new Set(['capability-1']))
    const stages = gateway.frames.flatMap((frame) => (frame.type === 'gpu.task.progress' ? [frame.stage] : []))
    expect([...new Set(stages)]).toEqual(['inputs', 'prepare', 'encode', 'upload'])
    gateway.send({ type: 'gpu.job.result.ack', version: '1.0', task_id: job.task_id, epoch: 1, outcome: 'ok' })
    await vi.waitFor(() => {
      expect(readdirSync(join(dir, 'worker', 'spool'))).toEqual([])
    })
    expect(readdirSync(join(dir, 'worker', 'work'))).toEqual([])
    expect(readdirSync(join(dir, 'worker', 'cache'))).toHaveLength(2)
    for (const { ts } of [...gateway.registers, ...gateway.frames]) {
      expect(Math.abs((ts ?? 0) - Date.now() / 1000)).toBeLessThan(60)
    }
    sampleOutput = file
  })

  it('tells the door when the secret is wrong, and comes in when it is put right', async () => {
    gateway.settings.secret = 'another-secret-of-forty-characters-00002'
    const worker = await start()
    const states: WorkerState[] = []
    worker.onState((state) => states.push(state))
    await vi.waitFor(() => {
      expect(states.find(({ kind }) => kind === 'refused')).toMatchObject({ error: { code: 'WORKER_REFUSED' } })
    })
    gateway.settings.secret = WORKER_SECRET
    await vi.waitFor(() => {
      expect(worker.state).toEqual({ kind: 'registered', serverId: 'GPU-001' })
    })
  })

  it('goes on with a run while the gateway is away, and names its lease when it comes back', async () => {
    const held = createHeldEngine()
    await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    gateway.disconnect(1012)
    await gateway.registered(2)
    const { task_id, epoch, token } = job
    expect(gateway.registers[1]?.resume).toEqual([{ task_id, epoch, token }])
    expect(gateway.registers[1]?.worker.boot_id).toBe(gateway.registers[0]?.worker.boot_id)
    held.finish(sampleOutput)
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ task_id, error: false })
    expect(held.runs).toHaveLength(1)
  })

  it('cancels at once and says so', async () => {
    const held = createHeldEngine()
    await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    gateway.send({ type: 'gpu.job.cancel', version: '1.0', task_id: job.task_id, epoch: 1 })
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ error: true, cancelled: true, token: job.token })
  })

  it('drops an abandoned run without a result and has its slot free again', async () => {
    const held = createHeldEngine()
    await start({ engine: held.engine })
    await gateway.registered(1)
    const [first, second] = [gateway.makeJob(media), gateway.makeJob(media)]
    gateway.send({ type: 'gpu.job.submit', ...first })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    gateway.send({ type: 'gpu.job.submit', ...second })
    expect(await gateway.frame('gpu.job.reject')).toMatchObject({ task_id: second.task_id, reason: 'no free slot' })
    gateway.settings.abandon = [first.task_id]
    gateway.disconnect()
    await gateway.registered(2)
    await vi.waitFor(() => {
      expect(readdirSync(join(dir, 'worker', 'work'))).toEqual([])
    })
    gateway.send({ type: 'gpu.job.submit', ...second, epoch: 2 })
    await gateway.frame('gpu.job.accept', ({ task_id }) => task_id === second.task_id)
    expect(gateway.frames.filter(({ type }) => type === 'gpu.job.result')).toEqual([])
  })

  it('keeps a result that was never acknowledged across a restart, and answers a repeat from it', async () => {
    const held = createHeldEngine()
    held.finish(sampleOutput)
    const first = await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.job.result')
    await first.stop({ deadlineMs: 50 })
    gateway.frames.splice(0)
    await start({ engine: held.engine })
    await gateway.registered(2)
    expect(gateway.registers[1]?.worker.id).toBe(gateway.registers[0]?.worker.id)
    expect(gateway.registers[1]?.worker.boot_id).not.toBe(gateway.registers[0]?.worker.boot_id)
    expect(gateway.registers[1]?.resume).toMatchObject([{ task_id: job.task_id, epoch: 1 }])
    await gateway.frame('gpu.job.result')
    const again = { ...job, epoch: 2, token: 'f'.repeat(32) }
    gateway.send({ type: 'gpu.job.submit', ...again })
    expect(await gateway.frame('gpu.job.result', ({ epoch }) => epoch === 2)).toMatchObject({ token: again.token })
    expect(held.runs).toHaveLength(1)
    gateway.send({ type: 'gpu.job.result.ack', version: '1.0', task_id: job.task_id, epoch: 2, outcome: 'ok' })
    await vi.waitFor(() => {
      expect(readdirSync(join(dir, 'worker', 'spool'))).toEqual([])
    })
  })

  it('runs an abandoned task anew when it is leased again while the old run still ends', async () => {
    const held = createHeldEngine()
    await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    gateway.settings.abandon = [job.task_id]
    gateway.disconnect()
    await gateway.registered(2)
    gateway.send({ type: 'gpu.job.submit', ...job, epoch: 2, token: 'f'.repeat(32) })
    await gateway.frame('gpu.task.progress', ({ stage, epoch }) => stage === 'synthesize' && epoch === 2)
    held.finish(sampleOutput)
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ task_id: job.task_id, epoch: 2 })
    expect(held.runs).toHaveLength(2)
  })

  it('does not let a refusal of an older lease end what is run or owed under it or a newer one', async () => {
    const held = createHeldEngine()
    await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    const refuse = (epoch: number): void => {
      const result = { code: 'STALE_LEASE', message: 'another lease is newer', hint: '', retryable: false }
      const about = { request_id: null, task_id: job.task_id, epoch }
      gateway.send({ type: 'error', version: '1.0', error: true, ...about, result })
    }
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    gateway.send({ type: 'gpu.job.submit', ...job, epoch: 2 })
    refuse(1)
    await gateway.frame('gpu.job.accept', ({ epoch }) => epoch === 2)
    held.finish(sampleOutput)
    await gateway.frame('gpu.job.result', ({ epoch }) => epoch === 2)
    refuse(2)
    gateway.disconnect()
    await gateway.registered(2)
    expect(gateway.registers[1]?.resume).toMatchObject([{ task_id: job.task_id, epoch: 2 }])
    expect(held.runs).toHaveLength(1)
  })

  it('uploads again when the gateway has lost the file', async () => {
    const held = createHeldEngine()
    held.finish(sampleOutput)
    await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    const result = await gateway.frame('gpu.job.result')
    gateway.pool.files.delete(result.output?.md5 ?? '')
    const posts = () => gateway.pool.requests.filter(({ method }) => method === 'POST').length
    expect(posts()).toBe(1)
    gateway.send({
      type: 'error',
      version: '1.0',
      request_id: null,
      task_id: job.task_id,
      error: true,
      result: { code: 'RESULT_FILE_MISSING', message: 'gone', hint: '', retryable: true },
    })
    await vi.waitFor(() => expect(posts()).toBe(2), { timeout: 15_000 })
    await vi.waitFor(() => expect(gateway.pool.files.has(result.output?.md5 ?? '')).toBe(true))
  })

  it('hands its run back when it is stopped', async () => {
    const held = createHeldEngine()
    const worker = await start({ engine: held.engine })
    await gateway.registered(1)
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    const stopped = worker.stop({ deadlineMs: 5_000 })
    expect(await gateway.frame('gpu.job.result')).toMatchObject({ error_code: 'WORKER_LOST', retryable: true })
    gateway.send({ type: 'gpu.job.result.ack', version: '1.0', task_id: job.task_id, epoch: 1, outcome: 'ok' })
    await stopped
    expect(worker.state).toEqual({ kind: 'stopped' })
    expect(gateway.frames.some(({ type }) => type === 'gpu.worker.draining')).toBe(true)
  })

  it('takes no job while it stops, also from a gateway that comes back meanwhile', async () => {
    const held = createHeldEngine()
    const worker = await start({ engine: held.engine })
    await gateway.registered(1)
    const [job, another] = [gateway.makeJob(media), gateway.makeJob(media)]
    gateway.send({ type: 'gpu.job.submit', ...job })
    await gateway.frame('gpu.task.progress', ({ stage }) => stage === 'synthesize')
    const stopped = worker.stop({ deadlineMs: 10_000 })
    await gateway.frame('gpu.job.result')
    gateway.disconnect()
    await gateway.registered(2)
    gateway.send({ type: 'gpu.job.submit', ...another })
    expect(await gateway.frame('gpu.job.reject')).toMatchObject({ task_id: another.task_id })
    gateway.send({ type: 'gpu.job.result.ack', version: '1.0', task_id: job.task_id, epoch: 1, outcome: 'ok' })
    await stopped
  })

  /** A worker in a process of its own, to be killed. */
  async function startChild(): Promise<{ readonly child: ChildProcess; readonly exited: Promise<unknown> }> {
    const index = new URL('./index.ts', import.meta.url).href
    const shared = new URL('../shared/node/index.ts', import.meta.url).href
    const options = { dataDir: join(dir, 'worker'), gatewayUrl: gateway.url, workerSecret: WORKER_SECRET }
    const script = `
      import { createWorker } from ${JSON.stringify(index)}
      import { createLogger } from ${JSON.stringify(shared)}
      const log = createLogger({ name: 'child', destination: 'stderr', level: 'silent' })
      const options = { ...${JSON.stringify(options)}, slots: 1, engine: 'preview', ffmpegPath: null, log }
      await createWorker(options).start()
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const exited = once(child, 'exit')
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exited
    })
    await gateway.registered(1)
    return { child, exited }
  }

  it('tells a result again, once, after kill -9 between the result and its acknowledgement', async () => {
    const { child, exited } = await startChild()
    const job = gateway.makeJob(media)
    gateway.send({ type: 'gpu.job.submit', ...job })
    const told = await gateway.frame('gpu.job.result')
    child.kill('SIGKILL')
    await exited
    gateway.frames.splice(0)
    await start()
    const toldAgain = await gateway.frame('gpu.job.result')
    expect({ ...toldAgain, ts: 0 }).toEqual({ ...told, ts: 0 })
    gateway.send({ type: 'gpu.job.result.ack', version: '1.0', task_id: job.task_id, epoch: 1, outcome: 'dup' })
    await vi.waitFor(() => {
      expect(readdirSync(join(dir, 'worker', 'spool'))).toEqual([])
    })
    gateway.disconnect()
    await gateway.registered(3)
    expect(gateway.registers[2]?.resume).toEqual([])
    const types = gateway.frames.map(({ type }) => type)
    expect(types.filter((type) => type === 'gpu.job.result')).toHaveLength(1)
    expect(types).not.toContain('gpu.job.accept')
  })

  it('forgets a run that kill -9 interrupted, and leaves neither its files nor its encoder behind', async () => {
    const { child, exited } = await startChild()
    gateway.send({ type: 'gpu.job.submit', ...gateway.makeJob(media, { options: { loop: 'pingpong' } }) })
    await gateway.frame('gpu.task.progress', ({ progress }) => progress !== null && progress > 0)
    child.kill('SIGKILL')
    await exited
    gateway.frames.splice(0)
    await start()
    await gateway.registered(2)
    expect(gateway.registers[1]?.resume).toEqual([])
    expect(readdirSync(join(dir, 'worker', 'work'))).toEqual([])
    await vi.waitFor(() => {
      expect(readlinks().filter((link) => link.startsWith(dir))).toEqual([])
    })
    expect(gateway.frames.filter(({ type }) => type === 'gpu.job.result')).toEqual([])
  })

  /** The working folders of all processes; an encoder works in the worker's. */
  function readlinks(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [readlinkSync(`/proc/${pid}/cwd`)]
        } catch {
          return []
        }
      })
  }

  it.each([
    { what: 'sound alone', output: () => media.voice, detail: /container is wav/ },
    { what: 'no video at all', output: () => Buffer.from('nonsense'), detail: /./ },
  ])('refuses an output with $what as RESULT_INVALID', async ({ output, detail }) => {
    const held = createHeldEngine()
    held.finish(output())
    await start({ engine: held.engine })
    await gateway.registered(1)
    gateway.send({ type: 'gpu.job.submit', ...gateway.makeJob(media) })
    const result = await gateway.frame('gpu.job.result')
    expect(result).toMatchObject({ error: true, error_code: 'RESULT_INVALID' })
    expect(result.error_msg).toMatch(detail)
    expect(readdirSync(join(dir, 'worker', 'spool'))).toEqual([])
  })
})
