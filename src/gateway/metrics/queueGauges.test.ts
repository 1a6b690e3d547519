import { describe, expect, it } from 'vitest'
import { tenantSamples } from './queueGauges.ts'
import { sharedRead } from './sharedRead.ts'
import { boundedLabel } from './taskMetrics.ts'

describe('labels', () => {
  it('tell the tenants with most tasks, and the others together', () => {
    const tenants = [
      { tenant: 'a', queued: 1, live: 0 },
      { tenant: 'b', queued: 5, live: 2 },
      { tenant: 'c', queued: 2, live: 1 },
    ]
    expect(tenantSamples(tenants, 1)).toEqual([
      [{ tenant: 'b', state: 'queued' }, 5],
      [{ tenant: 'b', state: 'live' }, 2],
      [{ tenant: 'other', state: 'queued' }, 3],
      [{ tenant: 'other', state: 'live' }, 1],
    ])
    expect(tenantSamples(tenants, 3)).toHaveLength(6)
  })

  it('stay few, whatever names come', () => {
    const label = boundedLabel(2)
    expect(['a', 'b', 'c', 'a', null].map(label)).toEqual(['a', 'b', 'other', 'a', 'unknown'])
  })
})

describe('sharedRead', () => {
  it('reads once for all who ask at the same time, and anew afterwards', async () => {
    let reads = 0
    const read = sharedRead(() => Promise.resolve(++reads))
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1])
    expect(await read()).toBe(2)
  })
})
