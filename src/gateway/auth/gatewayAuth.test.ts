import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { gatewayProofText, workerProofText } from '../../protocol/dsp/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import type { GatewayCredentials } from './credentials.ts'
import { tenantOf } from './credentials.ts'
import { createGatewayAuth } from './gatewayAuth.ts'

const CREDENTIALS: GatewayCredentials = {
  licenseKey: 'lk_0123456789abcdef0123456789abcdef',
  workerSecret: 'worker-secret-0123456789-abcdefghij',
  adminToken: 'ad_fedcba9876543210fedcba9876543210',
}

const WORKER_NONCE = 'b'.repeat(64)
const CAPABILITY = { taskId: `t_${'0'.repeat(32)}`, epoch: 3, tenant: 't-alpha' }

function openAuth(changes: Partial<GatewayCredentials> = {}, db = openMemoryGatewayDatabase()) {
  const clock = createFakeClock()
  const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
  return { db, clock, auth: createGatewayAuth({ db, clock, log, credentials: { ...CREDENTIALS, ...changes } }) }
}

function macOf(text: string, secret = CREDENTIALS.workerSecret): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

describe('authenticate', () => {
  it('knows the licence key and the admin token, and nothing near them', () => {
    const { auth } = openAuth()
    expect(auth.authenticate(CREDENTIALS.licenseKey)).toEqual({
      kind: 'tenant',
      tenant: tenantOf(CREDENTIALS.licenseKey),
      keyId: 'k_file',
    })
    expect(auth.authenticate(CREDENTIALS.adminToken)).toMatchObject({ kind: 'admin' })
    const near = [
      '',
      CREDENTIALS.licenseKey.slice(0, -1),
      `${CREDENTIALS.licenseKey}0`,
      CREDENTIALS.licenseKey.toUpperCase(),
      CREDENTIALS.workerSecret,
    ]
    expect(near.map((bearer) => auth.authenticate(bearer))).toEqual(near.map(() => undefined))
  })

  it('keeps the tenant that an embedded gateway names, whatever its key of this launch', () => {
    const first = openAuth({ tenant: 'local' }).auth.authenticate(CREDENTIALS.licenseKey)
    const otherKey = 'lk_ffffffff0123456789abcdef00000000'
    const second = openAuth({ tenant: 'local', licenseKey: otherKey }).auth.authenticate(otherKey)
    expect([first?.tenant, second?.tenant]).toEqual(['local', 'local'])
  })

  it('derives a tenant that names a folder and tells nothing of the key', () => {
    expect(tenantOf(CREDENTIALS.licenseKey)).toMatch(/^t-[0-9a-f]{16}$/)
    expect(tenantOf(`${CREDENTIALS.licenseKey}0`)).not.toBe(tenantOf(CREDENTIALS.licenseKey))
  })

  it('stores no secret, only the hash of the licence key under a pepper', () => {
    const { db } = openAuth()
    const tables = ['tenant', 'meta', 'licence_key'].map((table) => db.all(`SELECT * FROM ${table}`))
    const stored = JSON.stringify(tables)
    for (const secret of Object.values(CREDENTIALS)) expect(stored).not.toContain(secret)
  })

  it.each([
    ['short', { workerSecret: 'too-short' }, 'worker_secret'],
    ['a pattern', { adminToken: 'a'.repeat(64) }, 'admin_token'],
  ])('refuses a secret that is %s', (_, changes, name) => {
    expect(() => openAuth(changes)).toThrow(expect.objectContaining({ code: 'SECRET_WEAK', data: { name } }) as Error)
  })

  it.each([
    [{ adminToken: CREDENTIALS.workerSecret }, { name: 'admin_token', other: 'worker_secret' }],
    [{ metricsToken: CREDENTIALS.licenseKey }, { name: 'metrics_token', other: 'license_key' }],
  ])('refuses a strong secret that is used for two roles, and names both: %#', (changes, data) => {
    expect(() => openAuth(changes)).toThrow(expect.objectContaining({ code: 'SECRET_SHARED', data }) as Error)
  })
})

describe('worker challenge', () => {
  function answerTo(gatewayNonce: string, changes: { mac?: string; workerId?: string } = {}) {
    const mac = macOf(workerProofText(gatewayNonce, WORKER_NONCE, 'worker-1'))
    return { gatewayNonce, workerNonce: WORKER_NONCE, workerId: 'worker-1', mac, ...changes }
  }

  it('takes a right proof once', () => {
    const { auth } = openAuth()
    const nonce = auth.newNonce()
    expect(nonce).toMatch(/^[0-9a-f]{64}$/)
    expect(auth.checkWorkerProof(answerTo(nonce))).toBe('ok')
    expect(auth.checkWorkerProof(answerTo(nonce))).toBe('replay')
    expect(auth.checkWorkerProof(answerTo('c'.repeat(64)))).toBe('replay')
  })

  it('refuses another secret, another worker, another nonce and the gateway’s own proof', () => {
    const { auth } = openAuth()
    const wrong = [
      (nonce: string) =>
        answerTo(nonce, { mac: macOf(workerProofText(nonce, WORKER_NONCE, 'worker-1'), 'x'.repeat(40)) }),
      (nonce: string) => answerTo(nonce, { workerId: 'worker-2' }),
      (nonce: string) => answerTo(nonce, { mac: macOf(workerProofText(auth.newNonce(), WORKER_NONCE, 'worker-1')) }),
      (nonce: string) => answerTo(nonce, { mac: auth.gatewayProof(nonce, WORKER_NONCE, 'worker-1') }),
      (nonce: string) => answerTo(nonce, { mac: '' }),
    ]
    expect(wrong.map((make) => auth.checkWorkerProof(make(auth.newNonce())))).toEqual(wrong.map(() => 'invalid'))
  })

  it('forgets a nonce that was never answered', () => {
    const { auth, clock } = openAuth()
    const nonce = auth.newNonce()
    clock.advance(60_001)
    expect(auth.checkWorkerProof(answerTo(nonce))).toBe('replay')
  })

  it('proves itself over the nonces in the other order', () => {
    const { auth } = openAuth()
    const expected = macOf(gatewayProofText('a'.repeat(64), WORKER_NONCE, 'worker-1'))
    expect(auth.gatewayProof('a'.repeat(64), WORKER_NONCE, 'worker-1')).toBe(expected)
  })
})

describe('capabilities', () => {
  it('are read again, also by the next start of the same gateway', () => {
    const { auth, db } = openAuth()
    const text = auth.issueCapability(CAPABILITY)
    expect(auth.readCapability(text)).toEqual(CAPABILITY)
    expect(openAuth({}, db).auth.readCapability(text)).toEqual(CAPABILITY)
  })

  it('are refused when altered, or made by another gateway', () => {
    const { auth } = openAuth()
    const text = auth.issueCapability(CAPABILITY)
    const forged = [
      text.replace('.3.', '.4.'),
      text.replace('t-alpha', 't-beta'),
      text.slice(0, -1),
      `${text}0`,
      '',
      'v1',
      openAuth().auth.issueCapability(CAPABILITY),
    ]
    expect(forged.map((item) => auth.readCapability(item))).toEqual(forged.map(() => undefined))
  })
})
