import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../protocol/dsp/index.ts'
import { workerProofText } from '../../protocol/dsp/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { hmacHex, startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, openLine, refOf, workerInfo } from '../testing/scriptedWorker.ts'
import type { Line, ScriptedWorker } from '../testing/scriptedWorker.ts'
import { storedRows } from '../testing/storedRows.ts'
import { OUTPUT, resultFrame, status, submit, tusUpload } from '../testing/taskCalls.ts'

const NOBODYS = { task_id: `t_${'0'.repeat(32)}`, epoch: 1, token: '0'.repeat(32) }

let at: GatewayBench
/** Holds one running task; what others say of it must change nothing. */
let holder: ScriptedWorker
let job: Job

let logFolder: string
const logFile = (): string => join(logFolder, 'gateway.log')

beforeAll(async () => {
  logFolder = await mkdtemp(join(tmpdir(), 'dhs-hostile-log-'))
  at = await startGatewayBench({ log: createLogger({ name: 'gateway', destination: logFile(), level: 'debug' }) })
  holder = await connectWorker(at)
  await submit(at)
  job = await holder.nextJob()
  holder.send({ type: 'gpu.job.accept', ...refOf(job) })
  await answered(holder)
})

afterAll(async () => {
  await at.dispose()
  await rm(logFolder, { recursive: true })
})

/** Everything sent before is handled, for frames are answered in their order. */
async function answered(line: Pick<Line, 'send' | 'next'>): Promise<void> {
  line.send({ type: 'ping' })
  await line.next('pong')
}

/** The code of the answer to each frame, each on a connection of its own that two more bad frames would close. */
async function codeFor(frame: Readonly<Record<string, unknown>> | string): Promise<string> {
  const gpu = await connectWorker(at)
  if (typeof frame === 'string') gpu.sendText(frame)
  else gpu.send(frame)
  const { result } = await gpu.next('error')
  await gpu.close()
  return result.code
}

async function register(worker: Readonly<Record<string, unknown>>, more: Record<string, unknown> = {}): Promise<Line> {
  const line = openLine(at.dspUrl)
  const connected = await line.next('connected')
  const nonce = randomBytes(32).toString('hex')
  const mac = hmacHex(at.workerSecret, workerProofText(connected.nonce, nonce, String(worker['id'])))
  line.send({ type: 'register', role: 'worker', version: '1.0', worker, resume: [], auth: { nonce, mac }, ...more })
  return line
}

async function refusal(line: Line): Promise<string> {
  const { result } = await line.next('error')
  return `${result.code} ${String(await line.closed)}`
}

describe('registering', () => {
  it('is closed 4401 when the first frame is something else, or too long (B045)', async () => {
    const early = openLine(at.dspUrl)
    await early.next('connected')
    early.send({ type: 'gpu.job.result', ...refOf(job), error: true })
    expect(await refusal(early)).toBe('NOT_REGISTERED 4401')
    const long = await register(workerInfo('worker-long', 1), { padding: 'x'.repeat(65 * 1024) })
    expect(await long.closed).toBe(4401)
  })

  it('needs no clock: a worker whose time is wrong is taken (B046)', async () => {
    for (const ts of [0, 4_102_444_800]) {
      const line = await register(workerInfo(`worker-ts-${String(ts)}`, 1), { ts })
      expect((await line.next('registered')).role).toBe('worker')
      await line.close()
    }
  })

  it('hears a second register frame of a registered worker as an unknown one', async () => {
    const line = await register(workerInfo('worker-again', 1))
    await line.next('registered')
    line.send({ type: 'register', role: 'worker', version: '1.0', worker: workerInfo('worker-other', 1) })
    expect((await line.next('error')).result.code).toBe('TYPE_UNKNOWN')
    await line.close()
  })

  it('refuses a whole register frame that was heard on another connection (B046)', async () => {
    const first = openLine(at.dspUrl)
    const connected = await first.next('connected')
    const worker = workerInfo('worker-heard', 1)
    const nonce = randomBytes(32).toString('hex')
    const mac = hmacHex(at.workerSecret, workerProofText(connected.nonce, nonce, worker.id))
    const heard = { type: 'register', role: 'worker', version: '1.0', worker, resume: [], auth: { nonce, mac } }
    first.send(heard)
    await first.next('registered')
    const replay = openLine(at.dspUrl)
    await replay.next('connected')
    replay.send(heard)
    expect(await refusal(replay)).toBe('WORKER_REFUSED 4401')
    await first.close()
  })

  it('tells which versions are spoken (B031)', async () => {
    const line = await register(workerInfo('worker-version', 1), { version: '9.9' })
    expect((await line.next('error')).result).toMatchObject({
      code: 'VERSION_UNSUPPORTED',
      data: { supported: '1.0' },
    })
    expect(await line.closed).toBe(4401)
  })

  it('refuses capacities that are no count of slots (B062)', async () => {
    for (const slots of [-1, 0, 65, 1e9, 1.5, null, '4']) {
      const line = await register({ ...workerInfo('worker-slots', 1), max_concurrent: slots })
      expect(await refusal(line)).toBe('MESSAGE_SCHEMA 4401')
    }
  })

  it('refuses ids that are none (B063)', async () => {
    const ids = ['a\nb-c-d', '\u001b[31mred', '<b>bold</b>', 'worker-😀', 'x'.repeat(4096), '', '../../etc']
    for (const id of ids) expect(await refusal(await register(workerInfo(id, 1)))).toBe('ID_FORMAT 4401')
    // One line an entry, and nothing that a terminal obeys.
    const printed = await readFile(logFile(), 'utf8')
    expect(printed).toContain('ID_FORMAT')
    expect(printed).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    for (const entry of printed.trimEnd().split('\n')) expect(JSON.parse(entry)).toBeTypeOf('object')
  })

  it('ignores what comes after its refusal (B065)', async () => {
    const before = storedRows(at.dataDir)
    const line = openLine(at.dspUrl)
    await line.next('connected')
    line.send({ type: 'gpu.heartbeat', tasks: [] })
    line.send({ type: 'gpu.job.result', ...refOf(job), error: true, error_code: 'TIMEOUT', retryable: false })
    expect(await refusal(line)).toBe('NOT_REGISTERED 4401')
    expect(storedRows(at.dataDir)).toEqual(before)
  })
})

describe('malformed and unknown messages', () => {
  it('are answered with a code (B054, B055)', async () => {
    const missing = ['[]', 'null', '{}', '{"type":7}', '{"type":null}', '{"type":"gpu.job.accept"}', '{"type":', '']
    for (const text of missing) expect([text, await codeFor(text)]).toEqual([text, 'MESSAGE_SCHEMA'])
    for (const type of [
      '',
      'gpu.job.unknown',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'registered',
    ]) {
      expect([type, await codeFor({ type })]).toEqual([type, 'TYPE_UNKNOWN'])
    }
    expect(await codeFor({ type: 'gpu.job.accept', version: '9.9', ...NOBODYS })).toBe('VERSION_UNSUPPORTED')
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it('may name at most as many tasks as a worker can hold in a heartbeat (B061)', async () => {
    const tasks = Array.from({ length: 65 }, () => ({ ...NOBODYS, stage: 'encode', progress: 1 }))
    expect(await codeFor({ type: 'gpu.heartbeat', tasks })).toBe('MESSAGE_SCHEMA')
  })
})

describe('what a worker says of a task that is not its own', () => {
  it('changes nothing, whatever it is: unknown, foreign, of an epoch to come or with a wrong token (B056)', async () => {
    const before = storedRows(at.dataDir)
    const thief = await connectWorker(at)
    const bent = [
      [NOBODYS, 'LEASE_NOT_YOURS', 'LEASE_NOT_YOURS'],
      // Everything right, but it is another worker's.
      [refOf(job), 'STALE_LEASE', 'LEASE_NOT_YOURS'],
      [{ ...refOf(job), epoch: job.epoch + 1 }, 'STALE_LEASE', 'LEASE_NOT_YOURS'],
      [{ ...refOf(job), token: 'f'.repeat(32) }, 'STALE_LEASE', 'STALE_LEASE'],
    ] as const
    for (const [ref, code, resultCode] of bent) {
      const { task_id } = ref
      for (const frame of [
        { type: 'gpu.job.accept', ...ref },
        { type: 'gpu.job.reject', ...ref, reason: 'mine now' },
        { type: 'gpu.task.progress', ...ref, stage: 'encode', progress: 99 },
      ]) {
        thief.send(frame)
        const { result } = await thief.next('error')
        expect([frame.type, result.code]).toEqual([frame.type, code])
      }
      thief.send({ type: 'gpu.heartbeat', tasks: [{ ...ref, stage: 'encode', progress: 99 }] })
      expect((await thief.next('gpu.heartbeat.ack')).revoked).toEqual([task_id])
      for (const frame of [
        resultFrame(ref, OUTPUT),
        { type: 'gpu.job.result', ...ref, error: true, error_code: 'TIMEOUT', retryable: false },
        { type: 'gpu.job.result', ...ref, error: false, cancelled: true },
      ]) {
        thief.send(frame)
        const ack = await thief.next('gpu.job.result.ack')
        expect([ack.outcome, ack.error?.code]).toEqual(['superseded', resultCode])
      }
    }
    await thief.close()
    expect(storedRows(at.dataDir)).toEqual(before)
    expect(await status(at, job.task_id)).toMatchObject({ status: 'processing', progress: null })
  })

  it('does not come back by a resume either', async () => {
    const before = storedRows(at.dataDir)
    const thief = await connectWorker({ ...at, resume: [refOf(job), NOBODYS] })
    expect(thief.registered.resumed).toEqual([])
    expect([...thief.registered.abandon].sort()).toEqual([job.task_id, NOBODYS.task_id].sort())
    await thief.close()
    expect(storedRows(at.dataDir)).toEqual(before)
  })
})

describe('what a worker says of its own task', () => {
  it('is shown clamped and never falling, or refused (B060)', async () => {
    for (const [progress, shown] of [
      [80, 80],
      [20, 80],
      [-1, 80],
      [150, 100],
      [1e308, 100],
      [30, 100],
    ] as const) {
      holder.send({ type: 'gpu.task.progress', ...refOf(job), stage: 'synthesize', progress })
      await answered(holder)
      expect([progress, (await status(at, job.task_id)).progress]).toEqual([progress, shown])
    }
    holder.send({ type: 'gpu.task.progress', ...refOf(job), stage: 'synthesize', progress: '50%' })
    expect((await holder.next('error')).result).toMatchObject({ code: 'MESSAGE_SCHEMA', field: 'progress' })
  })

  it('is no success without its file, and the file must be the one it names (B058)', async () => {
    const before = storedRows(at.dataDir)
    await tusUpload(at, job.upload_url, OUTPUT, job)
    const named = resultFrame(refOf(job), OUTPUT)
    const output = named['output'] as Record<string, unknown>
    const bent = [
      { ...named, output: undefined },
      { ...named, output: { ...output, sha256: 'a'.repeat(64) } },
      { ...named, output: { ...output, size: 1 } },
      { ...named, output: { ...output, md5: 'b'.repeat(32) } },
    ]
    for (const frame of bent) {
      holder.send(frame)
      expect(await holder.next('gpu.job.result.ack')).toMatchObject({
        outcome: 'retry',
        error: { code: 'RESULT_FILE_MISSING' },
      })
    }
    expect(storedRows(at.dataDir)).toEqual(before)
  })

  it('counts once: a second result is `dup` and changes nothing, nor does one that says otherwise (B059)', async () => {
    holder.send(resultFrame(refOf(job), OUTPUT))
    expect((await holder.next('gpu.job.result.ack')).outcome).toBe('ok')
    const before = storedRows(at.dataDir)
    holder.send(resultFrame(refOf(job), OUTPUT))
    expect((await holder.next('gpu.job.result.ack')).outcome).toBe('dup')
    const otherwise = { type: 'gpu.job.result', ...refOf(job), error: true, error_code: 'TIMEOUT', retryable: true }
    holder.send(otherwise)
    expect(['dup', 'superseded']).toContain((await holder.next('gpu.job.result.ack')).outcome)
    holder.send({ type: 'gpu.job.accept', ...refOf(job) })
    expect((await holder.next('error')).result.code).toBe('STALE_LEASE')
    expect(storedRows(at.dataDir)).toEqual(before)
  })

  it('keeps 4 KiB of an engine’s own words, as text (B064)', async () => {
    const { task_id } = await submit(at, { options: { name: 'words' } })
    const next = await holder.nextJob()
    holder.send({ type: 'gpu.job.accept', ...refOf(next) })
    const words = `<img src=x onerror=alert(1)>\u001b[2J${'长'.repeat(50_000)}`
    const failed = { type: 'gpu.job.result', ...refOf(next), error: true, error_code: 'boom', retryable: false }
    holder.send({ ...failed, error_msg: words })
    expect((await holder.next('gpu.job.result.ack')).outcome).toBe('ok')
    const view = await status(at, task_id)
    expect([view.status, view.error_code]).toEqual(['error', 'ENGINE_FAILED'])
    const stored = JSON.stringify(storedRows(at.dataDir))
    expect(stored).toContain('<img src=x onerror=alert(1)>')
    expect(stored).not.toContain('长'.repeat(2_000))
    holder.send({ ...failed, error_msg: 'x'.repeat(10 * 1024 * 1024) })
    expect(await holder.closed).toBe(1009)
  })
})

describe('what a worker says of an older lease of its own', () => {
  it('is stale: an older epoch, or the right one with a wrong token, and its result is superseded (B057)', async () => {
    const quick = await startGatewayBench({ timings: { penaltyMs: 1 } })
    try {
      const gpu = await connectWorker(quick)
      await submit(quick)
      const older = await gpu.nextJob()
      gpu.send({ type: 'gpu.job.reject', ...refOf(older), reason: 'not now' })
      const newer = await gpu.nextJob()
      expect([newer.task_id, newer.epoch]).toEqual([older.task_id, older.epoch + 1])
      gpu.send({ type: 'gpu.job.accept', ...refOf(newer) })
      await answered(gpu)
      const before = storedRows(quick.dataDir)
      const bent = [refOf(older), { ...refOf(newer), epoch: older.epoch }, { ...refOf(newer), token: older.token }]
      for (const ref of bent) {
        gpu.send({ type: 'gpu.task.progress', ...ref, stage: 'encode', progress: 99 })
        expect((await gpu.next('error')).result.code).toBe('STALE_LEASE')
        for (const frame of [
          resultFrame(ref, OUTPUT),
          { type: 'gpu.job.result', ...ref, error: true, error_code: 'TIMEOUT', retryable: false },
        ]) {
          gpu.send(frame)
          const ack = await gpu.next('gpu.job.result.ack')
          expect([ack.outcome, ack.error?.code]).toEqual(['superseded', 'STALE_LEASE'])
        }
      }
      expect(storedRows(quick.dataDir)).toEqual(before)
      expect(await status(quick, newer.task_id)).toMatchObject({ status: 'processing', progress: null })
    } finally {
      await quick.dispose()
    }
  })
})
