import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { openGatewayDatabase } from '../store/gatewayDatabase.ts'
import { leaseAll, newTask, stateOf, submit, TENANT } from './contract/fixture.ts'
import type { Lease, QueueChange } from './port.ts'
import { SqliteQueue } from './sqliteQueue.ts'
import { QUEUE_LIMITS, QUEUE_TIMINGS } from './timings.ts'
import type { QueueLimits } from './timings.ts'

let dataDir = ''
let db: Database
let queue: SqliteQueue
let limits: () => QueueLimits

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'joint-'))
  limits = () => QUEUE_LIMITS
  db = openGatewayDatabase(dataDir)
  queue = new SqliteQueue({ db, clock: createFakeClock(), timings: QUEUE_TIMINGS, limits: () => limits() })
})

afterEach(async () => {
  await queue.close()
  db.close()
  await rm(dataDir, { recursive: true })
})

const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/** Transactions in the WAL since the database was opened: the last frame of each tells the database's size. */
async function commits(): Promise<number> {
  const wal = await readFile(`${db.path}-wal`)
  const frameBytes = FRAME_HEADER_BYTES + wal.readUInt32BE(8)
  let count = 0
  for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.readUInt32BE(at + 4) > 0) count += 1
  }
  return count
}

/** Asks for a lease as soon as a submit is on its way, once. */
function leaseAtArrival(): Promise<readonly Lease[]> {
  return new Promise((resolve, reject) => {
    const leave = queue.onArrival(() => {
      leave()
      leaseAll(queue).then(resolve, reject)
    })
  })
}

function listen(): QueueChange[] {
  const heard: QueueChange[] = []
  queue.onChange((change) => heard.push(change))
  return heard
}

function told(heard: readonly QueueChange[]): readonly (readonly [string, string])[] {
  return heard.map(({ task, cause }) => [task.requestId, cause])
}

describe('a lease that is asked for while the submit is on its way', () => {
  it('has the task, in the same commit, and is told after it', async () => {
    const heard = listen()
    const leased = leaseAtArrival()
    const before = await commits()
    const task = await submit(queue, 'request-1')
    expect(await commits()).toBe(before + 1)
    expect((await leased).map((lease) => lease.task.id)).toEqual([task.id])
    expect([task.state, await stateOf(queue, task.id)]).toEqual(['queued', 'leased'])
    expect(told(heard)).toEqual([
      ['request-1', 'submit'],
      ['request-1', 'lease'],
    ])
  })

  it('is one commit later without it', async () => {
    const before = await commits()
    await submit(queue, 'request-1')
    await leaseAll(queue)
    expect(await commits()).toBe(before + 2)
  })

  it('has the task also when their group was rolled back, and each is written by itself', async () => {
    const heard = listen()
    const leased = leaseAtArrival()
    let asked = 0
    limits = () => {
      asked += 1
      if (asked === 2) throw new Error('the limits could not be read')
      return QUEUE_LIMITS
    }
    const before = await commits()
    const [first, second] = await Promise.all([submit(queue, 'request-1'), submit(queue, 'request-2')])
    expect(await commits()).toBe(before + 3)
    expect((await leased).map((lease) => lease.task.id)).toEqual([first.id])
    expect([await stateOf(queue, first.id), await stateOf(queue, second.id)]).toEqual(['leased', 'queued'])
    expect(told(heard)).toEqual([
      ['request-1', 'submit'],
      ['request-1', 'lease'],
      ['request-2', 'submit'],
    ])
  })

  it('finds nothing when the submit fails, or is a replay', async () => {
    limits = () => {
      throw new Error('the limits cannot be read')
    }
    const failed = leaseAtArrival()
    await expect(queue.submit(newTask('request-1'))).rejects.toThrow('the limits cannot be read')
    expect(await failed).toEqual([])
    limits = () => QUEUE_LIMITS
    await submit(queue, 'request-2')
    await leaseAll(queue)
    const replayed = leaseAtArrival()
    expect(await queue.submit(newTask('request-2'))).toMatchObject({ kind: 'replayed' })
    expect([await replayed, await queue.arriving()]).toEqual([[], []])
  })
})

describe('submits on their way', () => {
  it('are told by tenant until they are stored, without those for one worker only', async () => {
    const stored = [submit(queue, 'request-1'), submit(queue, 'request-2', { targetWorker: 'worker-1' })]
    expect(await queue.arriving()).toEqual([TENANT])
    await Promise.all(stored)
    expect(await queue.arriving()).toEqual([])
  })

  it('are nothing to lease while the queue is paused', async () => {
    await queue.setPaused(true)
    const stored = submit(queue, 'request-1')
    expect(await queue.arriving()).toEqual([])
    await stored
  })

  it('are stored whatever a listener does', async () => {
    queue.onArrival(() => {
      throw new Error('a listener of a test')
    })
    expect(await submit(queue, 'request-1')).toMatchObject({ state: 'queued' })
  })
})
