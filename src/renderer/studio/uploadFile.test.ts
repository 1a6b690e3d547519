import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { uploadFile } from './uploadFile.ts'

const HANDLE = `h_${'5'.repeat(32)}`
const CONTENT = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31) % 251)

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Host {
  readonly origin: string
  /** What every request said: method, offset, token. */
  readonly seen: string[]
  readonly received: () => Buffer
}

/** What the host does with a PUT. */
type Plan = (request: IncomingMessage, response: ServerResponse, host: { bytes: Buffer }) => Promise<void>

async function startHost(plan: Plan): Promise<Host> {
  const state = { bytes: Buffer.alloc(0) }
  const seen: string[] = []
  const server = createServer((request, response) => {
    // The page of a test has another origin than this host.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization, upload-offset')
    response.setHeader('access-control-allow-methods', 'PUT, HEAD')
    response.setHeader('access-control-expose-headers', 'upload-offset')
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end()
      return
    }
    seen.push(
      `${request.method ?? ''} ${String(request.headers['upload-offset'] ?? '-')} ${request.headers.authorization ?? ''}`,
    )
    if (request.method === 'HEAD') response.writeHead(200, { 'upload-offset': state.bytes.length }).end()
    else plan(request, response, state).catch(() => undefined)
  })
  servers.push(server)
  const listening = Promise.withResolvers<undefined>()
  server.listen(0, '127.0.0.1', () => listening.resolve(undefined))
  await listening.promise
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { origin: `http://127.0.0.1:${address.port}`, seen, received: () => state.bytes }
}

/** Reads the body to its end, or to `limit` bytes. */
async function take(request: IncomingMessage, host: { bytes: Buffer }, limit = Infinity): Promise<void> {
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    host.bytes = Buffer.concat([host.bytes, chunk.subarray(0, Math.max(0, limit - host.bytes.length))])
    if (host.bytes.length >= limit) return
  }
}

const send = (origin: string, over: { signal?: AbortSignal; onProgress?: (fraction: number) => void } = {}) =>
  uploadFile(new File([CONTENT], 'talk.wav'), {
    origin,
    token: 'page-token',
    signal: over.signal ?? new AbortController().signal,
    onProgress: over.onProgress ?? (() => undefined),
  })

describe('upload to the web host', () => {
  it('sends the file once and answers its handle', async () => {
    const fractions: number[] = []
    const host = await startHost(async (request, response, state) => {
      await take(request, state)
      response.writeHead(201).end(JSON.stringify({ handle: HANDLE }))
    })
    expect(await send(host.origin, { onProgress: (fraction) => fractions.push(fraction) })).toBe(HANDLE)
    expect(host.seen).toEqual(['PUT 0 Bearer page-token'])
    expect(host.received().equals(CONTENT)).toBe(true)
    expect(fractions.at(-1)).toBe(1)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  })

  it('asks after a break how far the host got, and sends only the rest', async () => {
    const host = await startHost(async (request, response, state) => {
      if (state.bytes.length === 0) {
        const { socket } = request
        await take(request, state, 120_000)
        socket.destroy()
        return
      }
      await take(request, state)
      response.writeHead(201).end(JSON.stringify({ handle: HANDLE }))
    })
    expect(await send(host.origin)).toBe(HANDLE)
    expect(host.seen.map((line) => line.replace(' Bearer page-token', ''))).toEqual(['PUT 0', 'HEAD -', 'PUT 120000'])
    expect(host.received().equals(CONTENT)).toBe(true)
  })

  it('goes on at the host’s offset when it refuses the page’s', async () => {
    let first = true
    const host = await startHost(async (request, response, state) => {
      if (first) {
        first = false
        request.resume()
        state.bytes = Buffer.from(CONTENT.subarray(0, 50_000))
        response.writeHead(409).end()
        return
      }
      await take(request, state)
      response.writeHead(200).end(JSON.stringify({ handle: HANDLE }))
    })
    expect(await send(host.origin)).toBe(HANDLE)
    expect(host.seen.at(-1)).toBe('PUT 50000 Bearer page-token')
    expect(host.received().equals(CONTENT)).toBe(true)
  })

  it('tells a refusal with its code, and does not try again', async () => {
    const refusing = await startHost(async (request, response, state) => {
      await take(request, state)
      const error = new AppError('FILE_TOO_LARGE', { data: { file: 'talk.wav', limit: '1 kB' } }).toJSON()
      response.writeHead(413).end(JSON.stringify({ error }))
    })
    await expect(send(refusing.origin)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
    expect(refusing.seen).toHaveLength(1)
  })

  it('stops when the person stops it', async () => {
    const stop = new AbortController()
    const host = await startHost(async (request, _response, state) => {
      await take(request, state, 1)
      stop.abort(new Error('stopped'))
    })
    await expect(send(host.origin, { signal: stop.signal })).rejects.toThrow('stopped')
    expect(host.seen).toHaveLength(1)
  })
})
