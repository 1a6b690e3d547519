import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fieldMedia, FieldWorkerFake } from '../../../../test/fakes/fieldWorker/index.ts'
import type { FieldWorkerScript } from '../../../../test/fakes/fieldWorker/index.ts'
import type { Logger } from '../../../shared/node/index.ts'
import { startGatewayBench } from '../../testing/gatewayBench.ts'
import type { GatewayBench } from '../../testing/gatewayBench.ts'
import { createHeardLog } from '../../testing/heardLog.ts'
import { storedRows } from '../../testing/storedRows.ts'
import { status } from '../../testing/taskCalls.ts'
import { submitAnswerSchema } from '../../../protocol/http/index.ts'
import type { FieldWorkerOptions } from './fieldOptions.ts'

const TOKEN = 'field-token-0123456789-abcdefghijklmnop'
const WAIT = { timeout: 20_000, interval: 20 }
const open: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop()
})

async function fake(script: Partial<FieldWorkerScript> = {}): Promise<FieldWorkerFake> {
  const worker = await FieldWorkerFake.start({ token: TOKEN, ...script })
  open.push(worker)
  return worker
}

type Overrides = Parameters<typeof startGatewayBench>[0]

async function bench(fieldWorkers: Partial<FieldWorkerOptions>, overrides: Overrides = {}): Promise<GatewayBench> {
  const timings = { pollMs: 20, acceptMs: 15_000, probeMs: 300, againMs: 20, ...fieldWorkers.timings }
  const at = await startGatewayBench({
    ...overrides,
    timings: { heartbeatMs: 80, reapEveryMs: 40, penaltyMs: 20, ...overrides.timings },
    queueTimings: { releaseMs: 10, retryBackoff: { baseMs: 10, factor: 1, capMs: 10 }, ...overrides.queueTimings },
    fieldWorkers: { token: TOKEN, servers: [], ...fieldWorkers, timings },
  })
  open.push({ stop: () => at.dispose() })
  return at
}

/** A gateway and one worker that is connected and ready. */
async function pair(
  script: Partial<FieldWorkerScript> = {},
  overrides: Overrides = {},
): Promise<{ readonly at: GatewayBench; readonly gpu: FieldWorkerFake }> {
  const gpu = await fake(script)
  const at = await bench({ serverUrl: gpu.url, serverSecret: script.secret }, overrides)
  gpu.connect(at.dspUrl)
  return { at, gpu }
}

async function submit(at: GatewayBench, name = 'one'): Promise<string> {
  const { voice, avatar } = await fieldMedia()
  const [audio, video] = [await at.upload(voice, '.wav'), await at.upload(avatar, '.mp4')]
  const answer = await at.call('/api/heygem/task/submit', {
    json: {
      ...{ audio_hash: audio.md5, audio_ext: '.wav', video_hash: video.md5, video_ext: '.mp4' },
      ...{ options: { name }, request_id: `client-${name}-id` },
    },
  })
  return submitAnswerSchema.parse(answer.body['data']).task_id
}

/** Until the task has that status; answers it. */
async function until(at: GatewayBench, taskId: string, word: string) {
  return await vi.waitFor(async () => {
    const task = await status(at, taskId)
    expect(task.status, `${task.status} ${String(task.error_code)}`).toBe(word)
    return task
  }, WAIT)
}

async function expectResult(at: GatewayBench, taskId: string): Promise<void> {
  const { result } = await fieldMedia()
  const answer = await at.call(`/api/heygem/download?task_id=${taskId}`)
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  expect([answer.status, digest(answer.bytes)]).toEqual([200, digest(result)])
}

function servers(at: GatewayBench) {
  return at.call('/api/admin/servers', { key: at.adminToken }).then(({ body }) => body)
}

describe('a worker of the field', () => {
  it('gets its inputs, runs the task and brings a result that plays', async () => {
    const { at, gpu } = await pair({ secret: 'the-secret-of-its-http-side' })
    const taskId = await submit(at)
    const task = await until(at, taskId, 'done')
    expect(task).toMatchObject({
      engine: 'heygem',
      server_id: 'GPU-001',
      attempts: 1,
      output: { width: 64, height: 48 },
    })
    await expectResult(at, taskId)
    const { voice, avatar } = await fieldMedia()
    const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')
    expect(gpu.http.uploads.toSorted()).toEqual([md5(voice), md5(avatar)].toSorted())
    expect(gpu.serverIds).toEqual(['GPU-001'])
    // Ours, not the client's: it becomes a folder there.
    expect(gpu.requestIds).toEqual([expect.stringMatching(/^[a-z0-9]{8,40}$/)])
  })

  it('is let in by its token or the worker secret, in a header too, and by nothing else', async () => {
    const gpu = await fake({ tokenIn: 'header' })
    const at = await bench({ serverUrl: gpu.url })
    gpu.connect(at.dspUrl)
    const bySecret = await FieldWorkerFake.start({ token: at.workerSecret, from: '127.0.0.3' })
    open.push(bySecret)
    bySecret.connect(at.dspUrl)
    const stranger = await fake({ token: `${TOKEN}-not`, from: '127.0.0.4' })
    stranger.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect([gpu.serverIds.length, bySecret.serverIds.length]).toEqual([1, 1])
      expect(stranger.closeCodes).toContain(4401)
    }, WAIT)
    expect(stranger.serverIds).toEqual([])
  })

  it('is not let in without --field-workers', async () => {
    const at = await startGatewayBench()
    open.push({ stop: () => at.dispose() })
    const byUrl = await fake({ token: at.workerSecret })
    const byHeader = await fake({ token: at.workerSecret, tokenIn: 'header' })
    byUrl.connect(at.dspUrl)
    byHeader.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(byUrl.closeCodes.length).toBeGreaterThan(0)
      expect(byHeader.closeCodes).toContain(4401)
    }, WAIT)
    // The address with a token is refused before there is a socket.
    expect(byUrl.closeCodes).not.toContain(4401)
    expect([byUrl.serverIds, byHeader.serverIds]).toEqual([[], []])
  })

  it('takes a cache hit under another task id', async () => {
    const { at, gpu } = await pair()
    await until(at, await submit(at), 'done')
    const second = await submit(at, 'two')
    await until(at, second, 'done')
    await expectResult(at, second)
    expect([gpu.jobs.length, gpu.taskCount]).toEqual([2, 1])
  })

  it('gets a fresh request id with each try, since one it has seen is ignored', async () => {
    const gpu = await fake({ switches: { loseAcceptances: 1, cache: false } })
    const at = await bench({ serverUrl: gpu.url, timings: { acceptMs: 200 } })
    gpu.connect(at.dspUrl)
    const taskId = await submit(at)
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 2 })
    expect(new Set(gpu.requestIds).size).toBe(2)
    await expectResult(at, taskId)
  })

  it('is asked for its progress, which never falls and is no invention', async () => {
    const { at } = await pair({ switches: { wobble: true } })
    const taskId = await submit(at)
    const seen: (number | null)[] = []
    await vi.waitFor(async () => {
      const task = await status(at, taskId)
      if (task.status === 'processing') seen.push(task.progress)
      expect(task.status).toBe('done')
    }, WAIT)
    const told = seen.filter((percent) => percent !== null)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(told).not.toContain(1)
  })

  it('tells its own words when the run fails, and a text of memory as such', async () => {
    const { at, gpu } = await pair({ switches: { failWith: '存在多人脸' } })
    const task = await until(at, await submit(at), 'error')
    expect(task).toMatchObject({ error_code: 'ENGINE_FAILED', attempts: 1 })
    expect(task.error_msg).toContain('存在多人脸')
    gpu.switches.failWith = 'CUDA error: out of memory'
    expect(await until(at, await submit(at, 'two'), 'error')).toMatchObject({ error_code: 'GPU_OOM', attempts: 2 })
  })

  it('loses nothing by an HTTP side that stumbles', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect((await status(at, taskId)).stage).toBe('synthesize')
    }, WAIT)
    gpu.switches.garbage = 4
    await vi.waitFor(() => {
      expect(gpu.switches.garbage).toBe(0)
    }, WAIT)
    gpu.switches.hang = false
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 1 })
  })

  it('is refused an upload that arrived with other bytes, and gets it again', async () => {
    const { at, gpu } = await pair({ switches: { damageUpload: true } })
    const taskId = await submit(at)
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 2 })
    expect(gpu.http.uploads).toHaveLength(3)
  })
})

describe('a result of the field', () => {
  it.each(['missing', 'empty', 'truncated'] as const)('is not taken when it is %s', async (result) => {
    const { at, gpu } = await pair({ switches: { result, cache: false } }, { queueTimings: { maxAttempts: 2 } })
    const failed = await until(at, await submit(at), 'error')
    expect(failed).toMatchObject({ error_code: 'RESULT_INVALID', attempts: 2, output: null })
    gpu.switches.result = 'ok'
    await until(at, await submit(at, 'two'), 'done')
  })
})

describe('a field worker that goes away', () => {
  it('restarts and forgets its tasks: the task runs again', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submit(at)
    await vi.waitFor(() => {
      expect(gpu.taskCount).toBe(1)
    }, WAIT)
    await until(at, taskId, 'processing')
    gpu.switches.hang = false
    gpu.restart()
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 2 })
    expect(gpu.jobs).toHaveLength(2)
    await expectResult(at, taskId)
  })

  it('loses its connection: the run goes on, and nothing is sent twice', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect((await status(at, taskId)).stage).toBe('synthesize')
    }, WAIT)
    gpu.cut()
    gpu.switches.hang = false
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 1 })
    expect(gpu.jobs).toHaveLength(1)
  })

  it('comes back beside its old connection, whose close takes nothing from the new one', async () => {
    const { at, gpu } = await pair()
    await vi.waitFor(() => {
      expect(gpu.serverIds).toHaveLength(1)
    }, WAIT)
    gpu.connectBesideOld()
    await vi.waitFor(() => {
      expect(gpu.serverIds).toEqual(['GPU-001', 'GPU-001'])
    }, WAIT)
    const taskId = await submit(at)
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 1, server_id: 'GPU-001' })
  })

  it('gives its task to another when its HTTP side is gone for longer than the lease', async () => {
    const [gone, other] = [await fake({ switches: { hang: true } }), await fake({ from: '127.0.0.2' })]
    const entries = [
      { address: '127.0.0.1', url: gone.url },
      { address: '127.0.0.2', url: other.url },
    ]
    const log = createHeardLog()
    const at = await bench({ servers: entries }, { log: log.log, queueTimings: { leaseMs: 400, stallBackoffMs: 10 } })
    gone.connect(at.dspUrl)
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect((await status(at, taskId)).stage).toBe('synthesize')
    }, WAIT)
    await gone.http.close()
    other.connect(at.dspUrl)
    expect(await until(at, taskId, 'done')).toMatchObject({ server_id: 'GPU-002' })
    await expectResult(at, taskId)
    // Nor is the one that is gone asked for ever.
    await log.heard('is not asked for this run any more')
    expect(storedRows(at.dataDir).fieldRuns).toEqual([])
  })
})

describe('the gateway', () => {
  it('restarts in the middle of a run and goes on with it', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect((await status(at, taskId)).stage).toBe('synthesize')
    }, WAIT)
    await at.restart()
    gpu.switches.hang = false
    expect(await until(at, taskId, 'done')).toMatchObject({ attempts: 1 })
    expect(gpu.jobs).toHaveLength(1)
    await expectResult(at, taskId)
  })

  it('stops in time while a server takes for ever to answer', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect((await status(at, taskId)).stage).toBe('synthesize')
    }, WAIT)
    gpu.switches.slowMs = 60_000
    const before = gpu.http.requests
    await vi.waitFor(() => {
      expect(gpu.http.requests).toBeGreaterThan(before + 1)
    }, WAIT)
    const began = performance.now()
    await at.stop()
    expect(performance.now() - began).toBeLessThan(6_000)
  })

  it('gives a cancelled run up at once and asks no more for it', async () => {
    const { at, gpu } = await pair({ switches: { hang: true, cache: false } })
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect((await status(at, taskId)).stage).toBe('synthesize')
    }, WAIT)
    await at.call('/api/heygem/task/cancel', { json: { task_id: taskId } })
    await until(at, taskId, 'cancelled')
    gpu.switches.hang = false
    const next = await submit(at, 'next')
    // It knows no cancel: the run that was given up ends there first.
    await until(at, next, 'done')
    expect(gpu.taskCount).toBe(2)
    expect((await status(at, taskId)).status).toBe('cancelled')
  })

  it('refuses options that such a server would leave out without a word', async () => {
    const { at, gpu } = await pair()
    const { voice, avatar } = await fieldMedia()
    const [audio, video] = [await at.upload(voice, '.wav'), await at.upload(avatar, '.mp4')]
    const inputs = { audio_hash: audio.md5, audio_ext: '.wav', video_hash: video.md5, video_ext: '.mp4' }
    const answer = await at.call('/api/heygem/task/submit', {
      json: { ...inputs, options: { super_resolution: true } },
    })
    const { task_id } = submitAnswerSchema.parse(answer.body['data'])
    expect(await until(at, task_id, 'error')).toMatchObject({ error_code: 'OPTION_UNSUPPORTED' })
    expect(gpu.jobs).toEqual([])
  })

  it('gives nothing to a server whose models are not loaded, until they are', async () => {
    const { at, gpu } = await pair({ switches: { initialized: false } })
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect(JSON.stringify(await servers(at))).toContain('models are not loaded')
    }, WAIT)
    expect((await status(at, taskId)).status).toBe('queued')
    gpu.switches.initialized = true
    await until(at, taskId, 'done')
  })
})

describe('what a field worker needs', () => {
  it('is told where it is missing: with a wrong secret for its HTTP side tasks wait', async () => {
    const gpu = await fake({ secret: 'the-right-one' })
    const at = await bench({ serverUrl: gpu.url, serverSecret: 'another-one' })
    gpu.connect(at.dspUrl)
    const taskId = await submit(at)
    await vi.waitFor(async () => {
      expect(JSON.stringify(await servers(at))).toContain('does not let the gateway in')
    }, WAIT)
    expect(await status(at, taskId)).toMatchObject({ status: 'queued', attempts: 0 })
  })

  it('is pushed again when its pool forgot it', async () => {
    const { at, gpu } = await pair({ switches: { cache: false } })
    await until(at, await submit(at), 'done')
    gpu.http.sweep()
    await until(at, await submit(at, 'two'), 'done')
    expect(gpu.http.uploads).toHaveLength(4)
  })

  it('is never in the log: tokens and secrets', async () => {
    const lines: string[] = []
    const write = (message: string, fields?: unknown): void => {
      lines.push(`${message} ${inspect(fields, { depth: 9 })}`)
    }
    const log: Logger = {
      ...{ debug: write, info: write, warn: write, error: write, close: () => undefined },
      child: () => log,
    }
    const { at, gpu } = await pair({ secret: 'the-secret-of-its-http-side' }, { log })
    const taskId = await submit(at)
    gpu.switches.garbage = 2
    await until(at, taskId, 'done')
    gpu.restart()
    const stranger = await fake({ token: `${TOKEN}-not`, from: '127.0.0.4' })
    stranger.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(stranger.closeCodes.length).toBeGreaterThan(0)
    }, WAIT)
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter((line) => line.includes(TOKEN) || line.includes('the-secret-of'))).toEqual([])
  })
})

describe('two machines with one token', () => {
  it('are two servers when they come from two addresses, each with its own HTTP side', async () => {
    const [one, two] = [await fake({ switches: { hang: true } }), await fake({ from: '127.0.0.2' })]
    const entries = [
      { address: '127.0.0.1', url: one.url, name: 'upstairs' },
      { address: '127.0.0.2', url: two.url, name: 'downstairs' },
    ]
    const at = await bench({ servers: entries })
    one.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(one.serverIds).toEqual(['GPU-001'])
    }, WAIT)
    two.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(two.serverIds).toEqual(['GPU-002'])
    }, WAIT)
    const [first, second] = [await submit(at), await submit(at, 'two')]
    await vi.waitFor(async () => {
      const words = [(await status(at, first)).status, (await status(at, second)).status]
      expect(words.toSorted()).toEqual(['done', 'processing'])
    }, WAIT)
    one.switches.hang = false
    await Promise.all([until(at, first, 'done'), until(at, second, 'done')])
    expect([one.jobs.length, two.jobs.length, one.closeCodes, two.closeCodes]).toEqual([1, 1, [], []])
  })

  it('do not evict each other in turns when they share an address, and the operator is warned', async () => {
    const { log, heard } = createHeardLog()
    const gpu = await fake()
    const at = await bench({ serverUrl: gpu.url }, { log })
    gpu.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(gpu.serverIds).toHaveLength(1)
    }, WAIT)
    const second = await fake()
    second.connect(at.dspUrl)
    await heard('two field workers come from one address')
    await vi.waitFor(() => {
      expect(second.closeCodes.length).toBeGreaterThan(1)
    }, WAIT)
    expect([gpu.closeCodes, second.serverIds]).toEqual([[], []])
    await until(at, await submit(at), 'done')
  })

  it('cannot share the one HTTP address: the second says what is missing', async () => {
    const [one, two] = [await fake(), await fake({ from: '127.0.0.2' })]
    const at = await bench({ serverUrl: one.url })
    one.connect(at.dspUrl)
    two.connect(at.dspUrl)
    await vi.waitFor(async () => {
      expect(JSON.stringify(await servers(at))).toContain('nobody said where its HTTP side is')
    }, WAIT)
    for (const name of ['a', 'b']) await until(at, await submit(at, name), 'done')
    expect(two.jobs).toEqual([])
  })
})
