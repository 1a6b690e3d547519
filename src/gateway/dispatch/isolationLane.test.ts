import { describe, expect, it } from 'vitest'
import { askedLane, FREE_LANE, stepLane } from './isolationLane.ts'
import type { LaneState, LaneView } from './isolationLane.ts'
import type { Candidate } from './strategy.ts'

function server(number: number, held: number, limit = 4): Candidate {
  const free = limit - held
  return {
    number,
    serverId: `GPU-00${String(number)}`,
    workerId: `w-${String(number)}`,
    kinds: [],
    forgetsFiles: false,
    limit,
    held,
    removals: 0,
    free,
  }
}

function view(changes: Partial<LaneView>): LaneView {
  const able = changes.able ?? []
  const fleetSlots = able.reduce((sum, one) => sum + one.limit, 0)
  return { nowMs: 0, waitingAlone: 1, doOthersWait: true, fleetSlots, isAlone: () => false, able, ...changes }
}

describe('stepLane', () => {
  it('asks an idle worker at once, and does nothing while nothing must run alone', () => {
    const able = [server(1, 2), server(2, 0)]
    expect(stepLane(FREE_LANE, view({ able }))).toMatchObject({ lane: { workerId: 'w-2' }, ask: { workerId: 'w-2' } })
    expect(stepLane(FREE_LANE, view({ able, waitingAlone: 0 }))).toEqual({ lane: FREE_LANE, ask: null })
  })

  it('keeps the worker that is idle soonest until it is, and asks it then', () => {
    const busy = [server(1, 4), server(2, 1), server(3, 1, 2)]
    const reserved = stepLane(FREE_LANE, view({ able: busy }))
    expect(reserved).toMatchObject({ lane: { workerId: 'w-3' }, ask: null })
    // Another one is idle by now; the one that was kept is the one.
    const later = stepLane(reserved.lane, view({ able: [server(1, 4), server(2, 0), server(3, 1, 2)] }))
    expect(later).toEqual({ lane: reserved.lane, ask: null })
    const idle = stepLane(later.lane, view({ able: [server(1, 4), server(2, 0), server(3, 0, 2)] }))
    expect(idle.ask?.workerId).toBe('w-3')
  })

  it('chooses again when its worker is gone, and lets it go when nothing waits any more', () => {
    const { lane } = stepLane(FREE_LANE, view({ able: [server(1, 1), server(2, 3)] }))
    expect(stepLane(lane, view({ able: [server(2, 3)] })).lane.workerId).toBe('w-2')
    expect(stepLane(lane, view({ able: [server(1, 1), server(2, 3)], waitingAlone: 0 })).lane.workerId).toBeNull()
  })

  it('rests after a run while others wait, for as long as gives them four fifths of the fleet', () => {
    const able = [server(1, 0), server(2, 4)]
    const taken = askedLane(stepLane(FREE_LANE, view({ able })).lane, true, 0)
    const running = stepLane(taken, view({ able: [server(1, 1), server(2, 4)], isAlone: (id) => id === 'w-1' }))
    expect(running).toMatchObject({ lane: { isRunning: true }, ask: null })
    // Half of the fleet was the lane's for 100 s: 150 s of rest make it a fifth.
    const ended = stepLane(running.lane, view({ able, nowMs: 100_000 }))
    expect(ended).toEqual({ lane: { ...FREE_LANE, restUntilMs: 250_000 }, ask: null })
    expect(stepLane(ended.lane, view({ able, nowMs: 249_999 })).ask).toBeNull()
    expect(stepLane(ended.lane, view({ able, nowMs: 249_999, doOthersWait: false })).ask).not.toBeNull()
    expect(stepLane(ended.lane, view({ able, nowMs: 250_000 })).ask).not.toBeNull()
  })

  it('does not rest for a worker that is a small part of the fleet', () => {
    const able = [server(1, 0, 1), server(2, 9, 9)]
    const running: LaneState = { workerId: 'w-1', sinceMs: 0, isRunning: true, restUntilMs: 0, inVain: [] }
    expect(stepLane(running, view({ able, nowMs: 100_000 })).ask?.workerId).toBe('w-1')
  })

  it('waits a moment when there was nothing for the worker it asked', () => {
    const { lane } = stepLane(FREE_LANE, view({ able: [server(1, 0)] }))
    const fruitless = askedLane(lane, false, 1_000)
    expect(stepLane(fruitless, view({ able: [server(1, 0)], nowMs: 5_999 })).ask).toBeNull()
    expect(stepLane(fruitless, view({ able: [server(1, 0)], nowMs: 6_000 })).ask).not.toBeNull()
  })

  it('asks each of the others before it asks one again that could take none', () => {
    const able = [server(1, 0), server(2, 0), server(3, 0)]
    const asked: (string | undefined)[] = []
    let lane = FREE_LANE
    for (let nowMs = 0; nowMs < 25_000; nowMs += 5_000) {
      const step = stepLane(lane, view({ able, nowMs }))
      asked.push(step.ask?.workerId)
      lane = askedLane(step.lane, false, nowMs)
    }
    expect(asked).toEqual(['w-1', 'w-2', 'w-3', 'w-1', 'w-2'])
    const { lane: kept } = stepLane(lane, view({ able, nowMs: 25_000 }))
    expect(askedLane(kept, true, 25_000)).toMatchObject({ workerId: 'w-3', isRunning: true, inVain: [] })
  })
})
