import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { floodUntil } from '../testing/floodUntil.ts'
import { createHeardLog } from '../testing/heardLog.ts'
import { head, rawHttp } from '../testing/rawHttp.ts'
import { OPCODE, openRawWebSocket } from '../testing/rawWebSocket.ts'
import type { BentFrame, RawWebSocket } from '../testing/rawWebSocket.ts'
import { openLine } from '../testing/scriptedWorker.ts'
import type { Line } from '../testing/scriptedWorker.ts'

const UPGRADE = [
  ...['Upgrade: websocket', 'Connection: Upgrade'],
  ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
]
const PING = JSON.stringify({ type: 'ping' })

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench({ timings: { socketAuthMs: 60_000 } })
})

afterAll(async () => {
  expect((await at.call('/api/heygem/health')).status).toBe(200)
  await at.dispose()
})

async function dsp(...headers: readonly string[]): Promise<RawWebSocket> {
  const socket = await openRawWebSocket(at.port, '/dsp', ...headers)
  await vi.waitFor(() => {
    expect(socket.texts[0]).toContain('connected')
  })
  return socket
}

/** The code the server closes with when it gets these frames. */
async function closeCodeFor(...frames: readonly BentFrame[]): Promise<number> {
  const socket = await dsp()
  socket.send(...frames)
  const closeCode = await socket.closed
  return closeCode
}

function text(payload: string, more: Partial<BentFrame> = {}): BentFrame {
  return { opcode: OPCODE.text, payload, ...more }
}

describe('before the upgrade', () => {
  it('refuses pages of other origins with 403 (B043)', async () => {
    for (const origin of ['null', 'https://evil.test', `http://127.0.0.1:${String(at.port)}.evil.test`]) {
      const { status, code } = await rawHttp(
        at.port,
        head(at.port, 'GET /dsp HTTP/1.1', `Origin: ${origin}`, ...UPGRADE),
      )
      expect([status, code]).toEqual([403, 'ORIGIN_NOT_ALLOWED'])
    }
  })

  it('negotiates no compression (B052)', async () => {
    const socket = await dsp('Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits')
    expect(socket.head).toMatch(/^HTTP\/1\.1 101 /)
    expect(socket.head.toLowerCase()).not.toContain('sec-websocket-extensions')
    socket.cut()
  })

  it('answers 503 when all places are taken, whatever the address (B066)', async () => {
    const small = await startGatewayBench({ limits: { maxWebSockets: 3, maxWebSocketsPerAddress: 100 } })
    const lines: Line[] = []
    try {
      for (let count = 0; count < 3; count++) lines.push(openLine(small.dspUrl))
      for (const line of lines) await line.next('connected')
      for (const path of ['/dsp', '/socket.io/?EIO=4&transport=websocket', '/ws/progress/t_1']) {
        const { status, code } = await rawHttp(small.port, head(small.port, `GET ${path} HTTP/1.1`, ...UPGRADE))
        expect([status, code]).toEqual([503, 'RATE_LIMITED'])
      }
    } finally {
      for (const line of lines) await line.cut()
      await small.dispose()
    }
  })
})

describe('frames that break the protocol', () => {
  it('closes 1009 on a frame that is or says it is too long, before it comes (B048)', async () => {
    expect(await closeCodeFor(text('x'.repeat(300 * 1024)))).toBe(1009)
    expect(await closeCodeFor(text('x', { declaredLength: 2n ** 53n }))).toBe(1009)
    // Above what a number can hold, ws does not even ask for its size.
    expect(await closeCodeFor(text('x', { declaredLength: 2n ** 62n }))).toBe(1009)
  })

  it('closes a message that comes in too many parts, or in parts without an end (B049)', async () => {
    const part: BentFrame = { opcode: OPCODE.continuation, payload: 'x', fin: false }
    const crumbs = [text('x', { fin: false }), ...Array.from({ length: 100_000 }, () => part)]
    expect(await closeCodeFor(...crumbs)).toBe(1008)
    const large: BentFrame = { ...part, payload: 'x'.repeat(32 * 1024) }
    expect(await closeCodeFor(text('x', { fin: false }), ...Array.from({ length: 10 }, () => large))).toBe(1009)
  })

  it('closes 1002 on what no client may send, and 1007 on what is no UTF-8 (B050)', async () => {
    const bent: readonly BentFrame[] = [
      text(PING, { isMasked: false }),
      ...[1, 2, 4].map((rsv) => text(PING, { rsv })),
      ...[3, 7, 11, 15].map((opcode) => ({ opcode, payload: 'x' })),
      { opcode: OPCODE.continuation, payload: 'x' },
      { opcode: OPCODE.ping, payload: 'x'.repeat(126) },
      { opcode: OPCODE.ping, payload: 'x', fin: false },
      // 1005 and 1006 say that no code was sent: they may not be sent themselves.
      ...[[0x03, 0xed], [0x03, 0xee], [0x00, 0x01], [0x03]].map((code) => ({
        opcode: OPCODE.close,
        payload: Buffer.from(code),
      })),
    ]
    for (const frame of bent) expect([frame, await closeCodeFor(frame)]).toEqual([frame, 1002])
    for (const bytes of [
      [0xff, 0xfe],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
    ]) {
      expect(await closeCodeFor({ opcode: OPCODE.text, payload: Buffer.from(bytes) })).toBe(1007)
    }
  })

  it('closes 4400 on a binary frame (B051)', async () => {
    expect(await closeCodeFor({ opcode: OPCODE.binary, payload: PING })).toBe(4400)
  })

  it('closes 4429 on a flood of pings, pongs or frames (B053)', async () => {
    for (const opcode of [OPCODE.ping, OPCODE.pong]) {
      expect(await closeCodeFor(...Array.from({ length: 10_000 }, () => ({ opcode, payload: 'x' })))).toBe(4429)
    }
    expect(await closeCodeFor(...Array.from({ length: 200 }, () => text(PING)))).toBe(4429)
  })
})

describe('a reader that does not read (F41)', () => {
  it('is closed 4408 when too much waits for it, and nobody else notices', async () => {
    const { log, heard } = createHeardLog()
    const small = await startGatewayBench({
      log,
      limits: { maxUnreadBytes: 64 * 1024, messagesPerSecond: 1_000_000 },
      timings: { socketAuthMs: 60_000 },
    })
    try {
      const socket = await openRawWebSocket(small.port, '/dsp')
      socket.pause()
      const other = openLine(small.dspUrl)
      await other.next('connected')
      const pings = Array.from({ length: 20_000 }, () => text(PING))
      await floodUntil(heard('does not read'), async () => {
        socket.send(...pings)
        other.send({ type: 'ping' })
        await other.next('pong')
      })
      socket.resume()
      expect(await socket.closed).toBe(4408)
      await other.cut()
    } finally {
      await small.dispose()
    }
  })
})
