import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGateway } from '../gateway/index.ts'
import type { Gateway } from '../gateway/index.ts'
import { healthAnswerSchema, HTTP_ROUTES } from '../protocol/http/index.ts'
import { taskViewSchema } from '../protocol/task/index.ts'
import type { TaskView } from '../protocol/task/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { createWorker } from './index.ts'
import type { Worker } from './index.ts'
import { startChildWorker } from './testing/childWorker.ts'
import { QUICK_RECONNECT } from './testing/quickWorker.ts'

const key = (prefix: string): string => `${prefix}_${randomBytes(24).toString('hex')}`
const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
const SAMPLES = new URL('../../resources/samples/', import.meta.url)
/** 120 s become 1.5 s. */
const LEASE_MS = 1_500
/** An empty box: the same video in other bytes. */
const FREE_BOX = Buffer.from([0, 0, 0, 8, ...Buffer.from('free')])

describe('a worker that is stopped while it runs a task (SIGSTOP), and goes on when another has run it', () => {
  const credentials = { licenseKey: key('lk'), workerSecret: key('ws'), adminToken: key('at') }
  const authorization = `Bearer ${credentials.licenseKey}`
  let dir = ''
  let url = ''
  let gateway: Gateway
  const workers: Worker[] = []

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-still-'))
    gateway = createGateway({
      ...{ dataDir: join(dir, 'gateway'), host: '127.0.0.1', port: 0, credentials, version: '0.0.0-test', log },
      poolSettings: { lowDiskBytes: 0 },
      queueTimings: { leaseMs: LEASE_MS, stallBackoffMs: 10 },
      timings: { heartbeatMs: 300, reapEveryMs: 50 },
    })
    ;({ url } = await gateway.start())
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop({ deadlineMs: 500 })))
    await gateway.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function startSecond(): Promise<Worker> {
    const worker = createWorker({
      ...{ dataDir: join(dir, 'second'), gatewayUrl: url, workerSecret: credentials.workerSecret, slots: 1, log },
      ...{ engine: 'preview', ffmpegPath: null, reconnect: QUICK_RECONNECT },
    })
    workers.push(worker)
    await worker.start()
    return worker
  }

  const startFirst = (madePath: string): Promise<number> =>
    startChildWorker(
      { dataDir: join(dir, 'first'), gatewayUrl: url, workerSecret: credentials.workerSecret, madePath },
      () => online(1),
    )

  const get = async (path: string): Promise<Response> => fetch(`${url}${path}`, { headers: { authorization } })

  const online = (count: number): Promise<void> =>
    vi.waitFor(
      async () => {
        expect(healthAnswerSchema.parse(await (await get(HTTP_ROUTES.health)).json()).workers).toBe(count)
      },
      { timeout: 10_000, interval: 20 },
    )

  async function bring(name: string): Promise<string> {
    const bytes = readFileSync(new URL(name, SAMPLES))
    const hash = createHash('md5').update(bytes).digest('hex')
    const body = new FormData()
    body.set('hash', hash)
    body.set('ext', name.slice(-4))
    body.set('file', new Blob([new Uint8Array(bytes)]), name)
    await fetch(`${url}${HTTP_ROUTES.uploadFile}`, { method: 'POST', headers: { authorization }, body })
    return hash
  }

  async function submit(): Promise<string> {
    const [video, audio] = [await bring('presenter.mp4'), await bring('welcome.wav')]
    const json = { audio_hash: audio, audio_ext: '.wav', video_hash: video, video_ext: '.mp4' }
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(`${url}${HTTP_ROUTES.submit}`, { method: 'POST', headers, body: JSON.stringify(json) })
    const { data } = (await response.json()) as { readonly data: { readonly task_id: string } }
    return data.task_id
  }

  async function view(taskId: string): Promise<TaskView> {
    const answer = (await (await get(`${HTTP_ROUTES.status}?task_id=${taskId}`)).json()) as { readonly data: unknown }
    return taskViewSchema.parse(answer.data)
  }

  const until = (taskId: string, expected: Partial<TaskView>): Promise<TaskView> =>
    vi.waitFor(
      async () => {
        const task = await view(taskId)
        expect(task).toMatchObject(expected)
        return task
      },
      { timeout: 20_000, interval: 20 },
    )

  const download = async (taskId: string): Promise<Buffer> =>
    Buffer.from(await (await get(`${HTTP_ROUTES.download}?task_id=${taskId}`)).arrayBuffer())

  it('cannot put its result over the newer run’s, and keeps nothing of it', async () => {
    const second = await startSecond()
    const earlier = await submit()
    await until(earlier, { state: 'succeeded' })
    const video = await download(earlier)
    await second.stop({ deadlineMs: 500 })
    workers.splice(0)
    const made = join(dir, 'made.mp4')
    const pid = await startFirst(made)
    const taskId = await submit()
    const running = await until(taskId, { state: 'running', stage: 'synthesize' })
    process.kill(pid, 'SIGSTOP')
    writeFileSync(made, Buffer.concat([video, FREE_BOX]))
    await startSecond()
    const done = await until(taskId, { state: 'succeeded' })
    expect(done.server_id).not.toBe(running.server_id)
    const result = await download(taskId)
    process.kill(pid, 'SIGCONT')
    await online(2)
    await vi.waitFor(
      () => {
        const left = ['spool', 'work'].flatMap((name) => readdirSync(join(dir, 'first', name)))
        expect(left).toEqual([])
      },
      { timeout: 10_000, interval: 20 },
    )
    expect(await view(taskId)).toEqual(done)
    expect((await download(taskId)).equals(result)).toBe(true)
    expect(result.equals(Buffer.concat([video, FREE_BOX]))).toBe(false)
    // It takes work again.
    for (const worker of workers.splice(0)) await worker.stop({ deadlineMs: 500 })
    const later = await submit()
    expect((await until(later, { state: 'succeeded' })).server_id).toBe(running.server_id)
    expect((await download(later)).equals(Buffer.concat([video, FREE_BOX]))).toBe(true)
  })
})
