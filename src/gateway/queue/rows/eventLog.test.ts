import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../../shared/node/index.ts'
import { openMemoryGatewayDatabase } from '../../store/gatewayDatabase.ts'
import { EventLog } from './eventLog.ts'

const KEPT = 1_000
const MINE = 't-mine'
const THEIRS = 't-theirs'

let db: Database
beforeEach(() => {
  db = openMemoryGatewayDatabase()
})
afterEach(() => {
  db.close()
})

function append(log: EventLog, tenant: string, events: number): void {
  for (let seq = 1; seq <= events; seq++) log.append({ tenant, seq, version: 1 }, 0)
}

const countOf = (tenant: string): number | undefined =>
  db.get<{ events: number }>('SELECT count(*) AS events FROM event WHERE tenant = ?', tenant)?.events

describe('the cut of the event log', () => {
  it('waits until a hundredth has come since the last one', () => {
    const log = new EventLog(db)
    append(log, MINE, KEPT + 5)
    log.trim(KEPT)
    expect(countOf(MINE)).toBe(KEPT)
    append(log, MINE, KEPT / 100 - 1)
    log.trim(KEPT)
    expect(countOf(MINE)).toBe(KEPT + KEPT / 100 - 1)
    append(log, MINE, 1)
    log.trim(KEPT)
    expect(countOf(MINE)).toBe(KEPT)
  })

  it('also comes where no process lives for that long', () => {
    append(new EventLog(db), MINE, KEPT)
    for (let day = 0; day < 20; day++) {
      const log = new EventLog(db)
      append(log, MINE, 3)
      log.trim(KEPT)
    }
    expect(countOf(MINE)).toBe(KEPT)
  })

  it('goes on with the next call where one is not enough, also for who comes after', () => {
    append(new EventLog(db), MINE, 5 * KEPT)
    append(new EventLog(db), THEIRS, 2 * KEPT)
    const log = new EventLog(db)
    append(log, MINE, 1)
    append(log, THEIRS, 1)
    const left: unknown[] = []
    for (let call = 0; call < 4; call++) {
      log.trim(KEPT)
      left.push([countOf(MINE), countOf(THEIRS)])
    }
    expect(left).toEqual([
      [3 * KEPT + 1, 2 * KEPT + 1],
      [KEPT + 1, 2 * KEPT + 1],
      [KEPT, KEPT],
      [KEPT, KEPT],
    ])
  })
})
