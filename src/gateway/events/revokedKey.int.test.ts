import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { ADMIN_ROUTES } from '../../protocol/admin/index.ts'
import { HTTP_ROUTES } from '../../protocol/http/index.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { submit } from '../testing/taskCalls.ts'

const WAIT = { timeout: 20_000 }
const TASKS = 200
/** Their answers are more than any system buffers for a socket. */
const QUESTIONS = 90

const ownKeys = z.object({ data: z.object({ keys: z.array(z.object({ tenant: z.string() })) }) })
const addedKey = z.object({ data: z.object({ secret: z.string(), key: z.object({ key_id: z.string() }) }) })

let at: GatewayBench

beforeEach(async () => {
  const plenty = 10_000
  at = await startGatewayBench({
    limits: { submitsPerMinute: plenty, submitBurst: plenty, requestsPerMinute: plenty, messagesPerSecond: plenty },
  })
})

afterEach(() => at.dispose())

/** A second key of the bench's own tenant. */
async function addKey(): Promise<{ readonly secret: string; readonly keyId: string }> {
  const [own] = ownKeys.parse((await at.call(ADMIN_ROUTES.keys, { key: at.adminToken })).body).data.keys
  const json = { name: 'leaked', tenant: own?.tenant }
  const { secret, key } = addedKey.parse((await at.call(ADMIN_ROUTES.keys, { key: at.adminToken, json })).body).data
  return { secret, keyId: key.key_id }
}

it('a revoked key hears nothing more, also while what it did not read is still on its way', async () => {
  const { secret, keyId } = await addKey()
  for (let task = 0; task < TASKS; task += 1) await submit(at, { options: { name: `before ${'x'.repeat(150)}` } })
  const socket = new WebSocket(`${at.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const heard: string[] = []
  socket.on('message', (data: Buffer) => heard.push(data.toString()))
  const closed = once(socket, 'close')
  await once(socket, 'open')
  const hear = (start: string): Promise<void> =>
    vi.waitFor(() => {
      expect(heard.some((text) => text.startsWith(start))).toBe(true)
    }, WAIT)
  socket.send(`40${JSON.stringify({ token: secret })}`)
  await hear('40')
  socket.send('420["tasks.since",{"cursor":null}]')
  await hear('430')
  const log = /"cursor":"([0-9a-f]+)-/.exec(heard.join())?.[1] ?? ''
  socket.pause()
  for (let id = 1; id <= QUESTIONS; id += 1) socket.send(`42${id}["tasks.since",{"cursor":"${log}-0","limit":200}]`)
  // By the answer to the last of these the gateway has said all that the connection takes.
  for (let turn = 0; turn < 200; turn += 1) await at.call(HTTP_ROUTES.health, { key: null })
  await at.call(`${ADMIN_ROUTES.keys}/${keyId}/revoke`, { method: 'POST', key: at.adminToken })
  for (let task = 0; task < 5; task += 1) await submit(at, { options: { name: 'after the revoke' } })
  socket.resume()
  await closed
  expect(heard.filter((text) => text.includes('after the revoke'))).toEqual([])
})
