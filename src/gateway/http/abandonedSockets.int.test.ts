import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sayAndStay } from '../../../test/sockets/halfOpenClient.ts'
import { makeCertificate } from '../../../test/tls/certificates.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { head } from '../testing/rawHttp.ts'
import { openRawWebSocket } from '../testing/rawWebSocket.ts'
import { submit } from '../testing/taskCalls.ts'
import { onLinux } from '../../../test/platform/onLinux.ts'

const UPGRADE = [
  ...['Upgrade: websocket', 'Connection: Upgrade'],
  ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
]
/** The first byte has bits that no frame has. */
const NO_FRAME = 'garbage'
const WAIT = { timeout: 15_000 }

const cleanUps: (() => unknown)[] = []
const escaped: unknown[] = []
const onEscape = (error: unknown): void => void escaped.push(error)

beforeEach(() => {
  process.on('uncaughtException', onEscape)
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  process.off('uncaughtException', onEscape)
  expect(escaped.splice(0)).toEqual([])
})

async function start(overrides: Parameters<typeof startGatewayBench>[0] = {}): Promise<GatewayBench> {
  const at = await startGatewayBench(overrides)
  cleanUps.push(() => at.dispose())
  return at
}

function open(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  cleanUps.push(() => socket.destroy())
  return socket
}

describe('a client that breaks off', () => {
  it('after a CONNECT ends nobody but itself', async () => {
    const at = await start()
    const connectHead = head(at.port, 'CONNECT a:1 HTTP/1.1')
    for (let count = 0; count < 5; count += 1) {
      const answered = open(at.port)
      answered.write(connectHead)
      await once(answered, 'data')
      answered.resetAndDestroy()
      const unanswered = open(at.port)
      unanswered.write(connectHead, () => unanswered.resetAndDestroy())
      await once(unanswered, 'close')
    }
    expect((await at.call('/api/heygem/health')).status).toBe(200)
    expect(escaped).toEqual([])
  })

  it('on a progress socket that was refused, with what is no frame, ends nobody but itself', async () => {
    const at = await start({ settings: { sockets_per_tenant: 1 } })
    const { task_id: taskId } = await submit(at)
    const path = `/ws/progress/${taskId}?token=${at.licenseKey}`
    const first = await openRawWebSocket(at.port, path)
    cleanUps.push(() => {
      first.cut()
    })
    const refused = open(at.port)
    let told = ''
    refused.on('data', (data: Buffer) => {
      told += data.toString('latin1')
    })
    refused.write(head(at.port, `GET ${path} HTTP/1.1`, ...UPGRADE) + NO_FRAME)
    await vi.waitFor(() => {
      expect(told).toContain('too many connections')
    }, WAIT)
    refused.destroy()
    expect((await at.call('/api/heygem/health')).status).toBe(200)
    expect(escaped).toEqual([])
  })
})

describe('a client that never closes', () => {
  it('is given back whole after each kind of refusal', async () => {
    const at = await start({ limits: { maxWebSocketsPerAddress: 1 } })
    const upgradeTo = (path: string): string => head(at.port, `GET ${path} HTTP/1.1`, ...UPGRADE)
    expect(await sayAndStay(at.port, head(at.port, 'CONNECT a:1 HTTP/1.1'))).toContain('METHOD_NOT_ALLOWED')
    expect(await sayAndStay(at.port, 'GET / HTTP/1.1\r\nno header\r\n\r\n')).toContain('BAD_REQUEST')
    // One at a time may be open: each of these finds the place of the one before it free again.
    expect(await sayAndStay(at.port, upgradeTo('/nope'))).toContain('ROUTE_NOT_FOUND')
    expect(await sayAndStay(at.port, upgradeTo('/ws/progress/x'))).toContain('AUTH_REQUIRED')
    expect(await sayAndStay(at.port, upgradeTo('/socket.io/?EIO=3&transport=websocket'))).toContain('Unsupported')
    const held = await openRawWebSocket(at.port, '/dsp')
    cleanUps.push(() => {
      held.cut()
    })
    expect(await sayAndStay(at.port, upgradeTo('/dsp'))).toContain('RATE_LIMITED')
  })

  it('is given back when it begins no TLS either', async () => {
    const own = await makeCertificate()
    cleanUps.push(() => own.dispose())
    const at = await startGatewayBench({ tls: own, timings: { tlsHandshakeMs: 50 } })
    cleanUps.push(() => at.dispose())
    const silent = open(at.port)
    silent.resume()
    await once(silent, 'close')
    expect(silent.destroyed).toBe(true)
  })

  it.skipIf(!onLinux('TCP keep-alive'))('is asked by the kernel whether it is still there', async () => {
    const at = await start()
    const worker = open(at.port)
    worker.write(head(at.port, 'GET /dsp HTTP/1.1', ...UPGRADE))
    await once(worker, 'data')
    expect(await kernelTimer(at.port, worker.localPort ?? 0)).toBe(KEEP_ALIVE_TIMER)
  })
})

const KEEP_ALIVE_TIMER = '02'

/** Which timer runs for the server's end of a connection, as the kernel's own table tells it. */
async function kernelTimer(serverPort: number, clientPort: number): Promise<string | undefined> {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/))
  const row = rows.find(
    ([, local, remote]) => local?.endsWith(`:${hex(serverPort)}`) && remote?.endsWith(`:${hex(clientPort)}`),
  )
  return row?.[5]?.split(':')[0]
}
