import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { gpuStatusSchema, storedEventSchema } from '../protocol/events/index.ts'
import type { StoredEvent } from '../protocol/events/index.ts'
import { startGatewayBench } from './testing/gatewayBench.ts'
import type { GatewayBench } from './testing/gatewayBench.ts'
import { connectWorker, refOf } from './testing/scriptedWorker.ts'
import type { ScriptedWorker } from './testing/scriptedWorker.ts'
import { inputs } from './testing/taskCalls.ts'

const CROWD = 200
/** Four events of each go to every client: 40,000 in all. */
const TASKS = 50

let at: GatewayBench

beforeAll(async () => {
  const plenty = 10 * CROWD
  at = await startGatewayBench({
    // All of them come from one address here.
    limits: { maxWebSocketsPerAddress: plenty, submitsPerMinute: plenty, submitBurst: plenty },
    settings: { sockets_per_tenant: CROWD },
  })
})

afterAll(async () => {
  await at.dispose()
})

async function connectClient(): Promise<Socket> {
  const socket = io(at.url, {
    ...{ transports: ['websocket'], forceNew: true, reconnection: false },
    auth: { token: at.licenseKey },
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}

/** Takes one task, tells a step and its end; answers the task's id. */
async function runOne(worker: ScriptedWorker): Promise<string> {
  const job = await worker.nextJob()
  worker.send({ type: 'gpu.job.accept', ...refOf(job) })
  worker.send({ type: 'gpu.task.progress', ...refOf(job), stage: 'synthesize', progress: 50 })
  worker.send({ type: 'gpu.job.result', ...refOf(job), error: true, error_code: 'FACE_NOT_FOUND', retryable: false })
  expect((await worker.next('gpu.job.result.ack')).outcome).toBe('ok')
  return job.task_id
}

describe(`${String(CROWD)} workers and as many clients`, () => {
  it('are all served: tasks go round, one to a worker, and each client hears of the end of every task', async () => {
    const crowd = Array.from({ length: CROWD }, (_, index) => index)
    const workers = await Promise.all(crowd.map((index) => connectWorker({ ...at, id: `worker-${String(index)}` })))
    const clients = await Promise.all(crowd.map(connectClient))
    const ended = clients.map(() => new Map<string, number>())
    for (const [index, client] of clients.entries()) {
      client.on('task.updated', (event: StoredEvent) => {
        // Their form is checked by one client for everybody.
        const { task } = index === 0 ? storedEventSchema.parse(event) : event
        if (task.status === 'error') ended[index]?.set(task.task_id, (ended[index].get(task.task_id) ?? 0) + 1)
      })
    }
    const body = await inputs(at)
    const ran: string[] = []
    const byWorker: number[] = []
    for (const [index, worker] of workers.entries()) {
      void runOne(worker).then((taskId) => {
        ran.push(taskId)
        byWorker.push(index)
      })
    }
    const submits = Array.from({ length: TASKS }, () => at.call('/api/heygem/task/submit', { json: body }))
    for (const answer of await Promise.all(submits)) expect(answer.status).toBe(200)
    await vi.waitFor(() => {
      expect(ran).toHaveLength(TASKS)
    }, 20_000)
    expect([new Set(ran).size, new Set(byWorker).size]).toEqual([TASKS, TASKS])
    const once = new Map(ran.map((taskId) => [taskId, 1]))
    await vi.waitFor(() => {
      for (const heard of ended) expect(heard).toEqual(once)
    }, 20_000)
    expect(clients.every((client) => client.connected)).toBe(true)
    const status = new Promise((resolve) => clients[0]?.once('gpu.status', resolve))
    await Promise.all(workers.slice(1).map((worker) => worker.close()))
    expect(gpuStatusSchema.parse(await status).status).toBe('online')
    await workers[0]?.close()
    for (const client of clients) client.disconnect()
    expect((await at.call('/api/heygem/health')).status).toBe(200)
  }, 60_000)
})
