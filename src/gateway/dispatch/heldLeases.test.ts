import { describe, expect, it } from 'vitest'
import { storedTask } from '../testing/storedTask.ts'
import { HeldLeases } from './heldLeases.ts'

const TOKEN = 'f'.repeat(32)
const leased = storedTask({ state: 'leased', workerId: 'one', version: 2 })

function ledger(): { readonly held: HeldLeases; readonly counts: ReadonlyMap<string, number> } {
  const counts = new Map<string, number>()
  return { held: new HeldLeases((workerId, count) => counts.set(workerId, count)), counts }
}

describe('HeldLeases', () => {
  it('counts a lease from the moment it is given until it ends', () => {
    const { held, counts } = ledger()
    held.observe(leased)
    expect(held.confirm(leased, TOKEN)).toBe(true)
    expect([counts.get('one'), held.unaccepted('one')]).toEqual([1, [{ task_id: leased.id, epoch: 1, token: TOKEN }]])
    held.observe({ ...leased, state: 'running', version: 3 })
    expect([counts.get('one'), held.unaccepted('one')]).toEqual([1, []])
    const before = held.observe({ ...leased, state: 'succeeded', version: 4 })
    expect([counts.get('one'), before?.task.state, held.find(leased.id)]).toEqual([0, 'running', undefined])
  })

  it('does not bring back what was seen to end while the lease was being told', () => {
    const { held, counts } = ledger()
    held.observe(leased)
    held.observe({ ...leased, state: 'running', version: 3 })
    held.confirm(leased, TOKEN)
    expect([held.find(leased.id)?.task.state, held.find(leased.id)?.token, counts.get('one')]).toEqual([
      'running',
      TOKEN,
      1,
    ])
    held.observe(leased)
    expect(held.find(leased.id)?.task.version).toBe(3)
  })

  it('does not hold a lease that ended in the commit that gave it', () => {
    const { held, counts } = ledger()
    held.observe(leased)
    held.observe({ ...leased, state: 'cancelled', epoch: 2, version: 3 })
    expect(held.confirm(leased, TOKEN)).toBe(false)
    held.resume({ ...leased, state: 'cancelled', version: 3 }, TOKEN)
    expect([counts.get('one'), held.of('one')]).toEqual([0, []])
  })

  it('moves the count when another worker holds the task', () => {
    const { held, counts } = ledger()
    held.resume(leased, TOKEN)
    held.observe({ ...leased, workerId: 'two', epoch: 2, version: 5 })
    expect([counts.get('one'), counts.get('two'), held.find(leased.id)?.token]).toEqual([0, 1, undefined])
  })
})
