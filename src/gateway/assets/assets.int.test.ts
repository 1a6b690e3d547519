import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { io } from 'socket.io-client'
import { z } from 'zod'
import { sinceAnswerSchema, storedEventSchema } from '../../protocol/events/index.ts'
import {
  assetDeleteAnswerSchema,
  assetsAnswerSchema,
  assetUploadAnswerSchema,
  tasksAnswerSchema,
} from '../../protocol/http/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { openGatewayDatabase } from '../store/gatewayDatabase.ts'
import { digestsOf, startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, refOf } from '../testing/scriptedWorker.ts'
import type { ScriptedWorker } from '../testing/scriptedWorker.ts'
import { codeOf, OUTPUT, resultFrame, status, submit, tusUpload } from '../testing/taskCalls.ts'

const VOICE = Buffer.from('a voice that is kept')
const FACE = Buffer.from('a face that is kept')
const DAY_MS = 24 * 60 * 60_000

let at: GatewayBench
afterEach(() => at.dispose())

async function keep(bytes: Buffer, fields: Readonly<Record<string, string>>, fileName = 'Anna.wav') {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([new Uint8Array(bytes)]), fileName)
  return at.call('/api/asset/upload', { body: form })
}

async function kept(bytes = VOICE, kind = 'voice', fileName = 'Anna.wav') {
  const answer = await keep(bytes, { kind }, fileName)
  expect(answer.status).toBe(200)
  return assetUploadAnswerSchema.parse(answer.body['data'])
}

async function list(query = '') {
  return assetsAnswerSchema.parse((await at.call(`/api/asset/list${query}`)).body['data'])
}

async function drop(id: string): Promise<z.infer<typeof assetDeleteAnswerSchema>> {
  const answer = await at.call('/api/asset/delete', { json: { id } })
  expect([answer.status, answer.body['code']]).toEqual([200, 0])
  return assetDeleteAnswerSchema.parse(answer.body['data'])
}

async function poolHas(bytes: Buffer, ext = '.wav'): Promise<boolean> {
  const { md5 } = digestsOf(bytes)
  const answer = await at.call('/api/heygem/check_files', { json: { files: [{ hash: md5, ext }] } })
  const isListed = (answer.body['data'] as Record<string, boolean>)[md5] === true
  expect(isOnDisk(bytes)).toBe(isListed)
  return isListed
}

function isOnDisk(bytes: Buffer): boolean {
  const pool = join(at.dataDir, 'pool')
  return readdirSync(pool).some((tenant) => existsSync(join(pool, tenant, digestsOf(bytes).sha256)))
}

async function connect(id: string): Promise<ScriptedWorker> {
  const worker = await connectWorker({ ...at, id, slots: 2, taskTypes: ['heygem_submit', 'delete_asset'] })
  onTestFinished(async () => {
    await worker.cut()
  })
  return worker
}

/** Submits a task with the asset as its voice; the worker has accepted it when it answers. */
async function runWith(worker: ScriptedWorker, bytes = VOICE) {
  const { md5 } = digestsOf(bytes)
  const { task_id } = await submit(at, { audio_hash: md5, audio_ext: '.wav', options: { name: 'a video' } })
  const job = await worker.nextJob()
  expect(job.task_id).toBe(task_id)
  worker.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(job) })
  await vi.waitFor(async () => {
    expect((await status(at, task_id)).state).toBe('running')
  })
  return job
}

async function finish(worker: ScriptedWorker, job: Awaited<ReturnType<typeof runWith>>): Promise<void> {
  await tusUpload(at, job.upload_url, OUTPUT, job)
  worker.send(resultFrame(refOf(job), OUTPUT))
  expect((await worker.next('gpu.job.result.ack')).outcome).toBe('ok')
}

/** Lets a worker do the removal it is given. */
async function forget(worker: ScriptedWorker): Promise<readonly string[]> {
  const job = await worker.nextJob()
  expect(job.task_type).toBe('delete_asset')
  worker.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(job) })
  worker.send({ type: 'gpu.job.result', version: '1.0', ...refOf(job), error: false })
  expect((await worker.next('gpu.job.result.ack')).outcome).toBe('ok')
  return (job.remove ?? []).map(({ sha256 }) => sha256)
}

describe('keeping assets', () => {
  it('takes a form in any order, and names what it was not told', async () => {
    at = await startGatewayBench()
    const asset = await kept()
    expect(asset).toMatchObject({ kind: 'voice', name: 'Anna', ext: '.wav', size: VOICE.length, existing: false })
    expect(asset).toMatchObject({ hash: digestsOf(VOICE).md5, last_used_at: null, days_left: null, usable: true })
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(FACE)]), 'C:\\videos\\Bo.MP4')
    form.set('kind', 'avatar')
    form.set('hash', digestsOf(FACE).md5)
    const face = assetUploadAnswerSchema.parse((await at.call('/api/asset/upload', { body: form })).body['data'])
    expect(face).toMatchObject({ kind: 'avatar', name: 'Bo', ext: '.mp4' })
    const page = await list()
    expect(page.assets.map(({ name }) => name)).toEqual(['Bo', 'Anna'])
    expect(page).toMatchObject({ used_bytes: VOICE.length + FACE.length, quota_bytes: null, cursor: null })
    expect((await list('?kind=voice')).assets.map(({ name }) => name)).toEqual(['Anna'])
    const first = await list('?limit=1')
    const second = await list(`?limit=1&cursor=${first.cursor ?? ''}`)
    expect([first, second].map(({ assets }) => assets.map(({ name }) => name))).toEqual([['Bo'], ['Anna']])
  })

  it('is the same asset when the same content comes again, under its newest name', async () => {
    at = await startGatewayBench()
    const asset = await kept()
    const { md5 } = digestsOf(VOICE)
    const json = { kind: 'voice', hash: md5, ext: '.wav', name: 'Anna, slowly' }
    const again = assetUploadAnswerSchema.parse((await at.call('/api/asset/upload', { json })).body['data'])
    expect(again).toMatchObject({ id: asset.id, name: 'Anna, slowly', existing: true })
    // A name that nobody gave takes nobody's place.
    expect(await kept()).toMatchObject({ id: asset.id, name: 'Anna, slowly', existing: true })
    expect((await list()).assets).toHaveLength(1)
  })

  it.each([
    ['no kind', {}, 'Anna.wav', 400, 'SCHEMA'],
    ['another kind', { kind: 'song' }, 'Anna.wav', 400, 'SCHEMA'],
    ['a voice that is a video', { kind: 'voice' }, 'Anna.mp4', 400, 'EXT_NOT_ALLOWED'],
    ['an ending nobody knows', { kind: 'voice' }, 'Anna.exe', 400, 'EXT_NOT_ALLOWED'],
    ['another hash', { kind: 'voice', hash: '0'.repeat(32) }, 'Anna.wav', 422, 'HASH_MISMATCH'],
    ['a name that is too long', { kind: 'voice', name: 'x'.repeat(201) }, 'Anna.wav', 400, 'SCHEMA'],
  ])('refuses %s, and keeps nothing', async (_, fields, fileName, code, error) => {
    at = await startGatewayBench()
    const answer = await keep(VOICE, fields, fileName)
    expect([answer.status, codeOf(answer)]).toEqual([code, error])
    expect(await poolHas(VOICE)).toBe(false)
    expect((await list()).assets).toEqual([])
  })

  it('refuses a hash the pool does not have, and a form without a file', async () => {
    at = await startGatewayBench()
    const json = { kind: 'voice', hash: '0'.repeat(32), ext: '.wav' }
    expect(codeOf(await at.call('/api/asset/upload', { json }))).toBe('INPUT_MISSING')
    const form = new FormData()
    form.set('kind', 'voice')
    expect(codeOf(await at.call('/api/asset/upload', { body: form }))).toBe('SCHEMA')
    expect((await at.call('/api/asset/upload', { body: 'kind=voice' })).status).toBe(415)
    expect((await at.call('/api/asset/list', { key: null })).status).toBe(401)
  })

  it('tells how many days are left, counted from the last use', async () => {
    at = await startGatewayBench({ settings: { assets_kept_days: 30 } })
    const asset = await kept()
    expect(asset.days_left).toBe(30)
    const worker = await connect('w-one')
    await runWith(worker)
    await vi.waitFor(async () => {
      const [used] = (await list()).assets
      expect(used?.last_used_at).toBeGreaterThanOrEqual(asset.created_at)
    })
  })
})

describe('deleting assets', () => {
  it('is done with the answer where no server has the bytes, also the second time', async () => {
    at = await startGatewayBench()
    const { id } = await kept()
    expect(await drop(id)).toEqual({ id, deleted: true, queued: false, tasks: [] })
    expect((await list()).assets).toEqual([])
    expect(await poolHas(VOICE)).toBe(false)
    expect(await drop(id)).toEqual({ id, deleted: true, queued: false, tasks: [] })
    expect(codeOf(await at.call('/api/asset/delete', { json: { id: `a_${'0'.repeat(32)}` } }))).toBe('ASSET_NOT_FOUND')
  })

  it('reaches a server that is online before the answer', async () => {
    at = await startGatewayBench()
    const { id, sha256 } = await kept()
    const worker = await connect('w-one')
    await finish(worker, await runWith(worker))
    const [removed, answer] = await Promise.all([forget(worker), drop(id)])
    expect(removed).toEqual([sha256])
    expect(answer).toMatchObject({ queued: false, tasks: [{ server_id: 'GPU-001', state: 'succeeded' }] })
    expect(await drop(id)).toEqual(answer)
  })

  it('waits for a server that is off, over a restart, and runs when it boots', async () => {
    at = await startGatewayBench()
    const { id } = await kept()
    const worker = await connect('w-one')
    await finish(worker, await runWith(worker))
    await worker.close()
    const answer = await drop(id)
    expect(answer).toMatchObject({ queued: true, tasks: [{ server_id: 'GPU-001', state: 'queued' }] })
    expect(await poolHas(VOICE)).toBe(false)
    const headers = { 'accept-language': 'zh-CN' }
    expect((await at.call('/api/asset/delete', { json: { id }, headers })).body['msg']).toBe(
      '等待存有文件的 GPU 服务器',
    )
    // Nobody would make it again.
    const task_id = answer.tasks[0]?.task_id ?? ''
    const byItsOwner = await at.call('/api/heygem/task/cancel', { json: { task_id } })
    const byOperator = await at.call(`/api/admin/tasks/${task_id}/cancel`, { key: at.adminToken, method: 'POST' })
    expect([codeOf(byItsOwner), codeOf(byOperator)]).toEqual(['REMOVAL_NOT_CANCELLED', 'REMOVAL_NOT_CANCELLED'])
    await at.restart(at.licenseKey)
    // Somebody else's server is not asked.
    const other = await connect('w-two')
    const back = await connect('w-one')
    expect(await forget(back)).toEqual([digestsOf(VOICE).sha256])
    await vi.waitFor(async () => {
      expect(await drop(id)).toMatchObject({ queued: false, tasks: [{ state: 'succeeded' }] })
    })
    expect(await other.close()).toBeTypeOf('number')
  })

  it('is no video of the tenant: neither listed nor told', async () => {
    at = await startGatewayBench()
    const { id } = await kept()
    const worker = await connect('w-one')
    const job = await runWith(worker)
    await finish(worker, job)
    await worker.close()
    const socket = io(at.url, { transports: ['websocket'], forceNew: true, auth: { token: at.licenseKey } })
    onTestFinished(() => void socket.disconnect())
    const told: string[] = []
    socket.on('task.updated', (event: unknown) => {
      told.push(storedEventSchema.parse(event).task.task_id)
    })
    await new Promise<void>((resolve) => void socket.once('connect', resolve))
    const { cursor } = sinceAnswerSchema.parse(await socket.emitWithAck('tasks.since', { cursor: null }))
    expect((await drop(id)).tasks).toHaveLength(1)
    const { task_id } = await submit(at)
    await vi.waitFor(() => {
      expect(told).toEqual([task_id])
    })
    const { events } = sinceAnswerSchema.parse(await socket.emitWithAck('tasks.since', { cursor }))
    expect(events.map(({ task }) => task.task_id)).toEqual([task_id])
    const tasks = tasksAnswerSchema.parse((await at.call('/api/heygem/tasks')).body['data'])
    expect(tasks.tasks.map((task) => task.task_id)).toEqual([task_id, job.task_id])
  })

  it('leaves bytes that another asset of the same content needs', async () => {
    at = await startGatewayBench()
    const voice = await kept(VOICE, 'voice', 'Anna.m4a')
    await at.upload(VOICE, '.mp4')
    const json = { kind: 'avatar', hash: voice.hash, ext: '.mp4' }
    const face = assetUploadAnswerSchema.parse((await at.call('/api/asset/upload', { json })).body['data'])
    const worker = await connect('w-one')
    await finish(worker, await runWith(worker))
    expect(await drop(voice.id)).toMatchObject({ queued: false, tasks: [] })
    expect(await poolHas(VOICE)).toBe(true)
    expect((await list()).assets).toMatchObject([{ id: face.id, usable: true }])
    const [removed, answer] = await Promise.all([forget(worker), drop(face.id)])
    expect(removed).toEqual([voice.sha256])
    expect(answer.queued).toBe(false)
    expect(await poolHas(VOICE)).toBe(false)
  })

  it('leaves bytes that a task needs until it has ended, then takes them', async () => {
    at = await startGatewayBench()
    const { id, sha256 } = await kept()
    const worker = await connect('w-one')
    const job = await runWith(worker)
    expect(await drop(id)).toMatchObject({ deleted: true, queued: true, tasks: [] })
    expect((await list()).assets).toEqual([])
    expect(await poolHas(VOICE)).toBe(true)
    await finish(worker, job)
    expect(await forget(worker)).toEqual([sha256])
    expect(await poolHas(VOICE)).toBe(false)
    expect(await drop(id)).toMatchObject({ queued: false, tasks: [{ state: 'succeeded' }] })
  })

  it('leaves a file that was brought again meanwhile', async () => {
    at = await startGatewayBench()
    const { id } = await kept()
    const worker = await connect('w-one')
    const job = await runWith(worker)
    await drop(id)
    await at.upload(VOICE, '.wav')
    await finish(worker, job)
    await forget(worker)
    expect(await poolHas(VOICE)).toBe(true)
    expect(await drop(id)).toMatchObject({ queued: false })
  })

  it('makes the tasks a crash between the deletion and its tasks left to be made', async () => {
    at = await startGatewayBench()
    const { id, sha256 } = await kept()
    const worker = await connect('w-one')
    await finish(worker, await runWith(worker))
    await worker.close()
    await drop(id)
    await at.stop()
    const db = openGatewayDatabase(at.dataDir)
    // As it was before the task was stored.
    db.run(`DELETE FROM task WHERE type = 'delete_asset'`)
    db.run(`UPDATE removal SET state = 'planned', task = NULL`)
    db.close()
    await at.restart(at.licenseKey)
    const back = await connect('w-one')
    expect(await forget(back)).toEqual([sha256])
  })

  it('takes the file of a deletion that a crash cut off behind its mark', async () => {
    at = await startGatewayBench()
    const { id } = await kept()
    await at.stop()
    const db = openGatewayDatabase(at.dataDir)
    db.run('UPDATE asset SET deleted = ?', Date.now())
    db.close()
    await at.restart(at.licenseKey)
    expect(await poolHas(VOICE)).toBe(false)
    expect(await drop(id)).toEqual({ id, deleted: true, queued: false, tasks: [] })
  })

  it('keeps tenants apart: ids of others are unknown, and their bytes stay', async () => {
    at = await startGatewayBench()
    const mine = await kept()
    const worker = await connect('w-one')
    await finish(worker, await runWith(worker))
    const other = await otherLicence()
    const theirs = await other.keep()
    expect(theirs.hash).toBe(mine.hash)
    expect(theirs.id).not.toBe(mine.id)
    const json = { id: theirs.id }
    const foreign = await at.call('/api/asset/delete', { json })
    const unknown = await at.call('/api/asset/delete', { json: { id: `a_${'0'.repeat(32)}` } })
    const { request_id: _one, ...said } = foreign.body
    const { request_id: _two, ...saidOfUnknown } = unknown.body
    expect([foreign.status, said]).toEqual([unknown.status, saidOfUnknown])
    expect((await list()).assets.map(({ id }) => id)).toEqual([mine.id])
    // Not mine alone: my copy goes, the server keeps the bytes.
    expect(await drop(mine.id)).toEqual({ id: mine.id, deleted: true, queued: false, tasks: [] })
    expect(await other.has()).toBe(true)
  })

  it('leaves bytes on servers that another licence has as a mere file', async () => {
    at = await startGatewayBench()
    const { id } = await kept()
    const worker = await connect('w-one')
    await finish(worker, await runWith(worker))
    const other = await otherLicence()
    await other.bring()
    expect(await drop(id)).toEqual({ id, deleted: true, queued: false, tasks: [] })
    expect(await other.has()).toBe(true)
  })

  async function otherLicence() {
    const adminKey = at.adminToken
    const made = await at.call('/api/admin/keys', { json: { tenant: 't-other', name: 'other' }, key: adminKey })
    const { secret: key } = z.object({ secret: z.string() }).parse(made.body['data'])
    return {
      async keep() {
        const form = new FormData()
        form.set('kind', 'voice')
        form.set('file', new Blob([new Uint8Array(VOICE)]), 'Anna.wav')
        return assetUploadAnswerSchema.parse((await at.call('/api/asset/upload', { body: form, key })).body['data'])
      },
      async bring() {
        const form = new FormData()
        form.set('hash', digestsOf(VOICE).md5)
        form.set('ext', '.wav')
        form.set('file', new Blob([new Uint8Array(VOICE)]), 'voice.wav')
        expect((await at.call('/api/heygem/upload_file', { body: form, key })).status).toBe(200)
      },
      async has() {
        const { md5 } = digestsOf(VOICE)
        const json = { files: [{ hash: md5, ext: '.wav' }] }
        const answer = await at.call('/api/heygem/check_files', { json, key })
        return (answer.body['data'] as Record<string, boolean>)[md5] === true
      },
    }
  }
})

describe('files nobody keeps any more', () => {
  it('are told as such: a video that was cleaned up is 410 with its reason', async () => {
    const clock = createFakeClock(Date.now())
    at = await startGatewayBench({ clock })
    const worker = await connect('w-one')
    await kept()
    const job = await runWith(worker)
    await finish(worker, job)
    await worker.close()
    const download = () => at.call(`/api/heygem/download?task_id=${job.task_id}`)
    expect((await download()).status).toBe(200)
    clock.advance(8 * DAY_MS)
    // Looked at from outside: whoever asks for a video keeps it for another week.
    await vi.waitFor(() => {
      clock.advance(5 * 60_000)
      expect(isOnDisk(OUTPUT)).toBe(false)
    })
    const answer = await download()
    expect([answer.status, codeOf(answer)]).toEqual([410, 'RESULT_EXPIRED'])
    expect(await poolHas(VOICE)).toBe(true)
    expect((await list()).assets).toMatchObject([{ usable: true }])
  })
})
