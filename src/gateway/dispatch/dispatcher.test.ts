import { afterEach, describe, expect, it } from 'vitest'
import type { GatewayFrame } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { createGatewayAuth } from '../auth/gatewayAuth.ts'
import { FLEET_TIMINGS } from '../fleet/health.ts'
import { MemoryFleet } from '../fleet/memoryFleet.ts'
import { stateOf, submit } from '../queue/contract/fixture.ts'
import type { Applied } from '../queue/port.ts'
import { openLiveSettings } from '../settings/liveSettings.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from '../queue/timings.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { newKey } from '../testing/gatewayBench.ts'
import { workerInfo } from '../testing/scriptedWorker.ts'
import { Dispatcher } from './dispatcher.ts'
import type { WorkerLink } from './workerLink.ts'

const close: (() => void)[] = []

afterEach(() => {
  for (const one of close.splice(0).reverse()) one()
})

/** The disk is full just when leases are put back. */
class StubbornQueue extends SqliteQueue {
  override release(): Promise<Applied> {
    return Promise.reject(new Error('database or disk is full'))
  }
}

function open(Queue: typeof SqliteQueue = SqliteQueue) {
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  const queue = new Queue({ db, clock, timings: QUEUE_TIMINGS, limits: () => QUEUE_LIMITS })
  const settings = openLiveSettings(db)
  const log = createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' })
  const fleet = new MemoryFleet({ db, clock, log, timings: FLEET_TIMINGS, settings })
  const credentials = { licenseKey: newKey('lk'), workerSecret: newKey('ws'), adminToken: newKey('at') }
  const dispatcher = new Dispatcher({
    ...{ queue, fleet, clock, settings, leaseMs: 120_000, penaltyMs: 5_000 },
    auth: createGatewayAuth({ db, clock, log, credentials }),
    log,
  })
  close.push(() => {
    fleet.close()
    void queue.close()
    db.close()
  })
  const connect = (connectionId: number) => {
    const sent: GatewayFrame[] = []
    const closed: number[] = []
    const worker = workerInfo('worker-1', 1)
    const link: WorkerLink = {
      ...{ connectionId, workerId: worker.id, serverId: 'GPU-001' },
      send: (frame) => sent.push(frame) > 0,
      close: (closeCode) => void closed.push(closeCode),
    }
    fleet.join(worker, connectionId)
    return { link, sent, closed }
  }
  return { queue, dispatcher, connect }
}

describe('Dispatcher', () => {
  it('keeps the newer of two connections of a worker, whichever registers first', async () => {
    const { dispatcher, connect } = open()
    const [older, newer] = [connect(1), connect(2)]
    dispatcher.attach(newer.link)
    dispatcher.attach(older.link)
    expect([older.closed, newer.closed, dispatcher.link('worker-1')]).toEqual([[4409], [], newer.link])
    await dispatcher.stop()
  })

  it('gives nothing any more once it was told to stop', async () => {
    const { queue, dispatcher, connect } = open()
    const { id } = await submit(queue, 'request-1')
    const { link, sent } = connect(1)
    dispatcher.attach(link)
    await dispatcher.stop()
    // One more commit: a lease asked for in between would be in it.
    await queue.reap()
    expect([sent, await stateOf(queue, id)]).toEqual([[], 'queued'])
  })

  it('ends a job cancelled in the commit that leased it, and has its slot free again', async () => {
    const { queue, dispatcher, connect } = open()
    const { id, tenant } = await submit(queue, 'request-1')
    const { link, sent } = connect(1)
    dispatcher.attach(link)
    // The pass asks for its lease within this turn of the loop; the cancel joins the same transaction.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    expect((await queue.cancel(tenant, id)).kind).toBe('cancelled')
    await dispatcher.kick()
    expect(sent.map(({ type }) => type)).toEqual(['gpu.job.cancel'])
    expect(dispatcher.held.of('worker-1')).toEqual([])
    await dispatcher.stop()
  })

  it('stops also when the store cannot take a lease back', async () => {
    const { queue, dispatcher, connect } = open(StubbornQueue)
    const { id } = await submit(queue, 'request-1')
    const { link, sent } = connect(1)
    dispatcher.attach(link)
    await dispatcher.kick()
    expect(sent).toHaveLength(1)
    await dispatcher.stop()
    expect(await stateOf(queue, id)).toBe('leased')
  })
})
