import { describe, expect, it } from 'vitest'
import { FairShare } from './fairShare.ts'
import type { FairTag } from './fairShare.ts'
import type { Flow } from './lineBook.ts'

function flow(tenant: string, rank = 1): Flow {
  return { line: 'open', rank, tenant, count: 1, fronts: 0, tag: 0, order: 0 }
}

describe('FairShare', () => {
  it('starts who comes new at the tag of the last leased task, and counts one on for each of its own', () => {
    const fair = new FairShare(() => undefined)
    const [old, late] = [flow('t-old'), flow('t-late')]
    fair.join(old)
    for (let leased = 0; leased < 5; leased++) fair.charge(old)
    expect(old.tag).toBe(5)
    fair.join(late)
    expect(late.tag).toBe(4)
    fair.charge(late)
    expect(late.tag).toBe(5)
  })

  it('gives no credit to who could not be served while others were', () => {
    const fair = new FairShare(() => undefined)
    const [held, busy] = [flow('t-held'), flow('t-busy')]
    for (const one of [held, busy]) fair.join(one)
    for (let leased = 0; leased < 50; leased++) fair.charge(busy)
    fair.charge(held)
    expect(held.tag).toBe(49)
  })

  it('keeps classes apart, and goes on after a restart where it was', () => {
    const saved = new Map<string, FairTag>()
    const fair = new FairShare((tag) => saved.set(`${String(tag.rank)} ${tag.tenant}`, tag))
    const [one, two] = [flow('t-one'), flow('t-two', 2)]
    for (let leased = 0; leased < 7; leased++) fair.charge(one)
    fair.charge(two)
    const again = new FairShare(() => undefined)
    again.load([...saved.values()])
    expect(
      [flow('t-one'), flow('t-new'), flow('t-two', 2), flow('t-new', 2)].map((each) => again.startOf(each)),
    ).toEqual([7, 6, 1, 0])
    expect([...saved.values()].map((tag) => again.isSpent(tag))).toEqual([false, false])
  })

  it('forgets tags that say nothing any more', () => {
    const fair = new FairShare(() => undefined)
    const serve = (tenant: string, times: number) => {
      const one = flow(tenant)
      fair.join(one)
      for (let leased = 0; leased < times; leased++) fair.charge(one)
    }
    for (let tenant = 0; tenant < 3000; tenant++) serve(`t-${String(tenant)}`, 1)
    serve('t-busy', 3000)
    for (let tenant = 0; tenant < 10; tenant++) serve(`t-late-${String(tenant)}`, 1)
    expect(fair.size).toBeLessThan(100)
  })
})
