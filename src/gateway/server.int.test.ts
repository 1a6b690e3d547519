import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { describe, expect, it } from 'vitest'
import { fieldProgressSchema } from '../protocol/http/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { createGateway } from './index.ts'
import type { Gateway, GatewayOptions } from './index.ts'
import { newKey } from './testing/gatewayBench.ts'
import { openBenches } from './testing/openBenches.ts'
import { openRawWebSocket } from './testing/rawWebSocket.ts'
import { connectWorker } from './testing/scriptedWorker.ts'
import { codeOf, submit } from './testing/taskCalls.ts'

const { bench, atEnd } = openBenches()

async function another(overrides: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dhs-gateway-'))
  const gateway = createGateway({
    ...{ dataDir, host: '127.0.0.1', port: 0, version: '0.0.0-test' },
    credentials: { licenseKey: newKey('lk'), workerSecret: newKey('ws'), adminToken: newKey('at') },
    log: createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' }),
    ...overrides,
  })
  atEnd(async () => {
    await gateway.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return gateway
}

describe('start', () => {
  it('refuses a port in use, a name without an address, a folder in use and weak secrets, and leaves nothing open', async () => {
    const at = await bench()
    await expect((await another({ port: at.port })).start()).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    await expect((await another({ host: 'foo.invalid' })).start()).rejects.toMatchObject({
      ...{ code: 'PORT_FORBIDDEN', data: { host: 'foo.invalid' } },
    })
    await expect((await another({ dataDir: at.dataDir })).start()).rejects.toMatchObject({ code: 'DB_IN_USE' })
    const same = newKey('xx')
    const credentials = { licenseKey: same, workerSecret: same, adminToken: newKey('at') }
    await expect((await another({ credentials })).start()).rejects.toMatchObject({ code: 'SECRET_SHARED' })
    expect((await at.call('/api/heygem/health')).status).toBe(200)
  })
})

describe('stop', () => {
  it('is done within its deadline, also when a socket does not answer the close', async () => {
    const at = await bench()
    const gpu = await connectWorker(at)
    const deaf = new WebSocket(at.dspUrl)
    await new Promise((resolve) => deaf.once('message', resolve))
    deaf.pause()
    const began = performance.now()
    const stopping = at.stop()
    const late = await at.call('/api/heygem/health')
    expect([late.status, codeOf(late), late.headers.get('retry-after')]).toEqual([503, 'SHUTTING_DOWN', '5'])
    await stopping
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(await gpu.closed).toBe(1012)
    deaf.terminate()
  })

  it('lets no worker in again that it has just told to come back later', async () => {
    const at = await bench()
    const gpu = await connectWorker(at)
    const deaf = await openRawWebSocket(at.port, '/dsp')
    deaf.pause()
    const stopping = at.stop()
    expect(await gpu.closed).toBe(1012)
    const again = await openRawWebSocket(at.port, '/dsp')
    expect(again.head).toContain(' 503 ')
    deaf.cut()
    await stopping
  })

  it('may be called twice, and before a start', async () => {
    const gateway = await another()
    await Promise.all([gateway.stop(), gateway.stop()])
  })
})

describe('health and reference', () => {
  it('tells who answers, without a credential', async () => {
    const at = await bench()
    expect((await at.call('/api/heygem/health', { key: null })).body).toEqual({
      ...{ code: 0, msg: 'ok', initialized: true, gpu: 'offline', workers: 0, slots: 0 },
      ...{ queue: { queued: 0, running: 0, paused: false }, version: '0.0.0-test', service: 'dhs-gateway' },
    })
  })

  it('serves a complete OpenAPI document and a page that loads nothing from elsewhere', async () => {
    const at = await bench()
    const document = (await at.call('/docs/json', { key: null })).body
    const paths = document['paths'] as Record<string, Record<string, { summary?: string; description?: string }>>
    const undescribed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        (operation.summary ?? '') === '' || (operation.description ?? '') === '' ? [`${method} ${path}`] : [],
      ),
    )
    expect(undescribed).toEqual([])
    expect(Object.keys(paths).sort()).toEqual([
      '/api/admin/audit',
      '/api/admin/keys',
      '/api/admin/keys/{key_id}/revoke',
      '/api/admin/power',
      '/api/admin/queue',
      '/api/admin/queue/pause',
      '/api/admin/queue/resume',
      '/api/admin/servers',
      '/api/admin/servers/strategy',
      '/api/admin/servers/{server_id}',
      '/api/admin/servers/{server_id}/drain',
      '/api/admin/servers/{server_id}/resume',
      '/api/admin/settings',
      '/api/admin/tasks',
      '/api/admin/tasks/{task_id}',
      '/api/admin/tasks/{task_id}/cancel',
      '/api/admin/tasks/{task_id}/front',
      '/api/admin/tasks/{task_id}/priority',
      '/api/admin/tasks/{task_id}/retry',
      '/api/asset/delete',
      '/api/asset/list',
      '/api/asset/upload',
      '/api/heygem/check_files',
      '/api/heygem/download',
      '/api/heygem/health',
      '/api/heygem/pool/uploads',
      '/api/heygem/pool/{name}',
      '/api/heygem/progress',
      '/api/heygem/queue',
      '/api/heygem/submit',
      '/api/heygem/task/cancel',
      '/api/heygem/task/retry',
      '/api/heygem/task/status',
      '/api/heygem/task/submit',
      '/api/heygem/tasks',
      '/api/heygem/upload_file',
      '/api/worker/pool/{name}',
      '/api/worker/uploads',
      '/metrics',
    ])
    const page = await at.call('/docs/', { key: null })
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    expect(page.bytes.toString()).not.toMatch(/https?:\/\//)
    expect(page.bytes.toString()).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
  })
})

describe('/ws/progress of field clients', () => {
  it('tells the state in the field’s words until the task ends', async () => {
    const at = await bench()
    const { task_id } = await submit(at)
    const address = `${at.url.replace('http', 'ws')}/ws/progress/${task_id}?token=${at.licenseKey}`
    const socket = new WebSocket(address)
    const heard: string[] = []
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    const first = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        heard.push(fieldProgressSchema.parse(JSON.parse(data.toString())).status)
        resolve()
      })
    })
    await first
    const headers = { 'accept-language': 'zh-CN' }
    const answer = await at.call('/api/heygem/task/cancel', { json: { task_id }, headers })
    expect(answer.body['msg']).toBe('已取消')
    expect([await closed, heard]).toEqual([1000, ['queued', 'error']])
  })

  it('refuses what it does not know before it upgrades', async () => {
    const at = await bench()
    const base = at.url.replace('http', 'ws')
    const unknown = `t_${'0'.repeat(32)}`
    const statuses: unknown[] = []
    for (const path of [
      `${unknown}?token=${at.licenseKey}`,
      `${unknown}?token=wrong`,
      unknown,
      `x?token=${at.licenseKey}`,
    ]) {
      const socket = new WebSocket(`${base}/ws/progress/${path}`)
      statuses.push(
        await new Promise((resolve) => {
          socket.once('unexpected-response', (_request, response) => {
            resolve(response.statusCode)
            response.resume()
          })
        }),
      )
    }
    expect(statuses).toEqual([404, 401, 401, 400])
  })
})
