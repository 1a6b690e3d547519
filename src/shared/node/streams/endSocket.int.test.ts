import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { endSocket } from './endSocket.ts'

const opened: { destroy(): void }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy()
})

/** Both ends of a connection; the server's has no listener, as HTTP leaves it to an upgrade. */
async function pair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  far.on('error', () => undefined)
  const [near] = (await once(server, 'connection')) as [Socket]
  opened.push(near, far)
  server.close()
  return { near, far }
}

it('gives a socket back when its words are out, also to a peer that never closes', async () => {
  const { near, far } = await pair()
  endSocket(near, 'no', 60_000)
  await once(near, 'close')
  const [words] = (await once(far, 'data')) as [Buffer]
  expect(words.toString()).toBe('no')
})

it('gives it back after a while to a peer that reads nothing', async () => {
  const { near, far } = await pair()
  far.pause()
  near.write(Buffer.alloc(64 * 1024 * 1024))
  endSocket(near, 'no', 50)
  await once(near, 'close')
  expect(near.writableFinished).toBe(false)
})

it('is told of a peer’s reset without an error of its own', async () => {
  const { near, far } = await pair()
  near.write(Buffer.alloc(64 * 1024 * 1024))
  endSocket(near, 'no', 60_000)
  const closed = new Promise((resolve) => near.once('close', resolve))
  far.resetAndDestroy()
  await closed
  endSocket(near, 'no')
  expect([near.destroyed, near.listenerCount('error') > 0]).toEqual([true, true])
})
