import { createServer, request } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { AppError, createFakeClock } from '../../index.ts'
import { fileResponse, sendFile } from './fileResponder.ts'
import type { ServedFile } from './fileResponder.ts'
import { onLinux } from '../../../../test/platform/onLinux.ts'

const SIZE_BYTES = 3_000_000
const content = Buffer.from(Uint8Array.from({ length: SIZE_BYTES }, (_, index) => (index * 31) % 251))

/** More than two ends of a connection buffer. */
const LARGE_BYTES = 96 * 1024 * 1024
const WINDOW_MS = 60_000
/** However slow the machine is. */
const SOON = { timeout: 10_000 }
const clock = createFakeClock()
const patience = { clock, everyMs: WINDOW_MS, leastBytes: 1, savedWindows: 0 }

let dir: string
let server: Server
let url: string
let file: ServedFile
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-range-'))
  file = { path: join(dir, 'clip.mp4'), contentType: 'video/mp4', etag: 'abc' }
  writeFileSync(file.path, content)
  server = createServer((incoming, response) => {
    const path = incoming.url === '/missing' ? join(dir, 'missing') : incoming.url === '/dir' ? dir : file.path
    sendFile(incoming, response, { ...file, path }, patience).catch((error: unknown) => {
      response.writeHead(404).end(AppError.from(error).code)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(dir, { recursive: true })
})

/** One behaviour, two doors. */
const DOORS: readonly [string, (init?: RequestInit) => Promise<Response>][] = [
  ['sendFile', (init) => fetch(`${url}/clip`, init)],
  ['fileResponse', (init) => fileResponse(new Request('http://studio/clip', init), file)],
]

describe.each(DOORS)('%s', (_name, ask) => {
  const bytes = async (init?: RequestInit): Promise<[number, Buffer]> => {
    const response = await ask(init)
    return [response.status, Buffer.from(await response.arrayBuffer())]
  }

  it('gives the whole file', async () => {
    const [status, body] = await bytes()
    expect([status, body.equals(content)]).toEqual([200, true])
  })

  it('gives parts across chunk borders, and the last bytes', async () => {
    const middle = await bytes({ headers: { range: 'bytes=262143-900000' } })
    expect([middle[0], middle[1].equals(content.subarray(262143, 900001))]).toEqual([206, true])
    const last = await bytes({ headers: { range: 'bytes=-5' } })
    expect(last).toEqual([206, content.subarray(-5)])
  })

  it('refuses several ranges with the size', async () => {
    const response = await ask({ headers: { range: 'bytes=0-,0-' } })
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${String(SIZE_BYTES)}`])
  })

  it('answers HEAD with headers only', async () => {
    const response = await ask({ method: 'HEAD' })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(SIZE_BYTES)])
    expect((await response.arrayBuffer()).byteLength).toBe(0)
  })

  it('answers 304 to a known tag, and the whole file to If-Range with another', async () => {
    expect((await ask({ headers: { 'if-none-match': 'W/"x", "abc"' } })).status).toBe(304)
    const stale = await ask({ headers: { range: 'bytes=0-1', 'if-range': '"other"' } })
    await stale.body?.cancel()
    expect(stale.status).toBe(200)
    expect((await ask({ headers: { range: 'bytes=0-1', 'if-range': '"abc"' } })).status).toBe(206)
  })
})

describe('what cannot be served', () => {
  it('is refused before anything is sent', async () => {
    const codes = await Promise.all(['/missing', '/dir'].map(async (path) => (await fetch(url + path)).text()))
    expect(codes).toEqual(['FILE_NOT_FOUND', 'NOT_A_FILE'])
  })
})

it.skipIf(!onLinux('a file that breaks off'))('closes a file that cannot be read any more', async () => {
  // A regular file by its looks, of which no byte at 0 can be read.
  const path = '/proc/self/mem'
  const opened = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).endsWith('/mem')
      } catch {
        return false
      }
    }).length
  const response = await fileResponse(new Request('http://studio/clip'), { path, contentType: 'video/mp4' })
  expect(opened()).toBe(1)
  await expect(response.arrayBuffer()).rejects.toThrow()
  await vi.waitFor(() => {
    expect(opened()).toBe(0)
  })
})

describe.skipIf(!onLinux('clients that leave'))('clients that leave', () => {
  const openCount = (): number => readdirSync('/proc/self/fd').length

  it('leave no open file behind', async () => {
    const before = openCount()
    for (let count = 0; count < 5; count += 1) {
      await new Promise<void>((resolve, reject) => {
        const outgoing = request(`${url}/clip`, { agent: false }, (response) => {
          response.once('data', () => {
            outgoing.destroy()
            resolve()
          })
          response.on('error', () => undefined)
        })
        outgoing.on('error', reject)
        outgoing.end()
      })
      await (await fileResponse(new Request('http://studio/clip'), file)).body?.cancel()
    }
    await vi.waitFor(() => {
      expect(openCount()).toBeLessThanOrEqual(before)
    })
  })
})

describe('a client that stops to read', () => {
  /** Asks for a large file; `sent` settles when the server is through with it, `left` is what the system took. */
  async function ask() {
    const path = join(dir, 'large.mp4')
    writeFileSync(path, '')
    truncateSync(path, LARGE_BYTES)
    const { promise, resolve } = Promise.withResolvers<{ readonly socket: Socket; readonly sent: Promise<void> }>()
    const large = createServer((incoming, response) => {
      const sent = sendFile(incoming, response, { path, contentType: 'video/mp4' }, patience)
      resolve({ socket: incoming.socket, sent })
    })
    await new Promise<void>((listening) => large.listen(0, '127.0.0.1', listening))
    const client = connect((large.address() as AddressInfo).port, '127.0.0.1')
    client.pause()
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    const { socket, sent } = await promise
    const left = (): number => socket.bytesWritten - socket.writableLength
    await vi.waitFor(() => {
      expect(socket.writableLength).toBeGreaterThan(0)
    }, SOON)
    const close = async (): Promise<void> => {
      client.destroy()
      await new Promise((closed) => large.close(closed))
    }
    return { client, sent, left, close }
  }

  /** Takes so many bytes more. */
  async function read(client: Socket, bytes: number): Promise<void> {
    let taken = 0
    await new Promise<void>((resolve) => {
      client.on('data', (chunk) => {
        taken += chunk.byteLength
        if (taken >= bytes) resolve()
      })
      client.resume()
    })
    client.pause().removeAllListeners('data')
  }

  it('loses its connection, and the file is closed', async () => {
    const { client, sent, close } = await ask()
    let isOver = false
    void sent.finally(() => {
      isOver = true
    })
    await vi.waitFor(() => {
      clock.advance(WINDOW_MS)
      expect(isOver).toBe(true)
    }, SOON)
    await expect(sent).resolves.toBeUndefined()
    const ended = new Promise((resolve) => client.once('close', resolve))
    client.on('error', () => undefined).resume()
    await ended
    expect(client.bytesRead).toBeLessThan(LARGE_BYTES)
    expect(clock.pendingTimers).toBe(0)
    await close()
  })

  it('is waited for as long as it goes on now and then', async () => {
    const { client, sent, left, close } = await ask()
    for (let window = 0; window < 10; window++) {
      const before = left()
      await read(client, 4 * 1024 * 1024)
      await vi.waitFor(() => {
        expect(left()).toBeGreaterThan(before)
      }, SOON)
      clock.advance(WINDOW_MS)
    }
    const ended = new Promise((resolve) => client.once('close', resolve))
    client.resume()
    await sent
    await ended
    expect(client.bytesRead).toBeGreaterThan(LARGE_BYTES)
    expect(clock.pendingTimers).toBe(0)
    await close()
  })
})
