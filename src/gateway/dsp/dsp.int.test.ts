import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workerProofText } from '../../protocol/dsp/index.ts'
import { hmacHex, newKey, startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker, openLine, refOf, workerInfo } from '../testing/scriptedWorker.ts'
import type { Line, ScriptedWorker } from '../testing/scriptedWorker.ts'
import { OUTPUT, resultFrame, status, submit, tusUpload } from '../testing/taskCalls.ts'

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench({ timings: { socketAuthMs: 300 } })
})

afterAll(async () => {
  await at.dispose()
})

function worker(id?: string): Promise<ScriptedWorker> {
  const { dspUrl, workerSecret } = at
  return connectWorker({ dspUrl, workerSecret, ...(id === undefined ? {} : { id }) })
}

/** A register frame with one thing bent. */
async function register(
  line: Line,
  bend: { readonly secret?: string; readonly nonce?: string; readonly id?: string; readonly version?: string } = {},
): Promise<void> {
  const connected = await line.next('connected')
  const info = workerInfo(bend.id ?? 'worker-x', 1)
  const nonce = randomBytes(32).toString('hex')
  const text = workerProofText(bend.nonce ?? connected.nonce, nonce, info.id)
  line.send({
    ...{ type: 'register', role: 'worker', version: bend.version ?? '1.0', worker: info, resume: [] },
    auth: { nonce, mac: hmacHex(bend.secret ?? at.workerSecret, text) },
  })
}

async function refusal(line: Line): Promise<string> {
  const { result } = await line.next('error')
  return `${result.code} ${String(await line.closed)}`
}

describe('proof of identity', () => {
  it('closes a socket that says nothing in time', async () => {
    expect(await openLine(at.dspUrl).closed).toBe(4401)
  })

  it('hears nothing but a register frame before it', async () => {
    const line = openLine(at.dspUrl)
    await line.next('connected')
    line.send({ type: 'gpu.heartbeat', tasks: [] })
    expect(await refusal(line)).toBe('NOT_REGISTERED 4401')
  })

  it('refuses a wrong secret, another connection’s nonce, another version and a bad id', async () => {
    const bends = [
      [{ secret: newKey('ws') }, 'WORKER_REFUSED 4401'],
      [{ nonce: randomBytes(32).toString('hex') }, 'WORKER_REFUSED 4401'],
      [{ version: '9.9' }, 'VERSION_UNSUPPORTED 4401'],
      [{ id: 'evil\u001b[2J\nid' }, 'ID_FORMAT 4401'],
    ] as const
    for (const [bend, expected] of bends) {
      const line = openLine(at.dspUrl)
      const answer = refusal(line)
      await register(line, bend)
      expect(await answer).toBe(expected)
    }
  })
})

describe('guessing the worker secret', () => {
  it('is counted by address with the wrong keys of every other door, and never holds up the right one', async () => {
    const other = await startGatewayBench({ limits: { failedAuthPerMinute: 3 } })
    try {
      const answers: string[] = []
      for (let guess = 0; guess < 4; guess += 1) {
        const line = openLine(other.dspUrl)
        const answer = refusal(line)
        await register(line, { secret: newKey('ws') })
        answers.push(await answer)
      }
      expect(answers).toEqual([...Array.from({ length: 3 }, () => 'WORKER_REFUSED 4401'), 'RATE_LIMITED 4401'])
      expect((await other.call('/api/heygem/tasks', { key: newKey('lk') })).status).toBe(429)
      await (await connectWorker(other)).close()
    } finally {
      await other.dispose()
    }
  })
})

describe('a registered worker', () => {
  it('keeps its number, and a second connection of it ends the first', async () => {
    const first = await worker('worker-twin')
    const second = await worker('worker-twin')
    expect([second.serverId, await first.closed]).toEqual([first.serverId, 4409])
    second.send({ type: 'gpu.heartbeat', tasks: [] })
    expect((await second.next('gpu.heartbeat.ack')).revoked).toEqual([])
    await second.close()
  })

  it('gets a code for each bad frame and is closed at the third', async () => {
    const gpu = await worker()
    gpu.sendText('{"type":')
    expect((await gpu.next('error')).result.code).toBe('MESSAGE_SCHEMA')
    gpu.sendText('{"type":"toString","request_id":"abc"}')
    expect(await gpu.next('error')).toMatchObject({ request_id: 'abc', result: { code: 'TYPE_UNKNOWN' } })
    gpu.send({ type: 'gpu.job.accept', task_id: 'x' })
    expect(await gpu.next('error')).toMatchObject({ result: { code: 'MESSAGE_SCHEMA', field: 'task_id' } })
    expect(await gpu.closed).toBe(4400)
  })

  it('answers pings, takes no huge frame and no flood', async () => {
    const calm = await worker()
    calm.send({ type: 'ping' })
    expect((await calm.next('pong')).type).toBe('pong')
    calm.sendText(`"${'x'.repeat(300 * 1024)}"`)
    expect(await calm.closed).toBe(1009)
    const eager = await worker()
    for (let count = 0; count < 150; count++) eager.send({ type: 'ping' })
    expect(await eager.closed).toBe(4429)
  })

  it('may not speak of leases that are not its own', async () => {
    const gpu = await worker()
    const foreign = { task_id: `t_${'0'.repeat(32)}`, epoch: 1, token: '0'.repeat(32) }
    gpu.send({ type: 'gpu.job.accept', ...foreign })
    expect(await gpu.next('error')).toMatchObject({ task_id: foreign.task_id, result: { code: 'LEASE_NOT_YOURS' } })
    gpu.send(resultFrame(foreign, OUTPUT))
    expect(await gpu.next('gpu.job.result.ack')).toMatchObject({
      outcome: 'superseded',
      error: { code: 'LEASE_NOT_YOURS' },
    })
    gpu.send({ type: 'gpu.heartbeat', tasks: [{ ...foreign, stage: 'encode', progress: 1 }] })
    expect((await gpu.next('gpu.heartbeat.ack')).revoked).toEqual([foreign.task_id])
    await gpu.close()
  })

  it('is believed a result only when the pool has it, and only once', async () => {
    const gpu = await worker()
    const { task_id } = await submit(at)
    const job = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    gpu.send(resultFrame(refOf(job), OUTPUT))
    expect(await gpu.next('gpu.job.result.ack')).toMatchObject({
      outcome: 'retry',
      error: { code: 'RESULT_FILE_MISSING' },
    })
    await tusUpload(at, job.upload_url, OUTPUT, job)
    gpu.send(resultFrame({ ...refOf(job), token: 'f'.repeat(32) }, OUTPUT))
    expect(await gpu.next('gpu.job.result.ack')).toMatchObject({
      outcome: 'superseded',
      error: { code: 'STALE_LEASE' },
    })
    gpu.send(resultFrame(refOf(job), OUTPUT))
    gpu.send(resultFrame(refOf(job), OUTPUT))
    expect((await gpu.next('gpu.job.result.ack')).outcome).toBe('ok')
    expect((await gpu.next('gpu.job.result.ack')).outcome).toBe('dup')
    expect((await status(at, task_id)).status).toBe('done')
    await gpu.close()
  })

  it('may purge a result that came too late, though its file could not be uploaded any more', async () => {
    const gpu = await worker()
    const { task_id } = await submit(at, { options: { name: 'too late' } })
    const job = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    gpu.send({ type: 'gpu.job.result', ...refOf(job), error: true, error_code: 'TIMEOUT', retryable: false })
    expect((await gpu.next('gpu.job.result.ack')).outcome).toBe('ok')
    const unknownFile = Buffer.from('made after the end, never uploaded')
    gpu.send(resultFrame(refOf(job), unknownFile))
    expect(await gpu.next('gpu.job.result.ack')).toMatchObject({ task_id, outcome: 'dup' })
    await gpu.close()
  })

  it('opens with its capability nothing but its own inputs', async () => {
    const gpu = await worker()
    await submit(at, { options: { name: 'capability' } })
    const job = await gpu.nextJob()
    const headers = { 'x-dhs-capability': job.capability }
    const codes: unknown[] = []
    for (const path of [`/api/worker/pool/${'a'.repeat(32)}.mp4`, '/api/heygem/tasks']) {
      const answer = await at.call(path, { key: null, headers })
      codes.push((answer.body['error'] as { code: string }).code)
    }
    const forged = await at.call(job.inputs[0]?.url ?? '', {
      key: null,
      headers: { 'x-dhs-capability': `${job.capability}0` },
    })
    expect([...codes, forged.status]).toEqual(['POOL_FILE_NOT_FOUND', 'AUTH_REQUIRED', 401])
    await gpu.close()
  })
})
