import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Server } from 'socket.io'
import { connectGatewaySocket } from './gatewaySocket.ts'
import type { GatewaySocket } from './gatewaySocket.ts'

const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A gateway that refuses the first questions about what was missed. */
async function startGateway(refusals: number): Promise<{ readonly url: string; readonly asked: unknown[] }> {
  const asked: unknown[] = []
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  open.push(() => io.close())
  io.on('connection', (socket) => {
    socket.on('tasks.since', (request: unknown, answer: (body: unknown) => void) => {
      asked.push(request)
      const refused = { error: { code: 'INTERNAL', message: 'the database is busy' } }
      answer(asked.length <= refusals ? refused : { events: [], cursor: 'aa-7', more: false, reset: false })
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return { url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`, asked }
}

function connect(url: string): GatewaySocket {
  const socket = connectGatewaySocket({ baseUrl: url, token: 'a-token' })
  open.push(async () => {
    socket.stop()
  })
  return socket
}

describe('the gateway’s events', () => {
  it('asks again for what it missed when the gateway could not answer, on the same connection', async () => {
    const gateway = await startGateway(1)
    const kinds: string[] = []
    connect(gateway.url).on(({ kind }) => kinds.push(kind))
    await vi.waitFor(() => expect(gateway.asked).toHaveLength(2), { timeout: 10_000 })
    expect(kinds).toEqual(['connected', 'reset', 'reset'])
  })
})
