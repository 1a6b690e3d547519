import { afterEach, describe, expect, it } from 'vitest'
import { submit as submitTo } from '../queue/contract/fixture.ts'
import { openTestQueue } from '../queue/contract/openTestQueue.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { status, submit } from '../testing/taskCalls.ts'
import { runAgain } from './runAgain.ts'

const open: { dispose(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.dispose()
})

async function bench(): Promise<GatewayBench> {
  const at = await startGatewayBench()
  open.push(at)
  return at
}

describe('a task that is run again', () => {
  it('by a submit of its own is linked to the ended one it names', async () => {
    const at = await bench()
    const old = await submit(at)
    const early = await submit(at, { retry_of: old.task_id, request_id: 'while-it-waits' })
    expect((await status(at, early.task_id)).retry_of).toBeNull()
    await at.call('/api/heygem/task/cancel', { json: { task_id: old.task_id } })
    const again = await submit(at, { retry_of: old.task_id, request_id: 'when-it-has-ended' })
    expect((await status(at, again.task_id)).retry_of).toBe(old.task_id)
    expect((await submit(at, { request_id: 'when-it-has-ended' })).task_id).toBe(again.task_id)
  })

  it('is taken without a link where the old one is forgotten', async () => {
    const at = await bench()
    const again = await submit(at, { retry_of: `t_${'0'.repeat(32)}` })
    expect(await status(at, again.task_id)).toMatchObject({ state: 'queued', retry_of: null })
  })

  it('is no removal: those files may be somebody’s by now', async () => {
    const { queue, close } = await openTestQueue()
    open.push({ dispose: close })
    const payload = { asset: { id: 'asset-1', name: 'voice' }, files: [] }
    const errand = { taskType: 'delete_asset', targetWorker: 'worker-1', ttlMs: null, payload }
    const { id, tenant } = await submitTo(queue, 'request-1', errand)
    await queue.cancel(tenant, id)
    const old = await queue.get(tenant, id)
    if (old === undefined) throw new Error('it was forgotten')
    const pool = { findMany: async () => new Map(), has: () => false }
    const parts = { queue, pool, dispatcher: { kick: async () => undefined } }
    await expect(runAgain(parts, old)).rejects.toMatchObject({ code: 'REMOVAL_NOT_REPEATED' })
  })
})
