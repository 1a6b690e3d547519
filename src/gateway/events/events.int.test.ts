import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { gpuStatusSchema, queueStatsSchema, sinceAnswerSchema, storedEventSchema } from '../../protocol/events/index.ts'
import type { SinceAnswer, StoredEvent } from '../../protocol/events/index.ts'
import { taskProgressSchema } from '../../protocol/task/index.ts'
import { newKey, startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, refOf } from '../testing/scriptedWorker.ts'
import { submit } from '../testing/taskCalls.ts'

let at: GatewayBench
const sockets: Socket[] = []

beforeAll(async () => {
  at = await startGatewayBench({ timings: { statsEveryMs: 20 } })
})

afterAll(async () => {
  for (const socket of sockets) socket.disconnect()
  await at.dispose()
})

function connect(
  auth: Readonly<Record<string, string>>,
  path = '',
  query: Record<string, string> = {},
  { url } = at,
): Socket {
  const socket = io(`${url}${path}`, { transports: ['websocket'], forceNew: true, reconnection: false, auth, query })
  sockets.push(socket)
  return socket
}

function refusal(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('connect', () => {
      resolve('connected')
    })
    socket.once('connect_error', (error) => {
      resolve('data' in error ? error.data : error.message)
    })
  })
}

async function connected(auth: Readonly<Record<string, string>> = {}, bench = at): Promise<Socket> {
  const socket = connect({ token: bench.licenseKey, ...auth }, '', {}, bench)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}

async function since(socket: Socket, cursor: string | null): Promise<SinceAnswer> {
  return sinceAnswerSchema.parse(await socket.emitWithAck('tasks.since', { cursor }))
}

describe('who may listen', () => {
  it('counts what it refuses, by code', async () => {
    const counted = async (code: string): Promise<number> => {
      const text = (await at.call('/metrics', { key: at.metricsToken })).bytes.toString()
      const line = text.split('\n').find((one) => one.includes('door="events"') && one.includes(`code="${code}"`))
      return Number(line?.split(' ').at(-1) ?? 0)
    }
    const codes = ['AUTH_REQUIRED', 'NS_FORBIDDEN', 'TYPE_UNKNOWN']
    const before = await Promise.all(codes.map(counted))
    await refusal(connect({}))
    await refusal(connect({ token: at.licenseKey }, '/admin'))
    await (await connected()).emitWithAck('no.such.event', {})
    expect(await Promise.all(codes.map(counted))).toEqual(before.map((count) => count + 1))
  })

  it('refuses missing and wrong keys, keys in the address and other namespaces, each with a code', async () => {
    expect(await refusal(connect({}))).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(await refusal(connect({ token: newKey('lk'), lang: 'zh-CN' }))).toMatchObject({
      code: 'AUTH_INVALID',
      message: '许可证密钥无效。',
    })
    expect(await refusal(connect({}, '', { license_key: at.licenseKey }))).toMatchObject({ code: 'TOKEN_IN_URL' })
    expect(await refusal(connect({ token: at.licenseKey }, '/admin'))).toMatchObject({ code: 'NS_FORBIDDEN' })
  })

  it('speaks WebSocket only', async () => {
    const polling = await at.call('/socket.io/?EIO=4&transport=polling', { key: null })
    expect([polling.status, polling.body['message']]).toEqual([400, 'Transport unknown'])
  })
})

describe('what they hear', () => {
  it('is every change of their own tasks, in order, in their language', async () => {
    const [english, chinese] = [await connected(), await connected({ lang: 'zh-CN' })]
    const heard: StoredEvent[] = []
    english.on('task.updated', (event: unknown) => heard.push(storedEventSchema.parse(event)))
    const zh = new Promise<StoredEvent>((resolve) => {
      chinese.once('task.updated', (event: unknown) => {
        resolve(storedEventSchema.parse(event))
      })
    })
    const stats = new Promise((resolve) => chinese.once('queue.stats', resolve))
    const { task_id } = await submit(at)
    expect((await zh).task).toMatchObject({ task_id, message: '任务已排队，请等待约2分钟' })
    await at.call('/api/heygem/task/cancel', { json: { task_id } })
    await vi.waitFor(() => {
      expect(heard.map((event) => event.task.status)).toEqual(['queued', 'cancelled'])
    })
    expect(queueStatsSchema.parse(await stats).running).toBe(0)
  })

  it('is the GPU coming online, and progress of what it runs', async () => {
    const socket = await connected()
    const states: string[] = []
    socket.on('gpu.status', (status: unknown) => states.push(gpuStatusSchema.parse(status).status))
    const steps: (number | null)[] = []
    socket.on('task.progress', (step: unknown) => steps.push(taskProgressSchema.parse(step).progress))
    const gpu = await connectWorker(at)
    await vi.waitFor(() => {
      expect(states).toContain('online')
    })
    await submit(at, { options: { name: 'progress' } })
    const job = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    for (const progress of [1, 2, 3, 4, 5, 150]) {
      gpu.send({ type: 'gpu.task.progress', ...refOf(job), stage: 'synthesize', progress })
    }
    await vi.waitFor(() => {
      expect(steps.at(-1)).toBe(100)
    })
    // Six steps in a moment are told as two at most: the first, and the newest of the interval.
    expect(steps.length).toBeLessThanOrEqual(2)
    gpu.send({ type: 'gpu.job.result', ...refOf(job), error: true, error_code: 'FACE_NOT_FOUND', retryable: false })
    await gpu.next('gpu.job.result.ack')
    await gpu.close()
    await vi.waitFor(() => {
      expect(states.at(-1)).toBe('offline')
    })
  })
})

describe('a heartbeat', () => {
  it('that repeats what was told of a run is news for nobody', async () => {
    const quick = await startGatewayBench({ timings: { progressEveryMs: 1 } })
    try {
      const socket = await connected({}, quick)
      const steps: (number | null)[] = []
      socket.on('task.progress', (step: unknown) => steps.push(taskProgressSchema.parse(step).progress))
      const gpu = await connectWorker(quick)
      await submit(quick)
      const job = await gpu.nextJob()
      gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
      for (const progress of [5, 6]) {
        gpu.send({ type: 'gpu.task.progress', ...refOf(job), stage: 'synthesize', progress })
        await vi.waitFor(() => {
          expect(steps.at(-1)).toBe(progress)
        })
        for (let beat = 0; beat < 3; beat += 1) {
          gpu.send({ type: 'gpu.heartbeat', tasks: [{ ...refOf(job), stage: 'synthesize', progress }] })
          await gpu.next('gpu.heartbeat.ack')
        }
      }
      // What only a heartbeat tells is told, as after a restart of the gateway.
      gpu.send({ type: 'gpu.heartbeat', tasks: [{ ...refOf(job), stage: 'synthesize', progress: 7 }] })
      await vi.waitFor(() => {
        expect(steps).toEqual([5, 6, 7])
      })
      await gpu.close()
    } finally {
      await quick.dispose()
    }
  })
})

describe('tasks.since', () => {
  it('tells a client that was away everything it missed, once', async () => {
    const before = await connected()
    const { cursor } = await since(before, null)
    before.disconnect()
    const { task_id } = await submit(at, { options: { name: 'missed' } })
    await at.call('/api/heygem/task/cancel', { json: { task_id } })
    const after = await connected()
    const missed = await since(after, cursor)
    // Each change is an event; each carries the task as it is now, whose version decides.
    expect(missed.events.map((event) => event.task.task_id)).toEqual([task_id, task_id])
    expect(missed.events.at(-1)?.task).toMatchObject({ status: 'cancelled', version: 2 })
    expect(await since(after, missed.cursor)).toMatchObject({ events: [], more: false, reset: false })
  })

  it('refuses another form with a code, and ignores what asks for no answer', async () => {
    const socket = await connected()
    expect(await socket.emitWithAck('tasks.since', { cursor: 7 })).toMatchObject({ error: { code: 'SCHEMA' } })
    expect(await socket.emitWithAck('tasks.since', null)).toMatchObject({ error: { code: 'SCHEMA' } })
    socket.emit('tasks.since', { cursor: null })
    expect(await since(socket, 'no such cursor')).toMatchObject({ reset: true })
  })
})
