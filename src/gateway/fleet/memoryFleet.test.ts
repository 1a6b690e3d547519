import { describe, expect, it, vi } from 'vitest'
import type { EngineInfo, WorkerInfo } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { openLiveSettings } from '../settings/liveSettings.ts'
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
  const log = createLogger({ name: 'fleet-test', destination: 'stderr', level: 'silent' })
  const settings = openLiveSettings(db)
  const fleet = new MemoryFleet({ db, clock, log, timings: FLEET_TIMINGS, settings })
  const stateOf = (workerId: string) => fleet.list().find((server) => server.workerId === workerId)?.state
  const told: string[] = []
  fleet.onEvent(({ server, note }) => told.push([server.serverId, note.code, note.detail ?? ''].join(' ').trim()))
  /** What was told since it was last asked. */
  const news = () => told.splice(0)
  return { db, clock, settings, fleet, stateOf, news }
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

  it('knows what a server can do now, and keeps what it could do over absences and restarts', async () => {
    const { db, fleet } = openFleet()
    const badge = { ...ENGINE, features: ['ai_badge', 'a feature of tomorrow'] }
    const kindsOf = (of: MemoryFleet) => of.list().map(({ kinds, knownKinds }) => [kinds.length, knownKinds.length])
    const [plain, loops, badges] = ['heygem_submit', 'heygem_submit+loop', 'heygem_submit+ai_badge']
    await fleet.enrol(worker('w-one', { engines: [ENGINE, { ...badge, ready: false }] }))
    fleet.join(worker('w-one', { engines: [ENGINE, { ...badge, ready: false }] }), 1)
    // No engine of it can do both.
    expect(fleet.get('GPU-001')).toMatchObject({ kinds: [plain, loops], knownKinds: [plain, loops, badges] })
    fleet.setEngines('w-one', [badge])
    expect(fleet.get('GPU-001')).toMatchObject({ kinds: [plain, badges], knownKinds: [plain, badges] })
    fleet.leave('w-one', 1)
    expect(kindsOf(fleet)).toEqual([[0, 2]])
    fleet.close()
    const next = openFleet(db).fleet
    expect(next.get('GPU-001')).toMatchObject({ kinds: [], knownKinds: [plain, badges] })
    next.remove('GPU-001')
    expect(kindsOf(next)).toEqual([])
    next.close()
  })

  it('stores all workers that come new in one turn together, and writes nothing for those it knows (F38)', async () => {
    const { db, fleet } = openFleet()
    const transaction = vi.spyOn(db, 'transaction')
    const crowd = Array.from({ length: 40 }, (_, index) => worker(`w-${String(index)}`))
    await Promise.all(crowd.map((one) => fleet.enrol(one)))
    expect(transaction).toHaveBeenCalledTimes(1)
    expect(fleet.list().every((server) => server.state === 'offline')).toBe(true)
    const all = vi.spyOn(db, 'all')
    const ids = crowd.map((one, index) => fleet.join(one, index).serverId)
    expect(ids).toEqual(crowd.map((_, index) => `GPU-${String(index + 1).padStart(3, '0')}`))
    await fleet.enrol(worker('w-0'))
    expect([transaction.mock.calls.length, all.mock.calls.length]).toEqual([1, 0])
    await Promise.all([fleet.enrol(worker('w-0', { name: 'renamed' })), fleet.enrol(worker('w-0', { name: 'again' }))])
    expect(fleet.list()[0]).toMatchObject({ serverId: 'GPU-001', name: 'again', state: 'online' })
    fleet.close()
    await expect(fleet.enrol(worker('w-late'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
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

  it('gives nothing to a server that is being turned off, over whichever connection it comes back', () => {
    const { fleet, stateOf } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.setLeaving('w-one', true)
    expect(stateOf('w-one')).toBe('draining')
    fleet.join(worker('w-one'), 2)
    expect(stateOf('w-one')).toBe('draining')
    fleet.leave('w-one', 2)
    expect(stateOf('w-one')).toBe('offline')
    expect(fleet.join(worker('w-one'), 3).state).toBe('draining')
    fleet.setLeaving('w-one', false)
    expect(stateOf('w-one')).toBe('online')
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
    fleet.close()
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

describe('health of a server', () => {
  it('tells each miss and each recovery once, with the time', () => {
    const { fleet, clock, news } = openFleet()
    fleet.join(worker('w-one'), 1)
    clock.advance(3 * offlineAfterMs)
    expect(news()).toEqual(['GPU-001 connected', 'GPU-001 silent', 'GPU-001 gone'])
    fleet.heartbeat('w-one')
    expect(fleet.get('GPU-001')?.reasons.map(({ code }) => code)).toEqual(['unproven'])
    fleet.heartbeat('w-one')
    expect(news()).toEqual(['GPU-001 recovered'])
    // It went silent after it had been gone: that is watched for again.
    clock.advance(suspectAfterMs + 1)
    expect(news()).toEqual(['GPU-001 silent'])
    fleet.leave('w-one', 1)
    expect(news()).toEqual(['GPU-001 disconnected'])
    fleet.close()
  })

  it('does not trust a worker that let a cancel run out, before two good heartbeats', () => {
    const { fleet, stateOf, news } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.distrust('w-one', 'cancel_ignored')
    expect([stateOf('w-one'), fleet.get('GPU-001')?.reasons]).toMatchObject(['suspect', [{ code: 'cancel_ignored' }]])
    fleet.heartbeat('w-one')
    expect(stateOf('w-one')).toBe('suspect')
    fleet.heartbeat('w-one')
    expect([stateOf('w-one'), news()]).toEqual([
      'online',
      ['GPU-001 connected', 'GPU-001 cancel_ignored', 'GPU-001 recovered'],
    ])
    fleet.close()
  })

  it('does not trust it for a reconnect either, but for a start', () => {
    const { fleet, stateOf } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.distrust('w-one', 'cancel_ignored')
    fleet.join(worker('w-one'), 2)
    expect(stateOf('w-one')).toBe('suspect')
    fleet.leave('w-one', 2)
    fleet.join(worker('w-one'), 3)
    expect(stateOf('w-one')).toBe('suspect')
    fleet.leave('w-one', 3)
    fleet.join(worker('w-one', { boot_id: 'boot-0002' }), 4)
    expect(stateOf('w-one')).toBe('online')
    fleet.close()
  })

  it('lets a process in whose place a newer one came back in when that is gone for a minute', () => {
    const { fleet, clock } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.join(worker('w-one', { boot_id: 'boot-0002' }), 2)
    expect(fleet.admit('w-one', 3, 'boot-0001')).toEqual({ kind: 'replaced' })
    fleet.leave('w-one', 2)
    expect(fleet.admit('w-one', 4, 'boot-0001')).toEqual({ kind: 'replaced' })
    clock.advance(FLEET_TIMINGS.flapWindowMs + 1)
    expect(fleet.admit('w-one', 5, 'boot-0001')).toMatchObject({ kind: 'welcome' })
    fleet.close()
  })

  it('keeps the newest 50 notes over a restart, and knows of connections that a kill ended', () => {
    const { db, fleet, clock } = openFleet()
    for (let time = 1; time <= 30; time++) {
      fleet.join(worker('w-one'), time)
      clock.advance(1_500)
      if (time < 30) fleet.leave('w-one', time)
    }
    // No close(): the process was killed a second after its last note.
    const codes = openFleet(db)
      .fleet.history('GPU-001')
      .map(({ code }) => code)
    expect([codes.length, codes.at(-2), codes.at(-1)]).toEqual([50, 'connected', 'disconnected'])
    expect(openFleet(db).fleet.history('GPU-009')).toEqual([])
  })

  it('says why an engine that is not ready takes nothing, though its server is well', () => {
    const { fleet, stateOf, news } = openFleet()
    fleet.join(worker('w-one', { engines: [{ ...ENGINE, ready: false, reason: 'no CUDA device' }] }), 1)
    expect([stateOf('w-one'), fleet.get('GPU-001')?.reasons]).toMatchObject([
      'online',
      [{ code: 'engine_not_ready', detail: 'no CUDA device' }],
    ])
    fleet.setEngines('w-one', [ENGINE])
    expect(news()).toEqual(['GPU-001 connected', 'GPU-001 engine_not_ready no CUDA device', 'GPU-001 engine_ready'])
    fleet.close()
  })
})

describe('an operator', () => {
  it('drains and resumes a server for good, connected or not', () => {
    const { db, fleet, stateOf, news } = openFleet()
    fleet.join(worker('w-one'), 1)
    expect(fleet.drain('GPU-001')).toMatchObject({ kind: 'applied', server: { state: 'draining', isDrained: true } })
    expect(fleet.drain('GPU-001').kind).toBe('applied')
    // As when the gateway is killed now.
    const killed = openFleet(db).fleet
    expect(killed.history('GPU-001').map(({ code }) => code)).toContain('drained')
    killed.close()
    fleet.leave('w-one', 1)
    fleet.join(worker('w-one'), 2)
    expect(stateOf('w-one')).toBe('draining')
    fleet.close()
    const next = openFleet(db)
    next.fleet.join(worker('w-one'), 1)
    expect(next.stateOf('w-one')).toBe('draining')
    expect(next.fleet.resume('GPU-001')).toMatchObject({ kind: 'applied', server: { state: 'online' } })
    expect(news().filter((one) => one.includes('drained'))).toEqual(['GPU-001 drained'])
    expect(next.news()).toEqual(['GPU-001 connected', 'GPU-001 resumed'])
    expect([next.fleet.drain('GPU-404'), next.fleet.resume('GPU-404')]).toEqual([
      { kind: 'missing' },
      { kind: 'missing' },
    ])
    next.fleet.close()
  })

  it('removes only what is not connected, and its number is never given to another', () => {
    const { db, fleet } = openFleet()
    fleet.join(worker('w-one'), 1)
    fleet.join(worker('w-two'), 2)
    fleet.drain('GPU-002')
    expect(fleet.remove('GPU-002')).toEqual({ kind: 'refused', reason: 'connected' })
    fleet.leave('w-two', 2)
    fleet.setHeld('w-two', 1)
    expect(fleet.remove('GPU-002')).toEqual({ kind: 'refused', reason: 'running' })
    fleet.setHeld('w-two', 0)
    expect(fleet.remove('GPU-002').kind).toBe('applied')
    expect([fleet.remove('GPU-002').kind, fleet.list().length, fleet.history('GPU-002')]).toEqual(['missing', 1, []])
    expect(fleet.join(worker('w-three'), 3).serverId).toBe('GPU-003')
    expect(fleet.join(worker('w-two'), 4)).toMatchObject({ serverId: 'GPU-002', isDrained: false, state: 'online' })
    fleet.close()
    expect(openFleet(db).fleet.list().length).toBe(3)
  })

  it('changes the limits of all servers at once by a setting', () => {
    const { fleet, settings } = openFleet()
    const heard: number[] = []
    fleet.onChange((status) => heard.push(status.slots))
    fleet.join(worker('w-one', { max_concurrent: 8 }), 1)
    settings.change({ min_threshold: 1, default_threshold: 1, max_threshold: 4 })
    settings.change({ adaptive_mode: 'off' })
    expect([heard, fleet.get('GPU-001')]).toMatchObject([[8, 4, 8], { slots: 8, limit: 8 }])
    fleet.close()
  })
})

describe('load of a server', () => {
  it('lowers the limit at an overload, raises it again while it is used up, and tells both', () => {
    const { fleet, clock, news } = openFleet()
    fleet.join(worker('w-one', { max_concurrent: 12 }), 1)
    news()
    fleet.overloaded('w-one', 'RATE_LIMITED')
    fleet.overloaded('w-one', 'RATE_LIMITED')
    expect([fleet.get('GPU-001')?.limit, fleet.status().slots]).toEqual([8, 8])
    fleet.setHeld('w-one', 8)
    for (let beats = 0; beats < 4; beats++) {
      clock.advance(15_000)
      fleet.heartbeat('w-one')
    }
    expect([fleet.get('GPU-001')?.limit, news()]).toEqual([
      9,
      ['GPU-001 limit_lowered 12 → 8, RATE_LIMITED', 'GPU-001 limit_raised 8 → 9'],
    ])
    fleet.close()
  })

  it('keeps what the last heartbeat told of it', () => {
    const { fleet } = openFleet()
    fleet.join(worker('w-one'), 1)
    const load = { cpu: 0.5, mem_used: 1e9, gpus: [] }
    fleet.heartbeat('w-one', load)
    fleet.heartbeat('w-one')
    expect(fleet.get('GPU-001')?.load).toEqual(load)
    fleet.close()
  })
})
