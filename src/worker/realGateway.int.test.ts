import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPoolClient } from '../client/index.ts'
import { createGateway } from '../gateway/index.ts'
import type { Gateway } from '../gateway/index.ts'
import { HTTP_ROUTES } from '../protocol/http/index.ts'
import { taskViewSchema } from '../protocol/task/index.ts'
import type { TaskView } from '../protocol/task/index.ts'
import { createLogger, probeMedia, systemClock } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Worker } from './index.ts'

const key = (prefix: string): string => `${prefix}_${randomBytes(24).toString('hex')}`
const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
const SAMPLES = new URL('../../resources/samples/', import.meta.url)

describe('worker on a real gateway', () => {
  const credentials = { licenseKey: key('lk'), workerSecret: key('ws'), adminToken: key('at') }
  let dir = ''
  let port = 0
  let url = ''
  let gateway: Gateway
  let worker: Worker

  async function startGateway(): Promise<void> {
    const dataDir = join(dir, 'gateway')
    const poolSettings = { lowDiskBytes: 0 }
    gateway = createGateway({ dataDir, host: '127.0.0.1', port, credentials, version: '0.0.0-test', log, poolSettings })
    ;({ url, port } = await gateway.start())
  }

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-real-'))
    port = 0
    await startGateway()
    worker = createWorker({
      ...{ dataDir: join(dir, 'worker'), gatewayUrl: url, workerSecret: credentials.workerSecret, slots: 1, log },
      ...{ engine: 'preview', ffmpegPath: null },
      reconnect: {
        policy: { baseMs: 50, factor: 2, capMs: 200 },
        fastMs: 20,
        refusedMs: 100,
        restartMs: 20,
        replacedMs: 100,
      },
    })
    await worker.start()
  })
  afterEach(async () => {
    await worker.stop({ deadlineMs: 500 })
    await gateway.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const authorization = `Bearer ${credentials.licenseKey}`

  async function call(path: string, json?: unknown): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    })
    return response.json()
  }

  async function bring(name: string): Promise<{ readonly hash: string; readonly ext: string }> {
    const path = new URL(name, SAMPLES).pathname
    const bytes = readFileSync(path)
    const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex')
    const file = { md5: hash('md5'), sha256: hash('sha256'), ext: name.slice(-4), sizeBytes: bytes.byteLength }
    const pool = createPoolClient({ baseUrl: url, headers: () => ({ authorization }), clock: systemClock })
    await pool.upload(path, file)
    pool.close()
    return { hash: file.md5, ext: file.ext }
  }

  async function submit(loop: 'restart' | 'pingpong'): Promise<string> {
    const [video, audio] = [await bring('presenter.mp4'), await bring('welcome.wav')]
    const files = { audio_hash: audio.hash, audio_ext: audio.ext, video_hash: video.hash, video_ext: video.ext }
    const answer = await call(HTTP_ROUTES.submit, { ...files, options: { loop } })
    const { data } = answer as { readonly data: { readonly task_id: string } }
    return data.task_id
  }

  async function view(taskId: string): Promise<TaskView> {
    const answer = await call(`${HTTP_ROUTES.status}?task_id=${taskId}`)
    return taskViewSchema.parse((answer as { readonly data: unknown }).data)
  }

  const until = (taskId: string, state: TaskView['state']): Promise<TaskView> =>
    vi.waitFor(
      async () => {
        const task = await view(taskId)
        expect(task.state).toBe(state)
        return task
      },
      { timeout: 30_000, interval: 20 },
    )

  it('makes a video of a submitted task, which can be downloaded', async () => {
    const task = await until(await submit('restart'), 'succeeded')
    const response = await fetch(`${url}${task.result_url ?? ''}`, { headers: { authorization } })
    const path = join(dir, 'result.mp4')
    writeFileSync(path, Buffer.from(await response.arrayBuffer()))
    const [made, voice] = [await probeMedia(path), await probeMedia(new URL('welcome.wav', SAMPLES).pathname)]
    expect(Math.abs(made.durationMs - voice.durationMs)).toBeLessThanOrEqual(100)
    expect(task).toMatchObject({ engine: 'preview', attempts: 1, output: { width: made.video?.width } })
  })

  it('cancels a task that runs', async () => {
    const taskId = await submit('pingpong')
    await until(taskId, 'running')
    await call(HTTP_ROUTES.cancel, { task_id: taskId })
    await until(taskId, 'cancelled')
  })

  it('finishes what runs while the gateway restarts, in one attempt', async () => {
    const taskId = await submit('pingpong')
    await until(taskId, 'running')
    await gateway.stop()
    await startGateway()
    expect(await until(taskId, 'succeeded')).toMatchObject({ attempts: 1 })
  })
})
