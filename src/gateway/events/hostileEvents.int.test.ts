import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { addKeyAnswerSchema, ADMIN_ROUTES, adminPath } from '../../protocol/admin/index.ts'
import { gpuStatusSchema, sinceAnswerSchema } from '../../protocol/events/index.ts'
import { floodUntil } from '../testing/floodUntil.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { createHeardLog } from '../testing/heardLog.ts'
import { head, rawHttp } from '../testing/rawHttp.ts'
import { OPCODE, openRawWebSocket } from '../testing/rawWebSocket.ts'
import type { RawWebSocket } from '../testing/rawWebSocket.ts'
import { connectWorker } from '../testing/scriptedWorker.ts'
import { submit } from '../testing/taskCalls.ts'

/** A machine that has much else to do. */
const BUSY = { timeout: 10_000 }
const PATH = '/socket.io/?EIO=4&transport=websocket'
const UPGRADE = [
  ...['Upgrade: websocket', 'Connection: Upgrade'],
  ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
]

let at: GatewayBench
const opened: { cut(): void }[] = []

beforeAll(async () => {
  at = await startGatewayBench({ settings: { sockets_per_tenant: 200 }, timings: { socketAuthMs: 1_000 } })
})

afterEach(() => {
  for (const socket of opened.splice(0)) socket.cut()
})

afterAll(async () => {
  expect((await at.call('/api/heygem/health')).status).toBe(200)
  await at.dispose()
})

function client(auth: Readonly<Record<string, unknown>>, bench = at): Socket {
  const socket = io(bench.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth })
  opened.push({
    cut: () => {
      socket.disconnect()
    },
  })
  return socket
}

async function connected(auth: Readonly<Record<string, unknown>> = {}, bench = at): Promise<Socket> {
  const socket = client({ token: bench.licenseKey, ...auth }, bench)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}

/** Packets written by hand; with a key it is past Socket.IO's own CONNECT. */
async function raw(key?: string, bench = at): Promise<RawWebSocket> {
  const socket = await openRawWebSocket(bench.port, PATH)
  opened.push(socket)
  if (key === undefined) return socket
  packet(socket, `40${JSON.stringify({ token: key })}`)
  await vi.waitFor(() => {
    expect(socket.texts.some((text) => text.startsWith('40'))).toBe(true)
  })
  return socket
}

function packet(socket: RawWebSocket, ...texts: readonly string[]): void {
  socket.send(...texts.map((payload) => ({ opcode: OPCODE.text, payload })))
}

async function answerTo(socket: RawWebSocket, start: string): Promise<unknown> {
  const found = (): string | undefined => socket.texts.find((text) => text.startsWith(start))
  await vi.waitFor(() => {
    expect(found()).toBeDefined()
  })
  return JSON.parse(found()?.slice(start.length) ?? '')
}

describe('the handshake', () => {
  it('is refused with Engine.IO’s own code for other versions and transports (B067)', async () => {
    const refused = [
      ['EIO=3&transport=polling', 0, 'Transport unknown'],
      ['EIO=4&transport=polling', 0, 'Transport unknown'],
      ['EIO=4&transport=carrier-pigeon', 0, 'Transport unknown'],
      ['EIO=4', 0, 'Transport unknown'],
      ['EIO=4&transport=websocket&sid=nobody', 1, 'Session ID unknown'],
    ] as const
    for (const [query, code, message] of refused) {
      const answer = await at.call(`/socket.io/?${query}`, { key: null })
      expect([query, answer.status, answer.body]).toEqual([query, 400, { code, message }])
    }
    for (const query of ['EIO=3&transport=websocket', 'transport=websocket', 'EIO=4&transport=polling']) {
      const line = `GET /socket.io/?${query} HTTP/1.1`
      expect([query, (await rawHttp(at.port, head(at.port, line, ...UPGRADE))).status]).toEqual([query, 400])
    }
  })

  it('negotiates no compression, and closes a connection that never says CONNECT', async () => {
    const socket = await openRawWebSocket(at.port, PATH, 'Sec-WebSocket-Extensions: permessage-deflate')
    expect(socket.head.toLowerCase()).not.toContain('sec-websocket-extensions')
    expect([1000, 1005]).toContain(await socket.closed)
  })

  it('needs the key in the CONNECT packet, and knows one namespace (B068, B069)', async () => {
    const socket = await raw()
    packet(socket, '40')
    expect(await answerTo(socket, '44')).toMatchObject({ data: { code: 'AUTH_REQUIRED' } })
    for (const token of [7, null, {}, [at.licenseKey], '', 'x'.repeat(10_000)]) {
      const other = await raw()
      packet(other, `40${JSON.stringify({ token })}`)
      const { data } = (await answerTo(other, '44')) as { data: { code: string } }
      expect(['AUTH_REQUIRED', 'AUTH_INVALID']).toContain(data.code)
    }
    for (const name of ['/admin', '/__proto__', '/tenant:t-1']) {
      const other = await raw()
      packet(other, `40${name},${JSON.stringify({ token: at.licenseKey })}`)
      expect(await answerTo(other, `44${name},`)).toMatchObject({ data: { code: 'NS_FORBIDDEN' } })
    }
    for (const name of ['token', 'key', 'secret']) {
      const other = await openRawWebSocket(at.port, `${PATH}&${name}=${at.licenseKey}`)
      opened.push(other)
      packet(other, `40${JSON.stringify({ token: at.licenseKey })}`)
      expect([name, await answerTo(other, '44')]).toMatchObject([name, { data: { code: 'TOKEN_IN_URL' } }])
    }
  })

  it('recovers no session: whoever comes back proves its key again (B074)', async () => {
    const first = await connected()
    const stolen = { pid: 'stolen-pid', sid: first.id, offset: '9999999999' }
    const again = await connected(stolen)
    expect(again.recovered).toBeFalsy()
    expect(again.id).not.toBe(first.id)
    const { data } = await new Promise<{ data?: unknown }>((resolve) => {
      client(stolen).once('connect_error', resolve)
    })
    expect(data).toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  it('lets nobody back in whose key was revoked meanwhile, whatever session it names (B074)', async () => {
    const added = await at.call(ADMIN_ROUTES.keys, { key: at.adminToken, json: { name: 'short-lived' } })
    const { key, secret } = addKeyAnswerSchema.parse(added.body['data'])
    const first = await connected({ token: secret })
    const session = { token: secret, pid: 'stolen-pid', sid: first.id, offset: '1' }
    const closed = new Promise((resolve) => first.once('disconnect', resolve))
    const revoke = adminPath(ADMIN_ROUTES.keyRevoke, { key_id: key.key_id })
    expect((await at.call(revoke, { key: at.adminToken, method: 'POST' })).status).toBe(200)
    await closed
    const { data } = await new Promise<{ data?: unknown }>((resolve) => {
      client(session).once('connect_error', resolve)
    })
    expect(data).toMatchObject({ code: 'AUTH_INVALID' })
  })

  it('gives one licence so many connections and no more', async () => {
    const small = await startGatewayBench({ settings: { sockets_per_tenant: 2 } })
    try {
      const [first] = [await connected({}, small), await connected({}, small)]
      const refused = new Promise<{ data?: unknown }>((resolve) => {
        client({ token: small.licenseKey }, small).once('connect_error', resolve)
      })
      expect((await refused).data).toMatchObject({ code: 'SOCKETS_FULL_TENANT' })
      first.disconnect()
      await vi.waitFor(async () => {
        await connected({}, small)
      })
    } finally {
      await small.dispose()
    }
  })
})

describe('packets', () => {
  it('of 2 MiB, of too many parts, or of a broken form close the connection (B070, B071)', async () => {
    const huge = await raw(at.licenseKey)
    packet(huge, `42["tasks.since","${'x'.repeat(2 * 1024 * 1024)}"]`)
    expect(await huge.closed).toBe(1009)
    const bent = [
      '4510000-["tasks.since",{"_placeholder":true,"num":0}]',
      '4511-["tasks.since",{"_placeholder":true,"num":0}]',
      '45-1-["a"]',
      '42{"not":"an array"}',
      '42["tasks.since"',
      '49["unknown packet type"]',
      '4',
      '9',
      '2probe',
    ]
    for (const text of bent) {
      const socket = await raw(at.licenseKey)
      packet(socket, text)
      expect([text, await socket.closed]).toEqual([text, 1005])
    }
  })

  it('with the name of an event of Socket.IO’s own close it; others are answered or ignored (B072, B073, B078)', async () => {
    for (const name of ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']) {
      const socket = await raw(at.licenseKey)
      packet(socket, `42["${name}",{"token":"x"}]`)
      expect([name, await socket.closed]).toEqual([name, 1005])
    }
    const socket = await connected()
    for (const name of ['error', '__proto__', 'constructor', 'toString', 'task.updated', 'gpu.status']) {
      expect([name, await socket.emitWithAck(name, { admin: true })]).toMatchObject([
        name,
        { error: { code: 'TYPE_UNKNOWN' } },
      ])
    }
    for (const name of ['join', 'leave', 'subscribe']) {
      expect(await socket.emitWithAck(name, 'en:t-another')).toMatchObject({ error: { code: 'FORBIDDEN' } })
    }
    for (const ack of ['not a function', 7, null, { call: 1 }]) socket.emit('tasks.since', { cursor: null }, ack)
    socket.emit('no such event')
    expect(sinceAnswerSchema.safeParse(await socket.emitWithAck('tasks.since', { cursor: null })).success).toBe(true)
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it('with a cursor that is none get a reset or a code, never somebody’s events (B075)', async () => {
    const socket = await connected()
    for (const cursor of ['9999999999', '-1', '', '0000-1', 'a'.repeat(64)]) {
      expect([cursor, await socket.emitWithAck('tasks.since', { cursor })]).toMatchObject([
        cursor,
        { reset: true, events: [] },
      ])
    }
    for (const cursor of [{}, [], 7, true, 'x'.repeat(65)]) {
      expect(await socket.emitWithAck('tasks.since', { cursor })).toMatchObject({ error: { code: 'SCHEMA' } })
    }
    expect(await socket.emitWithAck('tasks.since', { cursor: null, limit: 1e9 })).toMatchObject({
      error: { code: 'SCHEMA' },
    })
  })

  it('that use an ack id twice are each answered; acks nobody asked for are ignored (B076)', async () => {
    const socket = await raw(at.licenseKey)
    packet(socket, '421["tasks.since",{"cursor":null}]', '421["tasks.since",{"cursor":null}]')
    packet(socket, '431[]', '43999999999["x"]', '431[]')
    await vi.waitFor(() => {
      expect(socket.texts.filter((text) => text.startsWith('431'))).toHaveLength(2)
    })
    packet(socket, '422["tasks.since",{"cursor":null}]')
    expect(await answerTo(socket, '432')).toMatchObject([{ reset: false }])
  })

  it('are refused beyond a hundred that wait for their answer (B076)', async () => {
    const patient = await startGatewayBench({ limits: { messagesPerSecond: 1_000 } })
    try {
      const socket = await raw(patient.licenseKey, patient)
      // In one piece, and so before the first answer.
      packet(socket, ...Array.from({ length: 150 }, (_, id) => `42${String(id)}["tasks.since",{"cursor":null}]`))
      await vi.waitFor(() => {
        expect(socket.texts.filter((text) => /^43\d+\[/.test(text))).toHaveLength(150)
      }, BUSY)
      const refused = socket.texts.filter((text) => text.includes('"RATE_LIMITED"'))
      expect(refused).toHaveLength(50)
    } finally {
      await patient.dispose()
    }
  })

  it('faster than a second allows are closed with 4429 (B077)', async () => {
    const socket = await raw(at.licenseKey)
    packet(socket, ...Array.from({ length: 500 }, (_, id) => `42${String(id)}["tasks.since",{"cursor":null}]`))
    expect(await socket.closed).toBe(4429)
    for (const opcode of [OPCODE.ping, OPCODE.pong]) {
      const flood = await raw(at.licenseKey)
      flood.send(...Array.from({ length: 10_000 }, () => ({ opcode })))
      expect(await flood.closed).toBe(4429)
    }
    const crumbs = await raw(at.licenseKey)
    const part = { opcode: OPCODE.continuation, payload: 'x', fin: false }
    crumbs.send({ opcode: OPCODE.text, payload: '4', fin: false }, ...Array.from({ length: 1_000 }, () => part))
    expect(await crumbs.closed).toBe(1008)
  })
})

/** A frame that makes every client hear some 12 KB of `gpu.status`. */
function bulkyEngines(number: number): Record<string, unknown> {
  const engine = {
    version: '1',
    ready: false,
    features: [],
    lip_sync: false,
    reason: `${String(number)} ${'x'.repeat(900)}`,
  }
  const engines = Array.from({ length: 12 }, (_, index) => ({ ...engine, name: `engine-${String(index)}` }))
  return { type: 'gpu.worker.engines', engines }
}

describe('a client that does not read (F41)', () => {
  it('is closed 4408 when too much waits for it; another one misses nothing', async () => {
    const { log, heard } = createHeardLog()
    const limits = { maxUnreadBytes: 256 * 1024, messagesPerSecond: 1_000_000 }
    const small = await startGatewayBench({ log, limits, timings: { statsEveryMs: 1 } })
    try {
      const asleep = await raw(small.licenseKey, small)
      asleep.pause()
      const awake = await connected({}, small)
      let heardLast = ''
      awake.on('gpu.status', (status: unknown) => {
        heardLast = gpuStatusSchema.parse(status).engines[0]?.reason ?? ''
      })
      const gpu = await connectWorker(small)
      let told = 0
      await floodUntil(heard('does not read'), async () => {
        gpu.send(bulkyEngines((told += 1)))
        gpu.send({ type: 'ping' })
        await gpu.next('pong')
      })
      asleep.resume()
      expect(await asleep.closed).toBe(4408)
      await vi.waitFor(() => {
        expect(heardLast).toMatch(new RegExp(`^${String(told)} `))
      })
      const { task_id } = await submit(small)
      await small.call('/api/heygem/task/cancel', { json: { task_id } })
      const answer = sinceAnswerSchema.parse(await awake.emitWithAck('tasks.since', { cursor: null }))
      expect(answer.reset).toBe(false)
      await gpu.close()
    } finally {
      await small.dispose()
    }
  })
})
