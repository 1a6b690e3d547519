import { readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HTTP_ROUTES } from '../../protocol/http/index.ts'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { head } from '../testing/rawHttp.ts'
import { onLinux } from '../../../test/platform/onLinux.ts'

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench({ timings: { jsonBodyMs: 150, uploadCheckMs: 150, downloadCheckMs: 50 } })
})

afterAll(async () => {
  await at.dispose()
})

/** Sends the beginning of a request and nothing more; resolves when the server gives up. */
function stall(...lines: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve) => {
    const [line, ...headers] = lines
    const socket: Socket = connect({ port: at.port, host: '127.0.0.1' }, () => {
      socket.write(`${head(at.port, line, `Authorization: Bearer ${at.licenseKey}`, ...headers)}{"half":`)
    })
    let text = ''
    socket.on('data', (data) => {
      text += data.toString()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(text)
    })
  })
}

describe('bodies that do not arrive', () => {
  it('end their connection: JSON after its deadline, an upload below the least rate', async () => {
    const json = stall('POST /api/heygem/task/submit HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 500')
    const form = 'Content-Type: multipart/form-data; boundary=x'
    const upload = stall('POST /api/heygem/upload_file HTTP/1.1', form, 'Content-Length: 5000000')
    expect([await json, await upload].map((text) => text.includes('200 OK'))).toEqual([false, false])
    expect((await at.call('/api/heygem/health')).status).toBe(200)
  })
})

/** However slow the machine is. */
const SOON = { timeout: 15_000 }

/** How often this process has the file open. */
function openings(name: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith(name)
    } catch {
      return false
    }
  }).length
}

describe.skipIf(!onLinux('answers that are not read'))('answers that are not read', () => {
  it('end their connection below the least rate, and the file is closed', async () => {
    // More than two ends of a connection buffer.
    const { md5, sha256, size } = await at.upload(Buffer.alloc(48 * 1024 * 1024), '.mp4')
    const socket = connect({ port: at.port, host: '127.0.0.1' })
    socket.on('error', () => undefined).pause()
    socket.write(head(at.port, `GET ${HTTP_ROUTES.pool}/${md5}.mp4 HTTP/1.1`, `Authorization: Bearer ${at.licenseKey}`))
    await vi.waitFor(() => {
      expect(openings(sha256)).toBe(1)
    }, SOON)
    await vi.waitFor(() => {
      expect(openings(sha256)).toBe(0)
    }, SOON)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    await closed
    expect(socket.bytesRead).toBeGreaterThan(0)
    expect(socket.bytesRead).toBeLessThan(size)
  })
})
