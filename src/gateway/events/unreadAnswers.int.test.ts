import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { createHeardLog } from '../testing/heardLog.ts'
import { OPCODE, openRawWebSocket } from '../testing/rawWebSocket.ts'
import type { RawWebSocket } from '../testing/rawWebSocket.ts'
import { inputs } from '../testing/taskCalls.ts'

const TASKS = 100
const LIMITS = { maxUnreadBytes: 2 * 1024 * 1024, messagesPerSecond: 1_000_000 }

let at: GatewayBench
let socket: RawWebSocket
let cursor: string
let isClosing: Promise<void>

/** A client that knows the cursor before many tasks, so that each answer is some 100 KB long. */
beforeEach(async () => {
  const { log, heard } = createHeardLog()
  isClosing = heard('does not read')
  at = await startGatewayBench({ limits: LIMITS, log })
  socket = await openRawWebSocket(at.port, '/socket.io/?EIO=4&transport=websocket')
  send(`40${JSON.stringify({ token: at.licenseKey })}`)
  await vi.waitFor(() => {
    expect(answers('40')).toHaveLength(1)
  })
  send('420["tasks.since",{"cursor":null}]')
  await vi.waitFor(() => {
    expect(answers('430')).toHaveLength(1)
  })
  cursor = /"cursor":"([^"]+)"/.exec(answers('430')[0] ?? '')?.[1] ?? ''
  const json = await inputs(at)
  for (let count = 0; count < TASKS; count++) await at.call('/api/heygem/task/submit', { json })
})

afterEach(async () => {
  socket.cut()
  await at.dispose()
})

function send(...texts: readonly string[]): void {
  socket.send(...texts.map((payload) => ({ opcode: OPCODE.text, payload })))
}

function answers(start: string): readonly string[] {
  return socket.texts.filter((text) => text.startsWith(start))
}

function ask(first: number, count: number): void {
  const body = JSON.stringify(['tasks.since', { cursor, limit: 500 }])
  send(...Array.from({ length: count }, (_, index) => `42${String(first + index)}${body}`))
}

it('is closed 4408 when it asks on and on and never reads (F41)', async () => {
  socket.pause()
  const isOver = isClosing.then(() => true)
  let isTooSlow = false
  // The kernel takes some megabytes before anything waits in the gateway.
  for (let round = 0; round < 100 && !isTooSlow; round++) {
    ask(1 + round * 10, 10)
    const served = at.call('/api/heygem/health').then(() => false)
    isTooSlow = await Promise.race([isOver, served])
  }
  expect(isTooSlow).toBe(true)
  socket.resume()
  expect(await socket.closed).toBe(4408)
})

it('gets every answer, in the order it asked, when it reads later', async () => {
  socket.pause()
  ask(1000, 100)
  await at.call('/api/heygem/health')
  socket.resume()
  await vi.waitFor(
    () => {
      expect(answers('431')).toHaveLength(100)
    },
    { timeout: 15_000 },
  )
  const whole = answers('431')
  expect(whole.map((text) => Number(text.slice(2, 6)))).toEqual(Array.from({ length: 100 }, (_, index) => 1000 + index))
  expect(whole.every((text) => (text.match(/"task_id"/g)?.length ?? 0) >= TASKS)).toBe(true)
}, 30_000)
