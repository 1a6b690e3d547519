import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { KeyRing } from './keyRing.ts'
import { TenantConnections } from './tenantConnections.ts'

const FILE_KEY = 'lk_0123456789abcdef0123456789abcdef'
const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })

function openRing(db = openMemoryGatewayDatabase()) {
  const clock = createFakeClock(Date.parse('2026-11-22T23:59:59Z'))
  const open = (): KeyRing => {
    const ring = new KeyRing({ db, clock, log })
    ring.setFileKey(FILE_KEY, 't-file')
    return ring
  }
  return { db, clock, ring: open(), reopen: open }
}

describe('licence keys', () => {
  it('open the tenant they were made for, also after a restart', () => {
    const { ring, reopen } = openRing()
    const first = ring.add({ name: 'Ann' })
    const second = ring.add({ name: 'Ann’s laptop', tenant: first.key.tenant })
    expect([first.isNewTenant, second.isNewTenant]).toEqual([true, false])
    expect(first.secret).toMatch(/^lk_[0-9a-f]{64}$/)
    const { tenant } = first.key
    for (const again of [ring, reopen()]) {
      expect(again.find(first.secret)).toEqual({ kind: 'tenant', tenant, keyId: first.key.id })
      expect(again.find(second.secret)).toEqual({ kind: 'tenant', tenant, keyId: second.key.id })
      expect(again.find(FILE_KEY)).toEqual({ kind: 'tenant', tenant: 't-file', keyId: 'k_file' })
      expect([first.secret.slice(0, -1), `${first.secret} `, ''].map((guess) => again.find(guess))).toEqual([
        undefined,
        undefined,
        undefined,
      ])
    }
  })

  it('are not taken for the one of the file as well: revoked is revoked', () => {
    const { ring, reopen } = openRing()
    const added = ring.add({ name: 'Ann', tenant: 'acme' })
    const taken = { code: 'KEY_TAKEN', data: { id: added.key.id } }
    expect(() => ring.setFileKey(added.secret, 't-file')).toThrow(expect.objectContaining(taken))
    expect(ring.find(added.secret)?.tenant).toBe('acme')
    ring.revoke(added.key.id)
    const again = reopen()
    expect(() => again.setFileKey(added.secret, 't-file')).toThrow(expect.objectContaining(taken))
    expect([again.find(added.secret), again.find(FILE_KEY)?.tenant]).toEqual([undefined, 't-file'])
  })

  it('open nothing once revoked, and stay in the list', () => {
    const { ring, clock, reopen } = openRing()
    const kept = ring.add({ name: 'kept' })
    clock.advance(1_000)
    const gone = ring.add({ name: 'gone', tenant: 'acme' })
    const told: string[] = []
    ring.onRevoked((id) => told.push(id))
    clock.advance(1_000)
    expect(ring.revoke(gone.key.id)).toMatchObject({ kind: 'revoked', key: { name: 'gone' } })
    expect(ring.revoke(gone.key.id).kind).toBe('already')
    expect([ring.revoke('k_file').kind, ring.revoke('k_000000000000').kind]).toEqual(['of_the_file', 'missing'])
    expect(told).toEqual([gone.key.id])
    for (const again of [ring, reopen()]) {
      expect([again.find(gone.secret), again.find(kept.secret)?.keyId]).toEqual([undefined, kept.key.id])
      expect(again.list().map(({ name, revokedMs }) => [name, revokedMs])).toEqual([
        ['credentials file', null],
        ['kept', null],
        ['gone', clock.now()],
      ])
    }
  })

  it('are stored as a hash under a pepper, and tell it to nobody', () => {
    const { db, ring } = openRing()
    const { secret } = ring.add({ name: 'Ann' })
    const stored = JSON.stringify(['licence_key', 'tenant', 'meta'].map((table) => db.all(`SELECT * FROM ${table}`)))
    expect(stored).not.toContain(secret.slice(3))
    expect(stored).not.toContain(FILE_KEY)
    expect(JSON.stringify(ring.list())).not.toContain('hash')
    const other = openRing()
    expect(other.ring.find(secret)).toBeUndefined()
  })

  it('remember the day of their last use', () => {
    const { ring, clock, reopen } = openRing()
    const { key, secret } = ring.add({ name: 'Ann' })
    const day = (ring_: KeyRing): unknown => ring_.list().find(({ id }) => id === key.id)?.lastUsedDay
    expect(day(ring)).toBeNull()
    ring.find(secret)
    expect([day(ring), day(reopen())]).toEqual(['2026-11-22', '2026-11-22'])
    clock.advance(1_000)
    ring.find(secret)
    expect([day(ring), day(reopen())]).toEqual(['2026-11-23', '2026-11-23'])
  })

  it('of the credentials file stop when the file has another', () => {
    const { ring, reopen } = openRing()
    ring.setFileKey(`${FILE_KEY}0`, 't-other')
    expect([ring.find(FILE_KEY), ring.find(`${FILE_KEY}0`)?.tenant]).toEqual([undefined, 't-other'])
    expect(reopen().find(`${FILE_KEY}0`)).toBeUndefined()
    expect(reopen().find(FILE_KEY)?.tenant).toBe('t-file')
  })

  it('let their owner in although the last use cannot be stored', () => {
    const { db, ring } = openRing()
    const { secret, key } = ring.add({ name: 'Ann' })
    db.exec('DROP TABLE licence_key')
    expect(ring.find(secret)?.keyId).toBe(key.id)
  })
})

describe('sockets of tenants', () => {
  const principal = (keyId: string, tenant = 'acme') => ({ kind: 'tenant', tenant, keyId }) as const

  it('are closed with the key they were opened by, and with no other', () => {
    const { ring } = openRing()
    const [one, two] = [ring.add({ name: 'one', tenant: 'acme' }), ring.add({ name: 'two', tenant: 'acme' })]
    const sockets = new TenantConnections({ keys: ring, maxPerTenant: () => 10 })
    const closed: string[] = []
    for (const name of ['first', 'second']) sockets.add(principal(one.key.id), () => closed.push(name))
    sockets.add(principal(two.key.id), () => closed.push('other'))
    ring.revoke(one.key.id)
    expect(closed).toEqual(['first', 'second'])
  })

  it('are as many as a tenant may have', () => {
    const { ring } = openRing()
    let max = 2
    const sockets = new TenantConnections({ keys: ring, maxPerTenant: () => max })
    const open = (tenant?: string) => sockets.add(principal('k_1', tenant), () => undefined)
    const [first, second, third] = [open(), open(), open()]
    expect([first, second].every((release) => release !== undefined)).toBe(true)
    expect([third, open('other') === undefined]).toEqual([undefined, false])
    first?.()
    first?.()
    expect([sockets.countOf('acme'), open() === undefined, open()]).toEqual([1, false, undefined])
    max = 3
    expect(open()).toBeDefined()
  })
})
