import { describe, expect, it } from 'vitest'
import { nextHostState } from './hostState.ts'
import type { HostEffect, HostEvent, HostState } from './hostState.ts'

const POLICY = { backoff: { baseMs: 500, factor: 2, capMs: 800 }, breaker: { crashes: 3, windowMs: 60_000 } }

function play(
  events: readonly HostEvent[],
  from: HostState = { kind: 'idle' },
): { state: HostState; effects: HostEffect[] } {
  let state = from
  const effects: HostEffect[] = []
  for (const event of events) {
    const next = nextHostState(state, event, POLICY)
    state = next.state
    effects.push(...next.effects)
  }
  return { state, effects }
}

const crash = (generation: number, atMs: number): HostEvent => ({
  kind: 'exit',
  generation,
  reason: 'exited with 1',
  atMs,
})

describe('nextHostState', () => {
  it('restarts with a growing, capped back-off', () => {
    const { state, effects } = play([
      { kind: 'start' },
      { kind: 'ready', generation: 1 },
      crash(1, 0),
      { kind: 'backoffOver', generation: 1 },
      crash(2, 100),
    ])
    expect(state).toEqual({ kind: 'backingOff', generation: 2, failures: [0, 100], delayMs: 800 })
    expect(effects).toEqual([
      { kind: 'spawn', generation: 1 },
      { kind: 'waitBackoff', generation: 1, delayMs: 500 },
      { kind: 'spawn', generation: 2 },
      { kind: 'waitBackoff', generation: 2, delayMs: 800 },
    ])
  })

  it('opens the breaker on the third crash in a minute and closes it only by reset', () => {
    const running: HostState = { kind: 'running', generation: 3, failures: [0, 30_000] }
    const broken = play([crash(3, 59_999), { kind: 'start' }], running).state
    expect(broken).toEqual({ kind: 'broken', generation: 3, reason: 'exited with 1' })
    expect(play([{ kind: 'reset' }], broken)).toEqual({
      state: { kind: 'starting', generation: 4, failures: [] },
      effects: [{ kind: 'spawn', generation: 4 }],
    })
  })

  it('forgets crashes older than the window', () => {
    const running: HostState = { kind: 'running', generation: 3, failures: [0, 30_000] }
    expect(play([crash(3, 60_000)], running).state).toMatchObject({ kind: 'backingOff', failures: [30_000, 60_000] })
  })

  it('takes a missed ready deadline for nothing until the exit is reported', () => {
    const starting = play([{ kind: 'start' }]).state
    expect(play([{ kind: 'readyTimeout', generation: 1 }], starting)).toEqual({
      state: starting,
      effects: [{ kind: 'kill' }],
    })
  })

  it('ignores events of earlier lives', () => {
    const running: HostState = { kind: 'running', generation: 2, failures: [] }
    const stale: HostEvent[] = [crash(1, 0), { kind: 'ready', generation: 1 }, { kind: 'readyTimeout', generation: 1 }]
    expect(play(stale, running)).toEqual({ state: running, effects: [] })
  })

  it('starts again after a stop that was overtaken by a start, and only after the exit', () => {
    const stopping = play([{ kind: 'stop' }, { kind: 'start' }], { kind: 'running', generation: 1, failures: [] })
    expect(stopping.effects).toEqual([{ kind: 'askToStop' }])
    expect(play([crash(1, 5)], stopping.state).effects).toEqual([{ kind: 'spawn', generation: 2 }])
  })

  it('stops at once while backing off, and a wanted exit is not a crash', () => {
    const backingOff: HostState = { kind: 'backingOff', generation: 1, failures: [0], delayMs: 500 }
    expect(play([{ kind: 'stop' }, { kind: 'backoffOver', generation: 1 }], backingOff)).toEqual({
      state: { kind: 'stopped', generation: 1 },
      effects: [{ kind: 'cancelBackoff' }],
    })
    const wanted = play([{ kind: 'stop' }, crash(1, 0)], { kind: 'running', generation: 1, failures: [1, 2] })
    expect(wanted.state).toEqual({ kind: 'stopped', generation: 1 })
  })
})
