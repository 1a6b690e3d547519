import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { AuditLog } from './auditLog.ts'
import type { AuditCall, AuditOutcome } from './auditLog.ts'

const DAY_MS = 86_400_000
const CALL: AuditCall = {
  ...{ kind: 'change', actor: 'admin', address: '192.0.2.7', method: 'PATCH', route: '/api/admin/settings' },
  ...{ requestId: 'r_1', input: { strategy: 'sticky' } },
}
const DONE: AuditOutcome = {
  status: 200,
  code: null,
  before: { strategy: 'round-robin' },
  after: { strategy: 'sticky' },
}

function openLog() {
  const clock = createFakeClock()
  const db = openMemoryGatewayDatabase()
  const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
  return { db, clock, audit: new AuditLog({ db, clock, log }) }
}

describe('the audit log', () => {
  it('has an entry before its call acts, and its outcome after', () => {
    const { audit, clock } = openLog()
    const number = audit.begin(CALL)
    const at = clock.now() / 1000
    const { requestId: request_id, ...call } = CALL
    const begun = { ...call, request_id, number, at, status: null, code: null, before: null, after: null }
    expect(audit.list({ limit: 10 })).toEqual({ entries: [begun], cursor: null })
    audit.end(number, DONE)
    expect(audit.list({ limit: 10 }).entries).toEqual([{ ...begun, ...DONE }])
  })

  it('is not changed afterwards, by nobody', () => {
    const { audit, db } = openLog()
    const number = audit.begin(CALL)
    audit.end(number, DONE)
    expect(() => {
      audit.end(number, { ...DONE, status: 500 })
    }).toThrow()
    expect(() => db.run("UPDATE audit SET actor = 'nobody'")).toThrow('append-only')
    expect(() => db.run('UPDATE audit_outcome SET status = 500')).toThrow('append-only')
    expect(audit.list({ limit: 1 }).entries[0]).toMatchObject({ actor: 'admin', status: 200 })
  })

  it('is read in pages and by kind, newest first', () => {
    const { audit } = openLog()
    for (let count = 0; count < 5; count++) {
      audit.refuse({ ...CALL, kind: count % 2 === 0 ? 'read' : 'refused', requestId: `r_${String(count)}` }, DONE)
    }
    const ids = (page: ReturnType<typeof audit.list>) => page.entries.map(({ request_id }) => request_id)
    const first = audit.list({ limit: 2 })
    expect(ids(first)).toEqual(['r_4', 'r_3'])
    expect(ids(audit.list({ limit: 9, cursor: first.cursor ?? 0 }))).toEqual(['r_2', 'r_1', 'r_0'])
    expect(ids(audit.list({ limit: 9, kind: 'refused' }))).toEqual(['r_3', 'r_1'])
  })

  it('keeps 90 days, and sweeps by itself', () => {
    const { audit, clock, db } = openLog()
    audit.refuse({ ...CALL, requestId: 'old' }, DONE)
    clock.advance(DAY_MS)
    audit.refuse({ ...CALL, requestId: 'younger' }, DONE)
    clock.advance(89 * DAY_MS + 3_600_000)
    expect(audit.list({ limit: 9 }).entries.map(({ request_id }) => request_id)).toEqual(['younger'])
    expect(db.get<{ left: number }>('SELECT count(*) AS left FROM audit_outcome')).toEqual({ left: 1 })
    audit.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not emptied by a wall clock that is wrong', () => {
    const { audit, clock } = openLog()
    audit.refuse(CALL, DONE)
    for (const jumpMs of [3_650 * DAY_MS, -7_300 * DAY_MS]) {
      clock.jumpWall(jumpMs)
      clock.advance(3_600_000)
      expect(audit.list({ limit: 9 }).entries).toHaveLength(1)
    }
  })

  it('lets a flood of reads push out reads, and never changes', () => {
    const { audit, db, clock } = openLog()
    const first = audit.begin(CALL)
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 102005)
       INSERT INTO audit(at, kind, actor, address, method, route, request_id)
       SELECT ?, 'read', 'admin', '', 'GET', '', 'r_' || i FROM n`,
      1_700_000_000_000,
    )
    // In batches with pauses, so that nobody has to wait for it.
    expect(audit.sweep()).toBe(1_000)
    clock.advance(3_600_000 + 2_000)
    expect(audit.list({ limit: 1, kind: 'change' }).entries[0]?.number).toBe(first)
    expect(db.get<{ reads: number }>("SELECT count(*) AS reads FROM audit WHERE kind = 'read'")).toEqual({
      reads: 100_000,
    })
    expect([audit.sweep(), clock.pendingTimers]).toEqual([0, 1])
  })
})
