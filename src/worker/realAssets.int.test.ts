import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGateway } from '../gateway/index.ts'
import type { Gateway } from '../gateway/index.ts'
import { assetDeleteAnswerSchema, assetUploadAnswerSchema, HTTP_ROUTES } from '../protocol/http/index.ts'
import { taskViewSchema } from '../protocol/task/index.ts'
import type { TaskView } from '../protocol/task/index.ts'
import { AppError } from '../shared/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Worker } from './index.ts'
import { createHeldEngine } from './testing/heldEngine.ts'
import type { HeldEngine } from './testing/heldEngine.ts'

const key = (prefix: string): string => `${prefix}_${randomBytes(24).toString('hex')}`
const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
const VOICE = readFileSync(new URL('../../resources/samples/welcome.wav', import.meta.url))
const FACE = Buffer.from('a face')

describe('assets on a real gateway and a real worker', () => {
  const credentials = { licenseKey: key('lk'), workerSecret: key('ws'), adminToken: key('at') }
  const authorization = `Bearer ${credentials.licenseKey}`
  let dir = ''
  let url = ''
  let gateway: Gateway
  let worker: Worker
  let held: HeldEngine

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-assets-'))
    const dataDir = join(dir, 'gateway')
    const poolSettings = { lowDiskBytes: 0 }
    const options = { dataDir, host: '127.0.0.1', port: 0, credentials, version: '0.0.0-test', log, poolSettings }
    gateway = createGateway(options)
    ;({ url } = await gateway.start())
    await startWorker()
  })
  afterEach(async () => {
    await worker.stop({ deadlineMs: 500 })
    await gateway.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function startWorker(): Promise<void> {
    held = createHeldEngine()
    worker = createWorker({
      ...{ dataDir: join(dir, 'worker'), gatewayUrl: url, workerSecret: credentials.workerSecret, slots: 2, log },
      ...{ engine: held.engine, ffmpegPath: null },
      reconnect: {
        policy: { baseMs: 50, factor: 2, capMs: 200 },
        fastMs: 20,
        refusedMs: 100,
        restartMs: 20,
        replacedMs: 100,
      },
    })
    await worker.start()
  }

  const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')
  const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

  async function call(path: string, json: unknown): Promise<Record<string, unknown>> {
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(json) })
    return (await response.json()) as Record<string, unknown>
  }

  async function keep(bytes: Buffer, kind: 'voice' | 'avatar', name: string) {
    const body = new FormData()
    body.set('kind', kind)
    body.set('file', new Blob([new Uint8Array(bytes)]), name)
    const response = await fetch(`${url}${HTTP_ROUTES.assetUpload}`, {
      method: 'POST',
      headers: { authorization },
      body,
    })
    const answer = (await response.json()) as { readonly data: unknown }
    return assetUploadAnswerSchema.parse(answer.data)
  }

  async function submit(): Promise<string> {
    const files = { audio_hash: md5Of(VOICE), audio_ext: '.wav', video_hash: md5Of(FACE), video_ext: '.mp4' }
    const { data } = (await call(HTTP_ROUTES.submit, files)) as { readonly data: { readonly task_id: string } }
    return data.task_id
  }

  async function until(taskId: string, state: TaskView['state']): Promise<TaskView> {
    return vi.waitFor(
      async () => {
        const response = await fetch(`${url}${HTTP_ROUTES.status}?task_id=${taskId}`, { headers: { authorization } })
        const task = taskViewSchema.parse(((await response.json()) as { readonly data: unknown }).data)
        expect(task.state).toBe(state)
        return task
      },
      { timeout: 10_000, interval: 20 },
    )
  }

  const drop = async (id: string) =>
    assetDeleteAnswerSchema.parse((await call(HTTP_ROUTES.assetDelete, { id }))['data'])
  const cached = (): string[] => readdirSync(join(dir, 'worker', 'cache')).toSorted()
  const poolFile = (bytes: Buffer): string => {
    const pool = join(dir, 'gateway', 'pool')
    const [tenant = ''] = readdirSync(pool).filter((name) => !name.startsWith('.'))
    return join(pool, tenant, sha256Of(bytes))
  }

  it('a deleted one leaves the worker’s cache: at once, or when a worker that was off comes back', async () => {
    const [voice, face] = [await keep(VOICE, 'voice', 'Anna.wav'), await keep(FACE, 'avatar', 'Bo.mp4')]
    const taskId = await submit()
    await vi.waitFor(() => {
      expect(held.runs).toHaveLength(1)
    })
    held.finish(new AppError('UNSUPPORTED_TEST', { message: 'no video today' }))
    await call(HTTP_ROUTES.cancel, { task_id: taskId })
    await until(taskId, 'cancelled')
    expect(cached()).toHaveLength(2)
    expect(await drop(voice.id)).toMatchObject({ queued: false, tasks: [{ state: 'succeeded' }] })
    expect(cached()).toEqual([`${sha256Of(FACE)}.mp4`])
    await worker.stop({ deadlineMs: 500 })
    expect(await drop(face.id)).toMatchObject({ queued: true })
    expect(cached()).toHaveLength(1)
    await startWorker()
    await vi.waitFor(() => {
      expect(cached()).toEqual([])
    })
    await vi.waitFor(async () => {
      expect(await drop(face.id)).toMatchObject({ queued: false })
    })
  })

  it('an input that was damaged in the pool ends its task with its name, and is asked for again', async () => {
    await worker.stop({ deadlineMs: 500 })
    await keep(VOICE, 'voice', 'Anna.wav')
    await keep(FACE, 'avatar', 'Bo.mp4')
    const taskId = await submit()
    const path = poolFile(VOICE)
    const { mtimeMs } = lstatSync(path)
    const bytes = Buffer.from(VOICE)
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1
    chmodSync(path, 0o600)
    writeFileSync(path, bytes)
    // A bit that flipped on the disk changes neither size nor time.
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000)
    await startWorker()
    expect(await until(taskId, 'failed')).toMatchObject({ error_code: 'INPUT_CORRUPT' })
    await vi.waitFor(async () => {
      const file = { hash: md5Of(VOICE), ext: '.wav' }
      const { data } = (await call(HTTP_ROUTES.checkFiles, { files: [file] })) as { data: Record<string, boolean> }
      expect(data[file.hash]).toBe(false)
    })
    await keep(VOICE, 'voice', 'Anna.wav')
    const again = await submit()
    await vi.waitFor(() => {
      expect(held.runs).toHaveLength(1)
    })
    await call(HTTP_ROUTES.cancel, { task_id: again })
    await until(again, 'cancelled')
  })

  it('an input that was cut short is not sent at all', async () => {
    await worker.stop({ deadlineMs: 500 })
    await keep(VOICE, 'voice', 'Anna.wav')
    await keep(FACE, 'avatar', 'Bo.mp4')
    const taskId = await submit()
    chmodSync(poolFile(FACE), 0o600)
    writeFileSync(poolFile(FACE), 'a fa')
    await startWorker()
    expect(await until(taskId, 'failed')).toMatchObject({ error_code: 'INPUT_CORRUPT' })
  })
})
