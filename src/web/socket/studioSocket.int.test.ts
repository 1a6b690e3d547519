import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import { openStudioClient } from '../testing/openStudioClient.ts'
import { openTestDoor } from '../testing/openTestDoor.ts'
import type { TestDoor } from '../testing/openTestDoor.ts'

let clock: FakeClock
let door: TestDoor
beforeAll(async () => {
  clock = createFakeClock()
  door = await openTestDoor({ clock })
})
afterAll(() => door.close())

async function connect(options: { readonly autoPong?: boolean } = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${door.host}/studio`, options)
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return socket
}

async function closeCodeAfter(message: string | Uint8Array): Promise<unknown> {
  const socket = await connect()
  const closed = once(socket, 'close')
  socket.send(message)
  const [code] = (await closed) as [unknown]
  return code
}

async function greeted(options: { readonly autoPong?: boolean } = {}): Promise<WebSocket> {
  const socket = await connect(options)
  const answer = once(socket, 'message')
  socket.send(JSON.stringify({ token: door.token }))
  expect(String((await answer)[0])).toBe('{"ok":true}')
  return socket
}

describe('the first message', () => {
  it('with the token opens the studio', async () => {
    const { studio, socket } = await openStudioClient(door.origin, door.token)
    expect(await studio.info()).toMatchObject({
      version: '0.0.0-test',
      capabilities: { door: 'web', pickFiles: false, revealInFolder: false, saveAs: false },
    })
    socket.close()
  })

  it('that is anything else closes it with 4401', async () => {
    const wrong = [
      '{}',
      '{"token":""}',
      `{"token":"${door.token}x"}`,
      `{"token":"${door.token}","more":1}`,
      `{"token":"x","token":"${door.token}"}`,
      `{"token":["${door.token}"]}`,
      'null',
      'not json',
      '',
      ' '.repeat(2_000),
      new TextEncoder().encode(JSON.stringify({ token: door.token })),
    ]
    expect(await Promise.all(wrong.map((message) => closeCodeAfter(message)))).toEqual(wrong.map(() => 4401))
  })

  it('has five seconds', async () => {
    const socket = await connect()
    const closed = once(socket, 'close')
    await vi.waitFor(() => {
      expect(clock.pendingTimers).toBe(1)
    })
    clock.advance(4_999)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    clock.advance(1)
    expect((await closed)[0]).toBe(4401)
  })
})

describe('an open socket', () => {
  it('is closed with 4400 by what is no frame of the contract', async () => {
    for (const garbage of ['not json', '{"i":"1"}', new TextEncoder().encode('{"i":"1","p":{"u":"/info"}}')]) {
      const socket = await greeted()
      const closed = once(socket, 'close')
      socket.send(garbage)
      expect((await closed)[0]).toBe(4400)
    }
  })

  it('is closed by a message that is too large', async () => {
    const socket = await greeted()
    const closed = once(socket, 'close')
    socket.send('x'.repeat(1024 * 1024 + 1))
    expect((await closed)[0]).toBe(1009)
  })

  it('is ended when its page no longer answers', async () => {
    const silent = await greeted({ autoPong: false })
    const closed = once(silent, 'close')
    const pinged = once(silent, 'ping')
    clock.advance(20_000)
    await pinged
    clock.advance(20_000)
    expect((await closed)[0]).toBe(1006)
  })

  it('leaves no timer behind', async () => {
    const socket = await greeted()
    socket.close()
    await once(socket, 'close')
    await vi.waitFor(() => {
      expect(clock.pendingTimers).toBe(0)
    })
  })
})
