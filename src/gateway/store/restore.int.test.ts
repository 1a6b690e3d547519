import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ADMIN_ROUTES, adminQueueSchema } from '../../protocol/admin/index.ts'
import type { Job } from '../../protocol/dsp/index.ts'
import { backUpDatabase, openDatabase } from '../../shared/node/index.ts'
import { EventLog } from '../queue/rows/eventLog.ts'
import { digestsOf } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { openBenches } from '../testing/openBenches.ts'
import { refOf } from '../testing/scriptedWorker.ts'
import type { ScriptedWorker } from '../testing/scriptedWorker.ts'
import { OUTPUT, resultFrame, status, submit, tusUpload } from '../testing/taskCalls.ts'
import { openGatewayDatabase } from './gatewayDatabase.ts'
import { GATEWAY_MIGRATIONS } from './schema/migrations.ts'

const { bench, worker: connect } = openBenches()

function worker(at: GatewayBench, id: string, resume: readonly Job[] = []): Promise<ScriptedWorker> {
  return connect(at, { id, resume: resume.map(refOf) })
}

async function run(at: GatewayBench, gpu: ScriptedWorker): Promise<Job> {
  const job = await gpu.nextJob()
  gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
  await vi.waitFor(async () => {
    expect((await status(at, job.task_id)).status).toBe('processing')
  })
  return job
}

/** Stops the gateway, breaks its database, and starts it on what the backup holds. */
async function loseTheTimeSince(at: GatewayBench): Promise<void> {
  await at.stop()
  const path = join(at.dataDir, 'gateway.db')
  const bytes = readFileSync(path)
  bytes.fill(0xa5, 100)
  writeFileSync(path, bytes)
  await at.restart()
}

function backUp(at: GatewayBench): Promise<string> {
  return backUpDatabase(join(at.dataDir, 'gateway.db'), { nowMs: 1_700_000_000_000 })
}

function poolFile(at: GatewayBench, tenant: string, bytes: Buffer): string {
  return join(at.dataDir, 'pool', tenant, digestsOf(bytes).sha256)
}

async function queueOf(at: GatewayBench) {
  const answer = await at.call(ADMIN_ROUTES.queue, { key: at.adminToken })
  return adminQueueSchema.parse(answer.body['data'])
}

describe('a gateway whose database was damaged', () => {
  it('goes back to its last backup: what was taken in then runs once more at most, and nothing of the lost time fits', async () => {
    const at = await bench()
    const first = await worker(at, 'w-first')
    const { task_id: taskId } = await submit(at, { request_id: 'taken-in-before' })
    const before = await run(at, first)
    const { version: versionThen } = await status(at, taskId)
    await backUp(at)

    // The lost time: that run is handed back, another worker gets the task; one more task comes, with a file of its own.
    const failed = { type: 'gpu.job.result', version: '1.0', ...refOf(before), error: true }
    first.send({ ...failed, result: { code: 'WORKER_LOST', message: 'switched off', retryable: true } })
    await first.cut()
    const lateFile = Buffer.from('a voice of the lost time')
    await at.upload(lateFile, '.wav')
    const lost = await submit(at, { request_id: 'of-the-lost-time', options: { name: 'of the lost time' } })
    await loseTheTimeSince(at)

    expect((await at.call(`/api/heygem/task/status?task_id=${lost.task_id}`)).status).toBe(404)
    const restored = await status(at, taskId)
    expect(restored).toMatchObject({ status: 'queued', attempts: 0, server_id: null })
    expect(restored.version).toBeGreaterThan(versionThen + 1_000)
    expect((await queueOf(at)).restored).toMatchObject({ state_of: 1_700_000_000 })

    const again = await worker(at, 'w-first', [before])
    expect(again.registered.abandon).toEqual([taskId])
    const job = await run(at, again)
    expect(job.task_id).toBe(taskId)
    expect(job.epoch).toBeGreaterThan(1_000_000)
    again.send(resultFrame(refOf(before), OUTPUT))
    expect((await again.next('gpu.job.result.ack')).outcome).toBe('superseded')
    expect((await tusUpload(at, job.upload_url, OUTPUT, job)).status).toBe(204)
    again.send(resultFrame(refOf(job), OUTPUT))
    expect((await again.next('gpu.job.result.ack')).outcome).toBe('ok')
    expect((await status(at, taskId)).status).toBe('done')
  })

  it('leaves the files alone that the restored index does not know, also at the next start', async () => {
    const at = await bench()
    await backUp(at)
    const lateFile = Buffer.from('a voice of the lost time')
    await at.upload(lateFile, '.wav')
    const db = openDatabase({ path: join(at.dataDir, 'gateway.db'), migrations: GATEWAY_MIGRATIONS, lock: false })
    const { tenant } = db.get<{ tenant: string }>('SELECT tenant FROM pool_file') ?? { tenant: '' }
    db.close()
    expect(existsSync(poolFile(at, tenant, lateFile))).toBe(true)
    await loseTheTimeSince(at)
    await at.restart()
    expect(existsSync(poolFile(at, tenant, lateFile))).toBe(true)
    // Nobody is told that it is there; brought again, it is.
    const { md5 } = digestsOf(lateFile)
    const ask = (): ReturnType<GatewayBench['call']> => at.call('/api/heygem/check_hashes', { json: { hashes: [md5] } })
    expect(JSON.stringify((await ask()).body)).not.toContain('"exists":true')
    await at.upload(lateFile, '.wav')
    expect(existsSync(poolFile(at, tenant, lateFile))).toBe(true)
  })

  it('refuses to start without a backup, and touches nothing', async () => {
    const at = await bench()
    await at.stop()
    const path = join(at.dataDir, 'gateway.db')
    const bytes = readFileSync(path).fill(0xa5, 100)
    writeFileSync(path, bytes)
    await expect(at.restart()).rejects.toMatchObject({ code: 'DB_CORRUPT' })
    expect(readFileSync(path)).toEqual(bytes)
  })
})

describe('the state of a backup', () => {
  it('has an event log of another name: a cursor of the lost time is answered with a reset', async () => {
    const at = await bench()
    await submit(at)
    await backUp(at)
    await at.stop()
    const before = openGatewayDatabase(at.dataDir)
    const { tenant } = before.get<{ tenant: string }>('SELECT tenant FROM task') ?? { tenant: '' }
    const { cursor } = new EventLog(before).since(tenant, null, 1)
    before.close()
    const path = join(at.dataDir, 'gateway.db')
    writeFileSync(path, readFileSync(path).fill(0xa5, 100))
    const after = openGatewayDatabase(at.dataDir)
    expect(new EventLog(after).since(tenant, cursor, 1)).toMatchObject({ reset: true, events: [] })
    after.close()
  })
})
