import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_ROUTES, addKeyAnswerSchema, adminPath, auditAnswerSchema } from '../../protocol/admin/index.ts'
import type { AddKeyAnswer, AuditEntry } from '../../protocol/admin/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { digestsOf, newKey, startGatewayBench } from '../testing/gatewayBench.ts'
import type { Answer, CallOptions, GatewayBench } from '../testing/gatewayBench.ts'
import { codeOf, submit } from '../testing/taskCalls.ts'

let at: GatewayBench
let logDir: string

beforeAll(async () => {
  logDir = mkdtempSync(join(tmpdir(), 'dhs-admin-'))
  at = await startGatewayBench({
    limits: { failedAuthPerMinute: 1_000 },
    log: createLogger({ name: 'gateway', destination: join(logDir, 'gateway.log'), level: 'debug' }),
  })
})

afterAll(async () => {
  await at.dispose()
  rmSync(logDir, { recursive: true })
})

const NEVER = { server_id: 'GPU-999', task_id: `t_${'0'.repeat(32)}`, key_id: `k_${'0'.repeat(12)}` }
const ROUTES = [
  ...['servers', 'server', 'tasks', 'task', 'queue', 'keys', 'settings', 'audit'].map((name) => ['GET', name] as const),
  ...['serverDrain', 'serverResume', 'taskCancel', 'taskFront', 'queuePause', 'queueResume', 'keyRevoke'].map(
    (name) => ['POST', name] as const,
  ),
  ...['strategy', 'power', 'taskRetry', 'taskPriority', 'keys'].map((name) => ['POST', name, {}] as const),
  ['PATCH', 'settings', {}] as const,
  ['DELETE', 'server'] as const,
]

function pathOf(name: string): string {
  const route = Object.entries(ADMIN_ROUTES).find(([known]) => known === name)?.[1]
  if (route === undefined) throw new Error(`no route ${name}`)
  return adminPath(route, NEVER)
}

const admin = (path: string, options: CallOptions = {}): Promise<Answer> =>
  at.call(path, { key: at.adminToken, ...options })

async function addKey(name: string, tenant?: string): Promise<AddKeyAnswer> {
  const answer = await admin(ADMIN_ROUTES.keys, { json: { name, ...(tenant === undefined ? {} : { tenant }) } })
  return addKeyAnswerSchema.parse(answer.body['data'])
}

async function audit(query = ''): Promise<readonly AuditEntry[]> {
  return auditAnswerSchema.parse((await admin(`${ADMIN_ROUTES.audit}?${query}`)).body['data']).entries
}

/** All of an answer that may tell two refusals apart. */
function shown(answer: Answer): unknown {
  return { ...answer.body, status: answer.status, request_id: typeof answer.body['request_id'] }
}

describe('who may come in (I9)', () => {
  it('tells a licence key nothing but that it opens nothing here, whatever the route', async () => {
    const answers: Answer[] = []
    for (const [method, name, json] of ROUTES) {
      answers.push(await at.call(pathOf(name), { method, ...(json === undefined ? {} : { json }) }))
      // Neither by what it sends, nor by what it calls that.
      if (json === undefined) continue
      answers.push(await at.call(pathOf(name), { method }), await at.call(pathOf(name), { method, body: 'x' }))
    }
    const [first] = answers
    expect([first?.status, first && codeOf(first)]).toEqual([403, 'FORBIDDEN'])
    for (const answer of answers) expect(shown(answer)).toEqual(shown(first ?? answer))
  })

  it('asks for the admin token, and knows it from anything near it', async () => {
    for (const [method, name, json] of ROUTES) {
      const none = await at.call(pathOf(name), { method, key: null, ...(json === undefined ? {} : { json }) })
      expect([name, none.status, codeOf(none)]).toEqual([name, 401, 'ADMIN_AUTH_REQUIRED'])
    }
    const near = [newKey('ad'), at.adminToken.slice(1), `${at.adminToken}0`, at.workerSecret, 'x']
    for (const key of near) {
      const answer = await at.call(ADMIN_ROUTES.keys, { key })
      expect([answer.status, codeOf(answer)]).toEqual([401, 'ADMIN_AUTH_INVALID'])
    }
    const inUrl = await at.call(`${ADMIN_ROUTES.keys}?token=${at.adminToken}`, { key: null })
    expect(codeOf(inUrl)).toBe('TOKEN_IN_URL')
  })

  it('lets the admin token open no tenant’s door', async () => {
    for (const path of ['/api/heygem/tasks', '/api/heygem/queue', `/api/heygem/task/status?task_id=${NEVER.task_id}`]) {
      expect(codeOf(await admin(path))).toBe('AUTH_INVALID')
    }
    const socket = io(at.url, { transports: ['websocket'], auth: { token: at.adminToken }, reconnection: false })
    const refused = await new Promise<string>((resolve) =>
      socket.once('connect_error', ({ message }) => resolve(message)),
    )
    socket.close()
    expect(refused).toBe('AUTH_INVALID')
  })

  it('has a rate of its own', async () => {
    const other = await startGatewayBench({ limits: { adminRequestsPerMinute: 2 } })
    try {
      const statuses: number[] = []
      for (let count = 0; count < 3; count++) {
        statuses.push((await other.call(ADMIN_ROUTES.queue, { key: other.adminToken })).status)
      }
      expect(statuses).toEqual([200, 200, 429])
      expect((await other.call('/api/heygem/queue')).status).toBe(200)
    } finally {
      await other.dispose()
    }
  })
})

describe('licence keys', () => {
  it('open what their tenant has, and nothing of another one', async () => {
    const [ann, bob] = [await addKey('Ann'), await addKey('Bob')]
    const annToo = await addKey('Ann’s laptop', ann.key.tenant)
    expect([ann.new_tenant, annToo.new_tenant, annToo.key.tenant]).toEqual([true, false, ann.key.tenant])
    const call: GatewayBench['call'] = (path, options) => at.call(path, { key: ann.secret, ...options })
    const upload = async (bytes: Buffer, ext: string) => uploadAs(ann.secret, bytes, ext)
    const { task_id } = await submit({ ...at, call, upload })
    const status = `/api/heygem/task/status?task_id=${task_id}`
    const statuses = [ann, annToo, bob].map(async ({ secret }) => (await at.call(status, { key: secret })).status)
    expect(await Promise.all(statuses)).toEqual([200, 200, 404])
  })

  it('are shown once: neither the list nor the log nor the database has them (I12)', async () => {
    const { secret, key } = await addKey('canary')
    expect((await at.call('/api/heygem/tasks', { key: secret })).status).toBe(200)
    const listed = await admin(ADMIN_ROUTES.keys)
    expect(listed.bytes.toString()).toContain(key.key_id)
    const places = [
      listed.bytes,
      Buffer.from(JSON.stringify(await audit())),
      ...filesOf(at.dataDir),
      ...filesOf(logDir),
    ]
    const canaries = [secret.slice(3), at.licenseKey.slice(3), at.adminToken.slice(3), at.workerSecret.slice(3)]
    for (const place of places) for (const canary of canaries) expect(place.includes(canary)).toBe(false)
  })

  it('stop at once when revoked: requests, Socket.IO and progress sockets', async () => {
    const { secret, key } = await addKey('gone', 'acme')
    const other = await addKey('stays', 'acme')
    const [lost, kept] = [await connected(secret), await connected(other.secret)]
    const upload = (bytes: Buffer, ext: string) => uploadAs(secret, bytes, ext)
    const call: GatewayBench['call'] = (path, options) => at.call(path, { key: secret, ...options })
    const { task_id } = await submit({ ...at, call, upload })
    const progress = new WebSocket(`${at.url.replace('http', 'ws')}/ws/progress/${task_id}?token=${secret}`)
    const closeCode = new Promise((resolve) => progress.once('close', resolve))
    await new Promise((resolve) => progress.once('message', resolve))
    const disconnected = new Promise((resolve) => lost.once('disconnect', resolve))
    const refused = new Promise((resolve) =>
      lost.once('connect_error', ({ message }) => {
        resolve(message)
      }),
    )
    expect((await admin(pathOfKey(key.key_id), { method: 'POST' })).body['data']).toMatchObject({ already: false })
    expect(await Promise.all([closeCode, disconnected])).toEqual([4401, 'transport close'])
    expect(codeOf(await at.call('/api/heygem/tasks', { key: secret }))).toBe('AUTH_INVALID')
    // It comes back by itself, and is told why it may not.
    expect(await refused).toBe('AUTH_INVALID')
    expect(kept.connected).toBe(true)
    expect((await at.call('/api/heygem/tasks', { key: other.secret })).status).toBe(200)
    expect((await admin(pathOfKey(key.key_id), { method: 'POST' })).body['data']).toMatchObject({ already: true })
    for (const socket of [lost, kept]) socket.close()
  })

  it('of the credentials file, and unknown ones, are not revoked', async () => {
    expect(codeOf(await admin(pathOfKey('k_file'), { method: 'POST' }))).toBe('KEY_OF_THE_FILE')
    expect(codeOf(await admin(pathOfKey(NEVER.key_id), { method: 'POST' }))).toBe('KEY_NOT_FOUND')
    expect(codeOf(await admin(pathOfKey('k_../../x'), { method: 'POST' }))).toBe('ID_FORMAT')
  })
})

describe('the audit log', () => {
  it('has each call: before and after, who and from where', async () => {
    await admin(ADMIN_ROUTES.settings, { method: 'PATCH', json: { strategy: 'least-busy', idle_off_minutes: 5 } })
    await admin(ADMIN_ROUTES.settings, { method: 'PATCH', json: { min_threshold: 64 } })
    await admin(ADMIN_ROUTES.tasks)
    const unknown = await admin(ADMIN_ROUTES.settings, { method: 'PATCH', json: { foo: 1 } })
    expect(unknown.body['error']).toMatchObject({ code: 'SCHEMA', field: 'foo' })
    // The reading of the log itself is under way, and so has no outcome.
    const [self, , read, refused, changed] = await audit('limit=5')
    expect(self).toMatchObject({ kind: 'read', route: ADMIN_ROUTES.audit, input: { limit: 5 }, status: null })
    const about = { actor: 'admin', address: '127.0.0.1' }
    expect(changed).toMatchObject({
      ...{ ...about, kind: 'change', method: 'PATCH', route: ADMIN_ROUTES.settings, status: 200, code: null },
      input: { strategy: 'least-busy', idle_off_minutes: 5 },
      before: { strategy: 'round-robin', idle_off_minutes: null },
      after: { strategy: 'least-busy', idle_off_minutes: 5 },
    })
    expect(refused).toMatchObject({ ...about, kind: 'change', status: 400, code: 'THRESHOLDS_APART', after: null })
    expect(read).toMatchObject({ ...about, kind: 'read', route: ADMIN_ROUTES.tasks, status: 200 })
  })

  it('has who was refused, too', async () => {
    await at.call(ADMIN_ROUTES.queuePause, { method: 'POST' })
    await at.call(ADMIN_ROUTES.queuePause, { method: 'POST', key: newKey('ad') })
    await admin(ADMIN_ROUTES.keys, { json: { name: 'x', secret: 'lk_canary' } })
    await admin(ADMIN_ROUTES.power, { body: 'action=on' })
    const entries = await audit('kind=refused&limit=4')
    expect(entries.map(({ actor, code, status, input }) => [actor, code, status, input])).toEqual([
      ['admin', 'CONTENT_TYPE', 415, null],
      ['admin', 'SCHEMA', 400, null],
      ['nobody', 'ADMIN_AUTH_INVALID', 401, null],
      [expect.stringMatching(/^tenant:t-/), 'FORBIDDEN', 403, null],
    ])
  })

  it('is read in pages, newest first', async () => {
    const all = (await audit('limit=5')).map(({ number }) => number)
    const page = auditAnswerSchema.parse((await admin(`${ADMIN_ROUTES.audit}?limit=2`)).body['data'])
    const next = await audit(`limit=1&cursor=${String(page.cursor)}`)
    expect([page.entries.length, next[0]?.number]).toEqual([2, (page.entries.at(-1)?.number ?? 0) - 1])
    expect(all).toEqual([...all].sort((a, b) => b - a))
  })
})

function pathOfKey(key_id: string): string {
  return adminPath(ADMIN_ROUTES.keyRevoke, { key_id })
}

async function uploadAs(key: string, bytes: Buffer, ext: string): ReturnType<GatewayBench['upload']> {
  const digests = digestsOf(bytes)
  const form = new FormData()
  form.set('hash', digests.md5)
  form.set('ext', ext)
  form.set('file', new Blob([new Uint8Array(bytes)]), `file${ext}`)
  await at.call('/api/heygem/upload_file', { key, body: form })
  return digests
}

async function connected(token: string): Promise<ReturnType<typeof io>> {
  const socket = io(at.url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnectionDelay: 10 })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return socket
}

/** Every file below a folder: the database, its log, everything. */
function filesOf(dir: string): readonly Buffer[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
}
