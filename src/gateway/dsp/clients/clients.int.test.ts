import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addKeyAnswerSchema, keysAnswerSchema } from '../../../protocol/admin/index.ts'
import { describeError } from '../../../protocol/errors/index.ts'
import type { ErrorCode } from '../../../protocol/errors/index.ts'
import type { GatewayBench } from '../../testing/gatewayBench.ts'
import { openBenches } from '../../testing/openBenches.ts'
import { connectClient, openClient } from '../../testing/scriptedClient.ts'
import type { ScriptedClient } from '../../testing/scriptedClient.ts'
import { refOf } from '../../testing/scriptedWorker.ts'
import { inputs, OUTPUT, resultFrame, status, tusUpload } from '../../testing/taskCalls.ts'

const { bench, worker } = openBenches()

const zh = (code: ErrorCode) => describeError({ code }, 'zh-CN')
const phone = (at: GatewayBench, language?: string) => connectClient(at.dspUrl, at.licenseKey, language)

async function job(at: GatewayBench, requestId?: string): Promise<Record<string, unknown>> {
  const payload = { ...(await inputs(at)), voice_ms: 12_000 }
  const request = requestId === undefined ? {} : { request_id: requestId }
  return { type: 'gpu.job.submit', task_type: 'heygem_submit', ...request, payload }
}

/** A phone of somebody else, with a key of its own. */
async function stranger(at: GatewayBench): Promise<ScriptedClient> {
  const answer = await at.call('/api/admin/keys', { key: at.adminToken, json: { name: 'another studio' } })
  const { secret } = z.object({ data: z.object({ secret: z.string() }) }).parse(answer.body).data
  return connectClient(at.dspUrl, secret)
}

async function refusal(client: ScriptedClient): Promise<string> {
  const { result } = await client.next('error')
  return `${result.code} ${String(await client.closed)}`
}

describe('a client on /dsp', () => {
  it('registers with its licence key, and with nothing else', async () => {
    const at = await bench()
    const client = await openClient(at.dspUrl)
    client.send({ type: 'register', key: at.licenseKey, device_type: 'pc' })
    expect(await client.next('registered')).toMatchObject({ key: at.licenseKey, device_type: 'pc' })
    await client.close()

    const bad = [
      [{ key: `lk_${'0'.repeat(64)}`, device_type: 'pc' }, 'AUTH_INVALID 4401'],
      [{ key: at.adminToken, device_type: 'pc' }, 'AUTH_INVALID 4401'],
      [{ key: at.licenseKey, device_type: 'fridge' }, 'MESSAGE_SCHEMA 4401'],
      [{ device_type: 'pc' }, 'MESSAGE_SCHEMA 4401'],
      [{ key: at.licenseKey, device_type: 'pc', version: '2.0' }, 'VERSION_UNSUPPORTED 4401'],
    ] as const
    for (const [frame, expected] of bad) {
      const refused = await openClient(at.dspUrl)
      refused.send({ type: 'register', ...frame })
      expect(await refusal(refused)).toBe(expected)
    }
    const talkative = await openClient(at.dspUrl)
    talkative.send({ type: 'register', key: 'k'.repeat(5_000), device_type: 'pc' })
    expect(await talkative.closed).toBe(4401)
  })

  it('is refused in its own language, as a wrong frame is', async () => {
    const at = await bench()
    const chinese = { 'accept-language': 'zh-CN' }
    const stranger = await openClient(at.dspUrl, chinese)
    stranger.send({ type: 'register', key: `lk_${'0'.repeat(64)}`, device_type: 'pc' })
    const refused = await stranger.next('error')
    expect(refused.result).toMatchObject({ code: 'AUTH_INVALID', message: zh('AUTH_INVALID').message })
    const client = await phone(at, 'zh-CN')
    client.send({ type: 'gpu.job.dance' })
    const unknown = await client.next('error')
    expect([unknown.result.code, unknown.msg]).toEqual(['TYPE_UNKNOWN', zh('TYPE_UNKNOWN').message])
    expect(unknown.result.hint).toBe(zh('TYPE_UNKNOWN').hint)
    const english = await phone(at)
    english.send({ type: 'gpu.job.dance' })
    expect((await english.next('error')).msg).toBe(describeError({ code: 'TYPE_UNKNOWN' }, 'en').message)
  })

  it('is told that the GPU is off, then that it is online, then each step and the end of its task', async () => {
    const at = await bench()
    const [client, other, foreign] = [await phone(at, 'zh-CN'), await phone(at), await stranger(at)]
    client.send(await job(at, 'request-0001'))
    const offline = await client.next('gpu.power.offline')
    expect(offline).toMatchObject({
      ...{ request_id: 'request-0001', task_type: 'heygem_submit', source: 'api', target: 'client' },
      ...{ msg: '任务已排队，请等待约2分钟', data: { status: 'offline', position: 1, eta_seconds: 120 } },
    })
    const gpu = await worker(at)
    expect((await client.next('gpu.power.online')).data.msg).toBe('GPU 已上线')
    expect((await foreign.next('gpu_online')).msg).toBe('A GPU is online')
    const given = await gpu.nextJob()
    expect(given.task_id).toBe(offline.task_id)
    gpu.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(given) })
    expect(await client.next('gpu.task.progress')).toMatchObject({ task_id: given.task_id, key: at.licenseKey })
    gpu.send({ type: 'gpu.task.progress', version: '1.0', ...refOf(given), stage: 'synthesize', progress: 40 })
    await untilProgress(client, (frame) => frame.status === 'synthesizing' && frame.progress === 40)
    await tusUpload(at, given.upload_url, OUTPUT, given)
    gpu.send(resultFrame(refOf(given), OUTPUT))
    for (const one of [client, other]) {
      const result = await one.next('gpu.job.result')
      expect(result).toMatchObject({ error: false, request_id: 'request-0001', result: { status: 'done' } })
      expect({ ...(await one.next('gpu_task_result')), type: '' }).toEqual({ ...result, type: '' })
      const { heard } = one
      const last = heard.findLast((frame) => frame.type === 'gpu.task.progress')
      expect(last).toMatchObject({ status: 'done', progress: 100 })
    }
    expect(foreign.heard.filter((frame) => 'task_id' in frame)).toEqual([])
    await gpu.close()
  })

  it('gets an ack where a worker is free, an error for a live repeat, and the result for a late one', async () => {
    const at = await bench()
    const gpu = await worker(at)
    const client = await phone(at)
    const frame = await job(at, 'request-0002')
    client.send(frame)
    const ack = await client.next('ack')
    expect(ack).toMatchObject({ request_id: 'request-0002', task_type: 'heygem_submit', status: 'submitted' })
    client.send(frame)
    const live = { request_id: 'request-0002', old_request_id: 'request-0002' }
    expect(await client.next('error')).toMatchObject({ ...live, result: { code: 'REQUEST_ID_LIVE' } })
    client.send({ ...frame, payload: { ...(await inputs(at)), options: { name: 'other' } } })
    expect(await client.next('error')).toMatchObject({ ...live, result: { code: 'REQUEST_ID_CONFLICT' } })

    const given = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(given) })
    await tusUpload(at, given.upload_url, OUTPUT, given)
    gpu.send(resultFrame(refOf(given), OUTPUT))
    await client.next('gpu.job.result')
    client.send(frame)
    expect(await client.next('ack')).toMatchObject({ task_id: ack.task_id, status: 'done' })
    expect(await client.next('gpu.job.result')).toMatchObject({ task_id: ack.task_id, result: { status: 'done' } })
    await gpu.close()
  })

  it('hears of a cancel through another door, and of what its task lacks', async () => {
    const at = await bench()
    const client = await phone(at)
    client.send(await job(at))
    const { task_id: taskId } = await client.next('gpu.power.offline')
    expect((await status(at, taskId)).state).toBe('queued')
    await at.call('/api/heygem/task/cancel', { json: { task_id: taskId } })
    expect(await client.next('gpu.job.result')).toMatchObject({
      ...{ error: true, error_code: 'TASK_CANCELLED', result: { status: 'cancelled', result_url: null } },
    })
    const missing = { ...(await inputs(at)), video_hash: 'f'.repeat(32) }
    client.send({ type: 'gpu.job.submit', task_type: 'heygem_submit', request_id: 'request-0003', payload: missing })
    expect((await client.next('error')).result.code).toBe('INPUT_MISSING')
    client.send({ ...(await job(at)), task_type: 'video_edit' })
    expect((await client.next('error')).result.code).toBe('TASK_TYPE_UNKNOWN')
  })

  it('hears nothing of what a server tidies up', async () => {
    const at = await bench()
    const gpu = await worker(at, { slots: 2, taskTypes: ['heygem_submit', 'delete_asset'] })
    const client = await phone(at)
    const form = new FormData()
    form.set('kind', 'voice')
    form.set('file', new Blob(['a voice that is kept']), 'Anna.wav')
    const kept = await at.call('/api/asset/upload', { body: form })
    const asset = z.object({ data: z.object({ id: z.string(), hash: z.string() }) }).parse(kept.body).data
    const payload = { ...(await inputs(at)), audio_hash: asset.hash, audio_ext: '.wav' }
    client.send({ type: 'gpu.job.submit', task_type: 'heygem_submit', payload })
    await client.next('ack')
    const given = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(given) })
    await tusUpload(at, given.upload_url, OUTPUT, given)
    gpu.send(resultFrame(refOf(given), OUTPUT))
    await client.next('gpu.job.result')
    await gpu.next('gpu.job.result.ack')

    await at.call('/api/asset/delete', { json: { id: asset.id } })
    const removal = await gpu.nextJob()
    expect(removal.task_type).toBe('delete_asset')
    gpu.send({ type: 'gpu.job.accept', version: '1.0', ...refOf(removal) })
    gpu.send({ type: 'gpu.job.result', version: '1.0', ...refOf(removal), error: false })
    await gpu.next('gpu.job.result.ack')
    // News come in order: after those of a newer task none of the removal can follow.
    client.send(await job(at))
    const { task_id } = await client.next('ack')
    await at.call('/api/heygem/task/cancel', { json: { task_id } })
    expect((await client.next('gpu.job.result')).task_id).toBe(task_id)
    expect(client.heard.filter((frame) => 'task_id' in frame && frame.task_id === removal.task_id)).toEqual([])
    await gpu.close()
  })

  it('asks for the power, and is told that nobody can give it here', async () => {
    const at = await bench()
    const client = await phone(at)
    client.send({ type: 'gpu.status.query', request_id: 'q-1' })
    expect(await client.next('gpu.status.response')).toMatchObject({ status: 'unknown', request_id: 'q-1' })
    client.send({ type: 'gpu.power.boot', request_id: 'b-1' })
    expect(await client.next('gpu.power.boot.result')).toMatchObject({
      ...{ request_id: 'b-1', success: false, status: 'unknown' },
      msg: 'This gateway cannot turn GPU servers on or off.',
    })
    const gpu = await worker(at)
    await client.next('gpu_online')
    client.send({ type: 'gpu.status.query' })
    expect(await client.next('gpu.status.response')).toMatchObject({ status: 'running', request_id: null })
    await gpu.close()
  })

  it('is told what came of a power hook, never in the words of the hook', async () => {
    const argv = ['/bin/sh', '-c', 'echo ssh: gpu-host.internal port 22 refused >&2; exit 3']
    const at = await bench({ power: { kind: 'command', argv } })
    const client = await phone(at, 'zh-CN')
    client.send({ type: 'gpu.power.boot', request_id: 'b-1' })
    const { success, msg } = await client.next('gpu.power.boot.result')
    expect([success, msg]).toEqual([false, 'GPU 未能启动，请联系管理员'])
    // Asked again at once: the same answer, from what is kept.
    const other = await phone(at)
    other.send({ type: 'gpu.power.boot' })
    expect((await other.next('gpu.power.boot.result')).msg).toContain('ask whoever runs the gateway')
    const answer = await at.call('/api/admin/servers', { key: at.adminToken })
    expect(JSON.stringify(answer.body)).toContain('exit code 3: ssh: gpu-host.internal port 22 refused')
  })

  it('may not speak a worker’s words, nor nonsense for long', async () => {
    const at = await bench()
    const client = await phone(at)
    client.send({ type: 'gpu.heartbeat', tasks: [] })
    client.send({ type: 'gpu.job.submit', task_type: 'heygem_submit', payload: { audio_hash: 'x' } })
    client.send({ type: '__proto__' })
    const codes = [await client.next('error'), await client.next('error'), await client.next('error')]
    expect(codes.map(({ result }) => result.code)).toEqual(['TYPE_UNKNOWN', 'MESSAGE_SCHEMA', 'TYPE_UNKNOWN'])
    expect(await client.closed).toBe(4400)
  })

  it('has a place among its tenant’s sockets only, and loses it with its key', async () => {
    const at = await bench({ settings: { sockets_per_tenant: 2 } })
    const first = await phone(at)
    await phone(at)
    const third = await openClient(at.dspUrl)
    third.send({ type: 'register', key: at.licenseKey, device_type: 'mobile' })
    expect(await refusal(third)).toBe('SOCKETS_FULL_TENANT 4429')
    await first.close()
    await phone(at)
    const lost = await stranger(at)
    const answer = await at.call('/api/admin/keys', { key: at.adminToken })
    const { keys } = z.object({ data: keysAnswerSchema }).parse(answer.body).data
    const id = keys.find((key) => key.source === 'added')?.key_id ?? ''
    await at.call(`/api/admin/keys/${id}/revoke`, { method: 'POST', key: at.adminToken })
    expect(await lost.closed).toBe(4401)
  })

  it('is not heard any more once its key is revoked, not even what it had sent before', async () => {
    const limits = { messagesPerSecond: 10_000, submitsPerMinute: 10_000, submitBurst: 10_000 }
    const at = await bench({ limits })
    const { keys } = keysAnswerSchema.parse((await at.call('/api/admin/keys', { key: at.adminToken })).body['data'])
    const added = await at.call('/api/admin/keys', {
      key: at.adminToken,
      json: { name: 'phone', tenant: keys[0]?.tenant },
    })
    const { secret, key } = addKeyAnswerSchema.parse(added.body['data'])
    const client = await connectClient(at.dspUrl, secret)
    const first = await job(at)
    for (let number = 0; number < 300; number += 1) client.send({ ...first, request_id: `request-${String(number)}` })
    const revoke = `/api/admin/keys/${key.key_id}/revoke`
    expect((await at.call(revoke, { method: 'POST', key: at.adminToken })).status).toBe(200)
    const queueSchema = z.object({ queue: z.object({ queued: z.int() }) })
    const queued = async () => queueSchema.parse((await at.call('/api/heygem/health')).body).queue.queued
    const atRevoke = await queued()
    expect(await client.closed).toBe(4401)
    // A stop waits for every frame that is still to be handled.
    await at.restart()
    // The one that was being handled at that moment may be there.
    expect([atRevoke < 299, (await queued()) - atRevoke <= 1]).toEqual([true, true])
  })

  it('is limited like a submit on HTTP', async () => {
    const at = await bench({ limits: { submitsPerMinute: 1, submitBurst: 1 } })
    const client = await phone(at)
    client.send(await job(at))
    await client.next('gpu.power.offline')
    client.send(await job(at))
    const { result } = await client.next('error')
    expect([result.code, (result.retry_after_ms ?? 0) > 1_000]).toEqual(['RATE_LIMITED', true])
    const answer = await at.call('/api/heygem/task/submit', { json: await inputs(at) })
    expect(answer.status).toBe(429)
  })
})

type Heard = ScriptedClient['heard'][number]

async function untilProgress(
  client: ScriptedClient,
  isIt: (frame: Extract<Heard, { type: 'gpu.task.progress' }>) => boolean,
): Promise<void> {
  for (;;) if (isIt(await client.next('gpu.task.progress'))) return
}
