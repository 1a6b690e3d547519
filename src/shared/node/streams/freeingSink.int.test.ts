import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { freeingSink } from './freeingSink.ts'

const CHUNK_BYTES = 256 * 1024
const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function makeChunks(count: number): { readonly chunks: Buffer[]; readonly sha256: string } {
  const chunks = Array.from({ length: count }, () => Buffer.from(new Uint8Array(randomBytes(CHUNK_BYTES)).buffer))
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return { chunks, sha256: hash.digest('hex') }
}

async function sha256Of(source: IncomingMessage): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(source, hash)
  return hash.digest('hex')
}

describe('freeingSink', () => {
  it('sends every byte of a request as it was, and has freed all of them afterwards', async () => {
    const { chunks, sha256 } = makeChunks(64)
    const received = Promise.withResolvers<string>()
    const port = await listen((req, res) => {
      sha256Of(req).then(received.resolve, received.reject)
      req.once('end', () => res.end())
    })
    const req = request({ port, method: 'PATCH', headers: { 'content-length': 64 * CHUNK_BYTES } })
    const answered = once(req, 'response')
    await pipeline(Readable.from([...chunks]), freeingSink(req))
    const [response] = (await answered) as [IncomingMessage]
    response.resume()
    expect({ sha256: await received.promise, kept: chunks.filter((chunk) => chunk.byteLength > 0).length }).toEqual({
      sha256,
      kept: 0,
    })
  })

  it('sends every byte of a response to a slow reader as it was', async () => {
    const { chunks, sha256 } = makeChunks(64)
    const port = await listen((_req, res) => void pipeline(Readable.from([...chunks]), freeingSink(res)))
    const req = request({ port }).end()
    const [response] = (await once(req, 'response')) as [IncomingMessage]
    expect(await sha256Of(response)).toBe(sha256)
  })

  it('ends the source when the other side goes away', async () => {
    const port = await listen((req) => req.once('data', () => req.destroy()))
    const source = Readable.from(endless())
    const req = request({ port, method: 'PATCH' })
    req.once('error', () => undefined)
    await expect(pipeline(source, freeingSink(req))).rejects.toThrow()
    expect([source.destroyed, req.destroyed]).toEqual([true, true])
  })
})

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(CHUNK_BYTES)
}
