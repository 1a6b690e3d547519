import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { OPCODE, openRawWebSocket } from '../testing/rawWebSocket.ts'
import type { RawWebSocket } from '../testing/rawWebSocket.ts'

const PATH = '/socket.io/?EIO=4&transport=websocket'
const WAIT = { timeout: 10_000 }

let at: GatewayBench
let enter: string
const opened: RawWebSocket[] = []

beforeEach(async () => {
  at = await startGatewayBench({ settings: { sockets_per_tenant: 2 } })
  enter = `40${JSON.stringify({ token: at.licenseKey })}`
})

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.cut()
  await at.dispose()
})

async function open(): Promise<RawWebSocket> {
  const socket = await openRawWebSocket(at.port, PATH)
  opened.push(socket)
  return socket
}

function say(socket: RawWebSocket, ...packets: readonly string[]): void {
  socket.send(...packets.map((payload) => ({ opcode: OPCODE.text, payload })))
}

async function answers(socket: RawWebSocket, start: RegExp, count: number): Promise<readonly string[]> {
  const found = (): readonly string[] => socket.texts.filter((text) => start.test(text))
  await vi.waitFor(() => {
    expect(found()).toHaveLength(count)
  }, WAIT)
  return found()
}

/** `40` lets in, `44` refuses. */
async function tryToEnter(): Promise<string> {
  const socket = await open()
  say(socket, enter)
  return (await answers(socket, /^4[04]/, 1))[0] ?? ''
}

describe('the places of a licence', () => {
  it('are not taken by a connection that is gone before it is let in', async () => {
    for (let count = 0; count < 4; count += 1) {
      const gone = await open()
      // In one piece: the second one closes the connection while the first one is looked at.
      say(gone, enter, '4 is no packet')
      await gone.closed
    }
    expect(await tryToEnter()).toMatch(/^40/)
    expect(await tryToEnter()).toMatch(/^40/)
    expect(await tryToEnter()).toContain('SOCKETS_FULL_TENANT')
  })

  it('are one for each connection, however often it leaves and enters', async () => {
    const again = await open()
    say(again, enter)
    for (let count = 1; count < 5; count += 1) {
      await answers(again, /^40/, count)
      // Its refusal tells that it has left.
      say(again, '41', '40/other,{}')
      await answers(again, /^44\/other,/, count)
      say(again, enter)
    }
    await answers(again, /^40/, 5)
    expect(await tryToEnter()).toMatch(/^40/)
    expect(await tryToEnter()).toContain('SOCKETS_FULL_TENANT')
  })
})
