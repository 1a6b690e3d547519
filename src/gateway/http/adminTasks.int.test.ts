import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ADMIN_ROUTES,
  adminPath,
  adminQueueSchema,
  adminServerAnswerSchema,
  adminServersAnswerSchema,
  adminTaskAnswerSchema,
  adminTasksAnswerSchema,
  auditAnswerSchema,
} from '../../protocol/admin/index.ts'
import type { AdminServer, AdminTask } from '../../protocol/admin/index.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { Answer, CallOptions, GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, refOf } from '../testing/scriptedWorker.ts'
import { codeOf, status, submit } from '../testing/taskCalls.ts'

let at: GatewayBench

beforeEach(async () => {
  at = await startGatewayBench({ limits: { queuedPerTenant: 3 } })
})

afterEach(async () => {
  await at.dispose()
})

const admin = (path: string, options: CallOptions = {}): Promise<Answer> =>
  at.call(path, { key: at.adminToken, ...options })

const act = (route: string, task_id: string, json?: unknown): Promise<Answer> =>
  admin(adminPath(route, { task_id }), { method: 'POST', ...(json === undefined ? {} : { json }) })

function taskOf(answer: Answer): AdminTask {
  return adminTaskAnswerSchema.parse(answer.body['data']).task
}

async function list(query = ''): Promise<readonly AdminTask[]> {
  return adminTasksAnswerSchema.parse((await admin(`${ADMIN_ROUTES.tasks}?${query}`)).body['data']).tasks
}

async function server(): Promise<AdminServer | undefined> {
  return adminServersAnswerSchema.parse((await admin(ADMIN_ROUTES.servers)).body['data']).servers[0]
}

const NEVER = `t_${'0'.repeat(32)}`

describe('tasks of all tenants', () => {
  it('are moved in the queue, and then given in that order', async () => {
    const ids = [await submit(at), await submit(at), await submit(at)].map(({ task_id }) => task_id)
    const [first = '', second = '', third = ''] = ids
    expect(taskOf(await act(ADMIN_ROUTES.taskPriority, first, { priority: 'batch' }))).toMatchObject({ position: 3 })
    expect(taskOf(await act(ADMIN_ROUTES.taskFront, third))).toMatchObject({ position: 1, state: 'queued' })
    const gpu = await connectWorker({ ...at, slots: 3 })
    const jobs = await gpu.nextJobs()
    expect(jobs.map((job) => job.task_id)).toEqual([third, second, first])
    const late = await act(ADMIN_ROUTES.taskFront, first)
    expect([late.status, codeOf(late)]).toEqual([409, 'NOT_QUEUED'])
    await gpu.close()
  })

  it('are cancelled where they run', async () => {
    const { task_id } = await submit(at)
    const gpu = await connectWorker(at)
    gpu.send({ type: 'gpu.job.accept', ...refOf(await gpu.nextJob()) })
    await vi.waitFor(async () => {
      expect((await list('state=running'))[0]).toMatchObject({ task_id, server_id: 'GPU-001', attempts: 1 })
    })
    const answer = await act(ADMIN_ROUTES.taskCancel, task_id)
    expect([answer.status, taskOf(answer).state]).toEqual([202, 'cancelling'])
    expect(await gpu.next('gpu.job.cancel')).toMatchObject({ task_id })
    await gpu.close()
  })

  it('that are dead are listed with the reason, and run again once for one request', async () => {
    await at.dispose()
    const queueTimings = { maxStalls: 1, startGraceMs: 0, leaseMs: 300 }
    at = await startGatewayBench({ queueTimings, timings: { reapEveryMs: 20 } })
    const { task_id } = await submit(at)
    const gpu = await connectWorker(at)
    gpu.send({ type: 'gpu.job.accept', ...refOf(await gpu.nextJob()) })
    // It never says another word: the lease runs out.
    const dead = await vi.waitFor(async () => {
      const [found] = await list('state=dead')
      expect(found).toMatchObject({ task_id, state: 'dead', stalls: 1, error_code: 'WORKER_LOST' })
      return found
    })
    await gpu.close()
    const request = { request_id: 'op-0123456789' }
    const again = taskOf(await act(ADMIN_ROUTES.taskRetry, task_id, request))
    expect(again).toMatchObject({ retry_of: task_id, state: 'queued', tenant: dead?.tenant, inputs: dead?.inputs })
    expect(taskOf(await act(ADMIN_ROUTES.taskRetry, task_id, request)).task_id).toBe(again.task_id)
    expect(codeOf(await act(ADMIN_ROUTES.taskRetry, again.task_id, {}))).toBe('NOT_FINISHED')
    const next = taskOf(await act(ADMIN_ROUTES.taskRetry, task_id, {}))
    expect(next.task_id).not.toBe(again.task_id)
    expect(taskOf(await act(ADMIN_ROUTES.taskRetry, task_id, {})).task_id).toBe(next.task_id)
  })

  it('are found by state, tenant and the beginning of an id', async () => {
    const ids = [(await submit(at)).task_id, (await submit(at)).task_id]
    const [older = '', newer = ''] = ids
    await act(ADMIN_ROUTES.taskCancel, older)
    const [task] = await list('state=queued,running')
    const found = async (query: string) => (await list(query)).map(({ task_id }) => task_id)
    expect(await found('')).toEqual([newer, older])
    expect(await found('state=cancelled')).toEqual([older])
    expect(await found(`tenant=${String(task?.tenant)}&limit=1`)).toEqual([newer])
    expect(await found(`limit=1&cursor=${newer}`)).toEqual([older])
    expect(await found('tenant=somebody-else')).toEqual([])
    expect(await found(`id=${older.slice(0, 24)}`)).toEqual([older])
  })
})

describe('what is refused (B024–B034)', () => {
  it('has a code of its own, and changes nothing', async () => {
    const { task_id } = await submit(at)
    const priority = (value: unknown) => act(ADMIN_ROUTES.taskPriority, task_id, { priority: value })
    const get = (path: string) => admin(path)
    const expected: readonly (readonly [Promise<Answer>, number, string])[] = [
      [get(`${ADMIN_ROUTES.tasks}/${NEVER}`), 404, 'TASK_NOT_FOUND'],
      [get(`${ADMIN_ROUTES.tasks}/..%2f..%2fetc`), 400, 'ID_FORMAT'],
      [get(`${ADMIN_ROUTES.tasks}/${'t'.repeat(300)}`), 400, 'ID_FORMAT'],
      [get(`${ADMIN_ROUTES.servers}/GPU-1`), 400, 'ID_FORMAT'],
      [get(`${ADMIN_ROUTES.servers}/GPU-001`), 404, 'SERVER_NOT_FOUND'],
      [get(`${ADMIN_ROUTES.tasks}?state=asleep`), 400, 'SCHEMA'],
      [get(`${ADMIN_ROUTES.tasks}?limit=0`), 400, 'SCHEMA'],
      [get(`${ADMIN_ROUTES.tasks}?cursor=1`), 400, 'SCHEMA'],
      [get(`${ADMIN_ROUTES.tasks}?id=t_%25`), 400, 'SCHEMA'],
      [priority(-1), 400, 'SCHEMA'],
      [priority(2 ** 53), 400, 'SCHEMA'],
      [priority('high'), 400, 'SCHEMA'],
      [act(ADMIN_ROUTES.taskRetry, task_id, { request_id: '12345678' }), 400, 'REQUEST_ID_FORMAT'],
      [act(ADMIN_ROUTES.taskRetry, task_id, { request_id: 'a:b:c:d:e' }), 400, 'REQUEST_ID_FORMAT'],
      [act(ADMIN_ROUTES.taskRetry, task_id), 409, 'NOT_FINISHED'],
      [act(ADMIN_ROUTES.taskPriority, task_id), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.power, { body: 'action=on' }), 415, 'CONTENT_TYPE'],
      [admin(ADMIN_ROUTES.keys, { json: { name: '' } }), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.keys, { json: { name: 'x', tenant: '../pool' } }), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.keys, { json: { name: 'x', tenant: 'CON' } }), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.keys, { json: { name: 'x', tenant: 'nul' } }), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.power, { json: { action: 'on', argv: ['sh'] } }), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.power, { json: { action: 'on', server_id: 'GPU-404' } }), 404, 'SERVER_NOT_FOUND'],
      [admin(ADMIN_ROUTES.power, { json: { action: 'on' } }), 409, 'NO_POWER_HOOK'],
      [admin(ADMIN_ROUTES.settings, { method: 'PATCH', json: { admin_token: 'x' } }), 400, 'SCHEMA'],
      [admin(ADMIN_ROUTES.settings, { method: 'PATCH', json: { queued_ttl_hours: 0 } }), 400, 'SCHEMA'],
      [admin('/api/admin/nothing'), 404, 'ROUTE_NOT_FOUND'],
      [admin(ADMIN_ROUTES.queuePause), 405, 'METHOD_NOT_ALLOWED'],
    ]
    for (const [promise, status, code] of expected) {
      const answer = await promise
      expect([answer.status, codeOf(answer)]).toEqual([status, code])
      expect(answer.body).toMatchObject({
        error: { hint: expect.any(String) as string },
        request_id: expect.any(String) as string,
      })
    }
    expect((await list()).map(({ priority: value, version }) => [value, version])).toEqual([['normal', 1]])
  })

  it('for another tenant’s request id is a conflict with that tenant’s own task alone', async () => {
    const { task_id } = await submit(at, { request_id: 'mine-00000001' })
    await act(ADMIN_ROUTES.taskCancel, task_id)
    const { task_id: other } = await submit(at, { request_id: 'mine-00000002', options: { name: 'another' } })
    await act(ADMIN_ROUTES.taskCancel, other)
    const answer = await act(ADMIN_ROUTES.taskRetry, task_id, { request_id: 'mine-00000002' })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'REQUEST_ID_CONFLICT'])
  })

  it('keeps to the tenant’s own limits, and those change at once', async () => {
    const { task_id } = await submit(at)
    await act(ADMIN_ROUTES.taskCancel, task_id)
    for (let count = 0; count < 3; count++) await submit(at)
    const full = await act(ADMIN_ROUTES.taskRetry, task_id, {})
    expect([full.status, codeOf(full), full.headers.get('retry-after')]).toEqual([429, 'QUEUE_FULL_TENANT', '10'])
    const { entries } = auditAnswerSchema.parse((await admin(`${ADMIN_ROUTES.audit}?kind=change&limit=1`)).body['data'])
    expect(entries).toMatchObject([{ route: ADMIN_ROUTES.taskRetry, status: 429, code: 'QUEUE_FULL_TENANT' }])
    await admin(ADMIN_ROUTES.settings, { method: 'PATCH', json: { queued_per_tenant: 4 } })
    expect((await act(ADMIN_ROUTES.taskRetry, task_id, {})).status).toBe(200)
  })
})

describe('the queue and the servers', () => {
  it('give nothing while paused, and all of it afterwards', async () => {
    expect((await admin(ADMIN_ROUTES.queuePause, { method: 'POST' })).status).toBe(200)
    const { task_id } = await submit(at)
    const gpu = await connectWorker(at)
    const paused = adminQueueSchema.parse((await admin(ADMIN_ROUTES.queue)).body['data'])
    expect(paused).toMatchObject({
      paused: true,
      by_state: { queued: 1 },
      by_class: { normal: 1 },
      tenants: [{ queued: 1 }],
    })
    await at.restart()
    expect(adminQueueSchema.parse((await admin(ADMIN_ROUTES.queue)).body['data']).paused).toBe(true)
    await gpu.closed
    const back = await connectWorker({ ...at, id: gpu.info.id })
    await admin(ADMIN_ROUTES.queueResume, { method: 'POST' })
    expect((await back.nextJob()).task_id).toBe(task_id)
    await back.close()
  })

  it('tell a drained server, and what happened to it', async () => {
    const gpu = await connectWorker(at)
    const path = (route: string) => adminPath(route, { server_id: gpu.serverId })
    expect(await server()).toMatchObject({
      server_id: 'GPU-001',
      state: 'online',
      drained: false,
      reasons: [],
      slots: 1,
    })
    await admin(path(ADMIN_ROUTES.serverDrain), { method: 'POST' })
    expect(await server()).toMatchObject({
      drained: true,
      reasons: [{ code: 'drained', message: 'Drained by an operator' }],
    })
    const { task_id, state } = await submit(at)
    expect(state).toBe('queued')
    // Connected, and nothing is starting: no time is known.
    expect(await status(at, task_id)).toMatchObject({
      ...{ gpu: 'offline', eta_seconds: null, eta_basis: null },
      message: expect.stringContaining('no GPU server takes tasks at present') as string,
    })
    expect(codeOf(await admin(path(ADMIN_ROUTES.server), { method: 'DELETE' }))).toBe('SERVER_CONNECTED')
    await admin(path(ADMIN_ROUTES.serverResume), { method: 'POST' })
    await gpu.closed
    const back = await connectWorker({ ...at, id: gpu.info.id })
    expect((await back.nextJob()).task_id).toBe(task_id)
    await back.close()
    const shown = adminServerAnswerSchema.parse((await admin(path(ADMIN_ROUTES.server))).body['data'])
    const codes = shown.history.map(({ code }) => code)
    expect([codes.indexOf('resumed') < codes.indexOf('drained'), codes.includes('connected')]).toEqual([true, true])
    expect(
      (await admin(path(ADMIN_ROUTES.server), { headers: { 'accept-language': 'zh-CN' } })).bytes.toString(),
    ).toContain('已由管理员停止接收任务')
  })
})

describe('a log that cannot be written', () => {
  it('lets nothing be changed, and everything be read', async () => {
    const { task_id } = await submit(at)
    const other = new DatabaseSync(join(at.dataDir, 'gateway.db'))
    other.exec("CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END")
    other.close()
    expect((await act(ADMIN_ROUTES.taskCancel, task_id)).status).toBe(500)
    expect((await admin(ADMIN_ROUTES.queuePause, { method: 'POST' })).status).toBe(500)
    expect(await list()).toMatchObject([{ task_id, state: 'queued' }])
    expect((await admin(ADMIN_ROUTES.queue)).body['data']).toMatchObject({ paused: false })
  })
})
