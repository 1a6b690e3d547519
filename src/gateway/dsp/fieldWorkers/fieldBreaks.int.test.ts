import { describe, expect, it, vi } from 'vitest'
import { DSP_CLOSE } from '../../../protocol/dsp/index.ts'
import {
  FIELD_WAIT,
  expectFieldResult,
  openFieldBenches,
  serversText,
  submitField,
  untilStatus,
  untilSynthesized,
} from '../../testing/fieldBench.ts'
import { createHeardLog } from '../../testing/heardLog.ts'
import { connectWorker } from '../../testing/scriptedWorker.ts'
import { storedRows } from '../../testing/storedRows.ts'
import { status } from '../../testing/taskCalls.ts'

const { atEnd, bench, fake, pair } = openFieldBenches()

describe('a field worker that goes away', () => {
  it('restarts and forgets its tasks: the task runs again', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submitField(at)
    await vi.waitFor(() => {
      expect(gpu.taskCount).toBe(1)
    }, FIELD_WAIT)
    await untilStatus(at, taskId, 'processing')
    gpu.switches.hang = false
    gpu.restart()
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 2 })
    expect(gpu.jobs).toHaveLength(2)
    await expectFieldResult(at, taskId)
  })

  it('loses its connection: the run goes on, and nothing is sent twice', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    gpu.cut()
    gpu.switches.hang = false
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 1 })
    expect(gpu.jobs).toHaveLength(1)
  })

  it('comes back beside its old connection, whose close takes nothing from the new one', async () => {
    const { at, gpu } = await pair()
    await vi.waitFor(() => {
      expect(gpu.serverIds).toHaveLength(1)
    }, FIELD_WAIT)
    await gpu.connectBesideOld()
    await vi.waitFor(() => {
      expect(gpu.serverIds).toEqual(['GPU-001', 'GPU-001'])
    }, FIELD_WAIT)
    const taskId = await submitField(at)
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 1, server_id: 'GPU-001' })
    // The old connection answers no close: the gateway would wait out its time for it.
    await gpu.stop()
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
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    await gone.http.close()
    other.connect(at.dspUrl)
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ server_id: 'GPU-002' })
    await expectFieldResult(at, taskId)
    // Nor is the one that is gone asked for ever.
    await log.heard('is not asked for this run any more')
    expect(storedRows(at.dataDir).fieldRuns).toEqual([])
  })
})

describe('the gateway', () => {
  it('restarts in the middle of a run and goes on with it', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    await at.restart()
    gpu.switches.hang = false
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 1 })
    expect(gpu.jobs).toHaveLength(1)
    await expectFieldResult(at, taskId)
  })

  it('stops while a worker comes back beside its old connection, and goes on with its run after that', async () => {
    const gpu = await fake({ switches: { hang: true } })
    // The old connection is asked for a sign of life until it ends.
    const at = await bench({ serverUrl: gpu.url, timings: { probeMs: 600_000 } })
    gpu.connect(at.dspUrl)
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    const endOld = await gpu.connectBesideOld()
    const stopping = at.stop()
    // By the time the new connection is closed the runs are given up.
    await vi.waitFor(() => {
      expect(gpu.closeCodes).toContain(DSP_CLOSE.restart)
    }, FIELD_WAIT)
    endOld()
    await stopping
    const lease = { state: 'running', epoch: 1, stalls: 0, crashed_on: '' }
    expect(storedRows(at.dataDir).tasks).toEqual([expect.objectContaining(lease)])
    await at.restart()
    gpu.switches.hang = false
    expect(await untilStatus(at, taskId, 'done')).toMatchObject({ attempts: 1 })
    expect(gpu.jobs).toHaveLength(1)
  })

  it('stops in time while a server takes for ever to answer', async () => {
    const { at, gpu } = await pair({ switches: { hang: true } })
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    gpu.switches.slowMs = 60_000
    const before = gpu.http.requests
    await vi.waitFor(() => {
      expect(gpu.http.requests).toBeGreaterThan(before + 1)
    }, FIELD_WAIT)
    const began = performance.now()
    await at.stop()
    expect(performance.now() - began).toBeLessThan(6_000)
  })

  it('gives a cancelled run up at once and asks no more for it', async () => {
    const { at, gpu } = await pair({ switches: { hang: true, cache: false } })
    const taskId = await submitField(at)
    await untilSynthesized(at, taskId)
    await at.call('/api/heygem/task/cancel', { json: { task_id: taskId } })
    await untilStatus(at, taskId, 'cancelled')
    gpu.switches.hang = false
    const next = await submitField(at, 'next')
    // It knows no cancel: the run that was given up ends there first.
    await untilStatus(at, next, 'done')
    expect(gpu.taskCount).toBe(2)
    expect((await status(at, taskId)).status).toBe('cancelled')
  })

  it('refuses options that such a server would leave out without a word', async () => {
    const { at, gpu } = await pair()
    const taskId = await submitField(at, 'one', { super_resolution: true })
    expect(await untilStatus(at, taskId, 'error')).toMatchObject({ error_code: 'OPTION_UNSUPPORTED' })
    expect(gpu.jobs).toEqual([])
  })

  it('leaves tasks with such options to a server that can do them, though it waits itself', async () => {
    const { at, gpu } = await pair()
    await untilStatus(at, await submitField(at, 'first'), 'done')
    const { dspUrl, workerSecret } = at
    const able = await connectWorker({ dspUrl, workerSecret, features: ['super_resolution'] })
    atEnd(() => able.cut())
    const taskId = await submitField(at, 'one', { super_resolution: true })
    expect(await able.nextJob()).toMatchObject({ task_id: taskId, epoch: 1 })
    // The other is busy now: what asks for the same waits for it, and the field worker takes what comes behind.
    const next = await submitField(at, 'two', { super_resolution: true, name: 'two' })
    await untilStatus(at, await submitField(at, 'three'), 'done')
    expect((await status(at, next)).state).toBe('queued')
    expect(gpu.jobs).toHaveLength(2)
  })

  it('gives nothing to a server whose models are not loaded, until they are', async () => {
    const { at, gpu } = await pair({ switches: { initialized: false } })
    const taskId = await submitField(at)
    await vi.waitFor(async () => {
      expect(await serversText(at)).toContain('models are not loaded')
    }, FIELD_WAIT)
    expect((await status(at, taskId)).status).toBe('queued')
    gpu.switches.initialized = true
    await untilStatus(at, taskId, 'done')
  })
})
