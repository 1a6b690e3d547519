import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ADMIN_ROUTES } from '../../protocol/admin/index.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectClient } from '../testing/scriptedClient.ts'
import { connectWorker, refOf } from '../testing/scriptedWorker.ts'
import { OUTPUT, resultFrame, status, submit, tusUpload } from '../testing/taskCalls.ts'
import type { PowerTimings } from './powerTimings.ts'

let dir: string
let at: GatewayBench

/** A script of the operator's that writes down each call, as a real one would call a cloud. */
async function script(): Promise<string> {
  const path = join(dir, 'power.sh')
  await writeFile(
    path,
    `#!/bin/sh\necho "$DHS_POWER_ACTION [$DHS_SERVER_ID]" >> ${dir}/calls\necho "instance asked for"\n`,
  )
  await chmod(path, 0o755)
  return path
}

async function calls(): Promise<readonly string[]> {
  const text = await readFile(join(dir, 'calls'), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

async function gpu(): Promise<unknown> {
  return (await at.call('/api/heygem/health', { key: null })).body['gpu']
}

async function open(powerTimings: Partial<PowerTimings> = {}): Promise<void> {
  at = await startGatewayBench({ power: { kind: 'command', argv: [await script()] }, powerTimings })
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-power-'))
})

afterEach(async () => {
  await at.dispose()
  await rm(dir, { recursive: true, force: true })
})

describe('a gateway with a power command', () => {
  it('turns a GPU on once for waiting tasks, which run when it is there, and knows then how long it took', async () => {
    // This machine is there within milliseconds, and off as soon as it is gone.
    await open({ leastBootMs: 0, arrivalMs: 0 })
    const first = await submit(at)
    await submit(at)
    await vi.waitFor(async () => {
      expect(await calls()).toEqual(['on []'])
    })
    expect(await gpu()).toBe('starting')
    expect(await status(at, first.task_id, 'zh-CN')).toMatchObject({
      ...{ state: 'queued', gpu: 'starting', eta_basis: 'startup_default' },
      message: '任务已排队，GPU 启动中，请等待约2分钟',
    })
    const worker = await connectWorker({ dspUrl: at.dspUrl, workerSecret: at.workerSecret })
    const job = await worker.nextJob()
    expect([job.task_id, await gpu()]).toEqual([first.task_id, 'online'])
    worker.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(job) })
    await tusUpload(at, job.upload_url, OUTPUT, job)
    worker.send(resultFrame(refOf(job), OUTPUT))
    await worker.next('gpu.job.result.ack')
    expect((await status(at, first.task_id)).state).toBe('succeeded')
    await worker.close()
    await vi.waitFor(async () => {
      const second = await submit(at)
      // The time it took just now is what is expected of the next start.
      expect((await status(at, second.task_id)).eta_basis).toBe('startup_learned')
    })
    expect(await calls()).toEqual(['on []'])
  })

  it('gives nothing to a server on its way off, over a broken connection or a restart of its own', async () => {
    await open()
    const first = await connectWorker({ dspUrl: at.dspUrl, workerSecret: at.workerSecret, id: 'worker-one' })
    const body = { action: 'off', server_id: first.serverId }
    const off = await at.call(ADMIN_ROUTES.power, { method: 'POST', key: at.adminToken, json: body })
    expect(off.body).toMatchObject({ data: { success: true, status: 'stopping' } })
    expect(await calls()).toEqual([`off [${first.serverId}]`])
    // A connection that breaks on the way down, and a gateway that is restarted meanwhile.
    const second = await connectWorker({ dspUrl: at.dspUrl, workerSecret: at.workerSecret, id: 'worker-one' })
    await at.restart()
    const third = await connectWorker({ dspUrl: at.dspUrl, workerSecret: at.workerSecret, id: 'worker-one' })
    expect([second.serverId, third.serverId]).toEqual([first.serverId, first.serverId])
    const task = await submit(at)
    const other = await connectWorker({ dspUrl: at.dspUrl, workerSecret: at.workerSecret, id: 'worker-two' })
    expect((await other.nextJob()).task_id).toBe(task.task_id)
    expect((await at.call(ADMIN_ROUTES.servers, { key: at.adminToken })).body).toMatchObject({
      data: {
        servers: [
          { server_id: first.serverId, state: 'draining', power: 'stopping', running: 0 },
          { server_id: other.serverId, power: 'running', running: 1 },
        ],
      },
    })
    await Promise.all([first, second, third, other].map((worker) => worker.close()))
  })

  it('turns it on for a phone that asks, and says what came of it', async () => {
    await open()
    const client = await connectClient(at.dspUrl, at.licenseKey)
    client.send({ type: 'gpu.power.boot', request_id: 'boot-1' })
    expect(await client.next('gpu.power.boot.result')).toMatchObject({
      ...{ request_id: 'boot-1', success: true, status: 'starting', msg: 'The GPU is starting' },
    })
    expect(await calls()).toEqual(['on []'])
    client.send({ type: 'gpu.status.query' })
    expect(await client.next('gpu.status.response')).toMatchObject({ status: 'starting' })
    await client.close()
  })
})
