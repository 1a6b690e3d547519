import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_ROUTES, adminPath } from '../../protocol/admin/index.ts'
import { failureEnvelopeSchema } from '../../protocol/http/index.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { connectWorker } from '../testing/scriptedWorker.ts'
import { inputs } from '../testing/taskCalls.ts'

/** Fixed, so that a failure comes back; the message of a failure names the path to replay. */
const SEED = 20_260_422
const RUNS = 300

let at: GatewayBench
let good: Record<string, unknown>

beforeAll(async () => {
  const plenty = 1_000_000
  at = await startGatewayBench({
    limits: {
      ...{ submitBurst: plenty, requestsPerMinute: plenty, adminRequestsPerMinute: plenty },
      ...{ queuedPerTenant: plenty, messagesPerSecond: plenty },
    },
  })
  good = await inputs(at)
})

afterAll(async () => {
  await at.dispose()
})

const NEVER = `t_${'0'.repeat(32)}`
const POSTS = ['task/submit', 'task/cancel', 'task/retry', 'check_files'].map((path) => `/api/heygem/${path}`)

describe('mutated messages', () => {
  it('get an answer of ours on every JSON route: done, or a refusal with a code, never a fault', async () => {
    const mutated = fc.oneof(
      fc.json({ maxDepth: 6 }),
      fc.string({ unit: 'binary' }),
      // A good submit with one field bent or one more.
      fc
        .tuple(fc.constantFrom(...Object.keys(good), 'options', 'request_id', 'task_type'), fc.jsonValue())
        .map(([key, value]) => JSON.stringify({ ...good, [key]: value })),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...POSTS), mutated, async (path, body) => {
        const answer = await at.call(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
        if (answer.status === 200) return
        expect(failureEnvelopeSchema.parse(answer.body).code).toBe(answer.status)
        expect(answer.status).toBeLessThan(500)
      }),
      { seed: SEED, numRuns: RUNS },
    )
  })

  it('get an answer of ours on the operators’ routes too, in body, path and query', async () => {
    const { keys, settings, power, strategy, taskRetry, taskPriority, tasks, audit } = ADMIN_ROUTES
    const bodies: readonly (readonly [string, string, Record<string, unknown>])[] = [
      ['POST', keys, { name: 'Ann', tenant: 'acme' }],
      ['PATCH', settings, { strategy: 'sticky', queued_ttl_hours: null, recovery_interval: 60 }],
      ['POST', power, { action: 'on', server_id: null }],
      ['POST', strategy, { strategy: 'sticky' }],
      ['POST', adminPath(taskRetry, { task_id: NEVER }), { request_id: 'op-12345678' }],
      ['POST', adminPath(taskPriority, { task_id: NEVER }), { priority: 'batch' }],
    ]
    const bent = fc
      .tuple(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue())
      .map(([[method, path, body], at_, value]) => {
        const names = [...Object.keys(body), '__proto__', 'extra']
        const text = JSON.stringify(
          Object.fromEntries([...Object.entries(body), [names[at_ % names.length] ?? '', value]]),
        )
        return { method, path, body: text, headers: { 'content-type': 'application/json' } }
      })
    const word = fc.string({ unit: 'binary', maxLength: 80 }).map((text) => encodeURIComponent(text.toWellFormed()))
    const addressed = fc
      .tuple(
        fc.constantFrom(adminPath(tasks, {}), audit),
        fc.constantFrom('state', 'tenant', 'id', 'limit', 'cursor', 'kind'),
        word,
      )
      .map(([path, name, value]) => ({ method: 'GET', path: `${path}?${name}=${value}` }))
    const routed = word.map((value) => ({ method: 'GET', path: `${tasks}/${value}` }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(bent, addressed, routed), async ({ path, ...options }) => {
        const answer = await at.call(path, { key: at.adminToken, ...options })
        if (answer.status === 200) return
        expect(failureEnvelopeSchema.parse(answer.body).code).toBe(answer.status)
        expect(answer.status).toBeLessThan(500)
      }),
      { seed: SEED, numRuns: RUNS },
    )
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('get an answer with a code on /dsp, or the close code of malformed frames', async () => {
    const ref = { task_id: `t_${'0'.repeat(32)}`, epoch: 1, token: '0'.repeat(32) }
    const frames = [
      { type: 'gpu.job.accept', ...ref },
      { type: 'gpu.task.progress', ...ref, stage: 'encode', progress: 5 },
      { type: 'gpu.job.result', ...ref, error: true },
    ]
    const bent = fc
      .tuple(
        fc.constantFrom(...frames),
        fc.constantFrom('type', 'task_id', 'epoch', 'token', 'stage', 'error'),
        fc.jsonValue(),
      )
      .map(([frame, key, value]) => ({ ...frame, [key]: value }))
    let gpu = await connectWorker(at)
    await fc.assert(
      fc.asyncProperty(bent, async (frame) => {
        // The pong comes after the answer, for frames are handled in their order.
        gpu.send(frame)
        gpu.send({ type: 'ping' })
        const outcome = await Promise.race([
          gpu.next('pong').then(
            () => 'open',
            () => 'closed',
          ),
          gpu.closed.then(() => 'closed'),
        ])
        if (outcome === 'open') return
        expect(await gpu.closed).toBe(4400)
        gpu = await connectWorker(at)
      }),
      { seed: SEED, numRuns: RUNS },
    )
    await gpu.close()
    expect((await at.call('/api/heygem/health')).status).toBe(200)
  })
})
