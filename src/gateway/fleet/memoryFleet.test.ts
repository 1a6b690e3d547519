import { describe, expect, it } from 'vitest'
import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { FLEET_TIMINGS } from './health.ts'
import { MemoryFleet } from './memoryFleet.ts'

const ENGINE: EngineInfo = { name: 'preview', version: '1', ready: true, features: ['loop'], lip_sync: false }
const { suspectAfterMs, offlineAfterMs } = FLEET_TIMINGS

function worker(id: string, changes: Partial<WorkerInfo> = {}): WorkerInfo {
  return {
    id,
    name: `name of ${id}`,
    boot_id: 'boot-0001',
    task_types: ['heygem_submit'],
    max_concurrent: 2,
    engines: [ENGINE],
    features: [],
    ...changes,
  }
}

function openFleet(db = openMemoryGatewayDatabase()) {
  const clock = createFakeClock()
  const fleet = new MemoryFleet({ db, clock, timings: FLEET_TIMINGS })
  const stateOf = (workerId: string) => fleet.list().find((server) => server.workerId === workerId)?.state
  return { db, clock, fleet, stateOf }
}

describe('MemoryFleet', () => {
  it('gives each worker one server id and keeps it over reconnects and restarts', () => {
    const { db, fleet } = openFleet()
    expect(fleet.join(worker('w-one'), 1).serverId).toBe('GPU-001')
    expect(fleet.join(worker('w-two'), 2).serverId).toBe('GPU-002')
    fleet.leave('w-one', 1)
    expect(fleet.join(worker('w-one', { name: 'renamed' }), 3)).toMatchObject({ serverId: 'GPU-001', name: 'renamed' })
    fleet.close()
    const next = openFleet(db).fleet
    expect(next.list().map((server) => [server.serverId, server.state])).toEqual([
      ['GPU-001', 'offline'],
      ['GPU-002', 'offline'],
    ])
    expect(next.join(worker('w-three'), 1).serverId).toBe('GPU-003')
    next.close()
  })

  it('is not taken down by the close of an older socket of the same worker', () => {
    const { fleet, stateOf } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.join(worker('w-one'), 2)
    fleet.leave('w-one', 1)
    expect(stateOf('w-one')).toBe('online')
    fleet.leave('w-one', 2)
    expect(stateOf('w-one')).toBe('offline')
    fleet.close()
  })

  it('goes from online to suspect to offline without heartbeats, and needs two of them to be trusted again', () => {
    const { fleet, clock, stateOf } = openFleet()
    fleet.join(worker('w-one'), 1)
    clock.advance(suspectAfterMs)
    expect(stateOf('w-one')).toBe('online')
    clock.advance(1)
    expect(stateOf('w-one')).toBe('suspect')
    clock.advance(offlineAfterMs - suspectAfterMs)
    expect(stateOf('w-one')).toBe('offline')
    fleet.heartbeat('w-one')
    expect(stateOf('w-one')).toBe('suspect')
    fleet.heartbeat('w-one')
    expect(stateOf('w-one')).toBe('online')
    fleet.close()
  })

  it('adds up what is online, each engine once and ready where one copy is', () => {
    const { fleet } = openFleet()
    expect(fleet.status()).toEqual({ status: 'offline', workers: 0, slots: 0, engines: [] })
    fleet.join(worker('w-one', { engines: [{ ...ENGINE, ready: false, reason: 'no FFmpeg' }] }), 1)
    fleet.join(worker('w-two', { max_concurrent: 3 }), 2)
    fleet.join(worker('w-three'), 3)
    fleet.setDraining('w-three', true)
    expect(fleet.status()).toEqual({ status: 'online', workers: 2, slots: 5, engines: [ENGINE] })
    fleet.close()
  })

  it('tells of every change once, also of a heartbeat that never came', () => {
    const { fleet, clock } = openFleet()
    const heard: string[] = []
    const leave = fleet.onChange((status) => heard.push(`${status.status} ${String(status.engines[0]?.ready)}`))
    fleet.join(worker('w-one'), 1)
    fleet.heartbeat('w-one')
    fleet.setEngines('w-one', [{ ...ENGINE, ready: false }])
    clock.advance(2 * suspectAfterMs)
    leave()
    fleet.leave('w-one', 1)
    expect(heard).toEqual(['online true', 'online false', 'offline undefined'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('remembers held leases for whoever asks for credit', () => {
    const { fleet } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.setHeld('w-one', 2)
    fleet.setHeld('unknown', 1)
    expect(fleet.list().map((server) => [server.held, server.slots])).toEqual([[2, 2]])
    fleet.close()
  })
})
