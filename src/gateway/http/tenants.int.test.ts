import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addKeyAnswerSchema, ADMIN_ROUTES } from '../../protocol/admin/index.ts'
import { digestsOf, startGatewayBench } from '../testing/gatewayBench.ts'
import type { Answer, GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, refOf } from '../testing/scriptedWorker.ts'
import { codeOf, inputs, OUTPUT, resultFrame, tusUpload } from '../testing/taskCalls.ts'

let at: GatewayBench
/** The tenant of the credentials file has everything, the other one only its key. */
let otherKey: string

beforeAll(async () => {
  at = await startGatewayBench()
  const answer = await at.call(ADMIN_ROUTES.keys, { key: at.adminToken, json: { name: 'other', tenant: 'other' } })
  otherKey = addKeyAnswerSchema.parse(answer.body['data']).secret
})

afterAll(async () => {
  await at.dispose()
})

const NEVER = `t_${'0'.repeat(32)}`

/** All of an answer that may tell two refusals apart. */
function shown(answer: Answer): unknown {
  const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(answer.headers)
  return { ...answer.body, headers, status: answer.status, request_id: typeof answer.body['request_id'] }
}

async function finishedTask(): Promise<{ readonly taskId: string; readonly md5: string }> {
  const body = await inputs(at)
  const submitted = await at.call('/api/heygem/task/submit', { json: { ...body, request_id: 'first-tenants-own' } })
  const gpu = await connectWorker(at)
  const job = await gpu.nextJob()
  gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
  await tusUpload(at, '/api/worker/uploads', OUTPUT, job)
  gpu.send(resultFrame(refOf(job), OUTPUT))
  await gpu.next('gpu.job.result.ack')
  await gpu.close()
  expect(submitted.status).toBe(200)
  return { taskId: job.task_id, md5: String(body['video_hash']) }
}

describe('connections of a tenant', () => {
  it('are as many as the setting says, and do not take another tenant’s place', async () => {
    const other = await startGatewayBench({ settings: { sockets_per_tenant: 1 } })
    try {
      const open = (token: string) => io(other.url, { transports: ['websocket'], auth: { token }, forceNew: true })
      const first = open(other.licenseKey)
      await new Promise<void>((resolve) => first.once('connect', resolve))
      const second = open(other.licenseKey)
      const refused = await new Promise((resolve) => {
        second.once('connect_error', ({ message }) => {
          resolve(message)
        })
      })
      const added = await other.call(ADMIN_ROUTES.keys, { key: other.adminToken, json: { name: 'x' } })
      const third = open(addKeyAnswerSchema.parse(added.body['data']).secret)
      await new Promise<void>((resolve) => third.once('connect', resolve))
      expect([refused, first.connected, third.connected]).toEqual(['SOCKETS_FULL_TENANT', true, true])
      first.close()
      await vi.waitFor(async () => {
        const again = open(other.licenseKey)
        const outcome = await new Promise((resolve) => {
          again.once('connect', () => {
            resolve('connected')
          })
          again.once('connect_error', resolve)
        })
        again.close()
        expect(outcome).toBe('connected')
      })
      for (const socket of [second, third]) socket.close()
    } finally {
      await other.dispose()
    }
  })
})

describe('two tenants of one gateway (I9)', () => {
  it('get for each other’s ids what they get for ids that never were', async () => {
    const { taskId, md5 } = await finishedTask()
    const call = (path: string, json?: unknown) =>
      at.call(path, { key: otherKey, ...(json === undefined ? {} : { json }) })
    const routes = ['/api/heygem/task/status', '/api/heygem/download', '/api/heygem/progress']
    for (const route of routes) {
      expect((await at.call(`${route}?task_id=${taskId}`)).status).toBe(200)
      const [theirs, unknown] = [await call(`${route}?task_id=${taskId}`), await call(`${route}?task_id=${NEVER}`)]
      expect([theirs.status, shown(theirs)]).toEqual([404, shown(unknown)])
    }
    for (const route of ['/api/heygem/task/cancel', '/api/heygem/task/retry']) {
      const [theirs, unknown] = [await call(route, { task_id: taskId }), await call(route, { task_id: NEVER })]
      expect([theirs.status, shown(theirs)]).toEqual([404, shown(unknown)])
    }
    const file = (hash: string) => call(`/api/heygem/pool/${hash}.mp4`)
    expect(shown(await file(md5))).toEqual(shown(await file('0'.repeat(32))))
    expect((await call('/api/heygem/tasks')).body['data']).toEqual({ tasks: [], cursor: null })
    const known = await call('/api/heygem/check_files', { files: [{ hash: md5, ext: '.mp4' }] })
    expect(known.body['data']).toEqual({ [md5]: false })
    const foreignInput = await call('/api/heygem/task/submit', await inputs(at))
    expect([foreignInput.status, codeOf(foreignInput)]).toEqual([422, 'INPUT_MISSING'])
  })

  it('may use the same request id, each for a task of its own', async () => {
    const call: GatewayBench['call'] = (path, options) => at.call(path, { key: otherKey, ...options })
    const upload: GatewayBench['upload'] = async (bytes, ext) => {
      const digests = digestsOf(bytes)
      const form = new FormData()
      for (const [name, value] of Object.entries({ hash: digests.md5, ext })) form.set(name, value)
      form.set('file', new Blob([new Uint8Array(bytes)]), `file${ext}`)
      await call('/api/heygem/upload_file', { body: form })
      return digests
    }
    const body = { ...(await inputs({ ...at, call, upload })), request_id: 'first-tenants-own' }
    const answer = await call('/api/heygem/task/submit', { json: body })
    expect([answer.status, answer.headers.get('idempotent-replay')]).toEqual([200, null])
  })

  it('hear of their own tasks alone, live and afterwards', async () => {
    const socket = io(at.url, { transports: ['websocket'], auth: { token: otherKey }, forceNew: true })
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    const heard: unknown[] = []
    socket.on('task.updated', (event) => heard.push(event))
    const since = async () =>
      (await socket.emitWithAck('tasks.since', { cursor: null })) as { events: { task: { task_id: string } }[] }
    const before = (await since()).events.map(({ task }) => task.task_id)
    const mine = await at.call('/api/heygem/task/submit', { json: await inputs(at) })
    expect(mine.status).toBe(200)
    // An answer on the same connection comes after whatever was told before it.
    expect((await since()).events.map(({ task }) => task.task_id)).toEqual(before)
    expect(heard).toEqual([])
    socket.close()
  })

  it('cannot follow each other’s tasks on a progress socket', async () => {
    const submitted = await at.call('/api/heygem/task/submit', { json: await inputs(at) })
    const { task_id } = submitted.body['data'] as { task_id: string }
    const status = (id: string): Promise<number | undefined> =>
      new Promise((resolve) => {
        const address = `${at.url.replace('http', 'ws')}/ws/progress/${id}?token=${otherKey}`
        new WebSocket(address).once('unexpected-response', (_request, response) => {
          resolve(response.statusCode)
          response.resume()
        })
      })
    expect([await status(task_id), await status(NEVER)]).toEqual([404, 404])
  })
})
