import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { takeChunks } from './takeChunks.ts'

describe('takeChunks', () => {
  it('hands over every chunk and waits when asked to', async () => {
    const taken: string[] = []
    let isBusy = false
    await takeChunks(Readable.from(['a', 'b', 'c'].map((text) => Buffer.from(text))), (chunk) => {
      expect(isBusy).toBe(false)
      isBusy = true
      return Promise.resolve().then(() => {
        isBusy = false
        taken.push(chunk.toString())
      })
    })
    expect(taken).toEqual(['a', 'b', 'c'])
  })

  it('rejects with what the source broke with, and when it just ends early', async () => {
    const broken = new PassThrough()
    const reason = new Error('reset')
    const rejected = expect(takeChunks(broken, () => undefined)).rejects.toBe(reason)
    broken.write('a')
    broken.destroy(reason)
    await rejected
    await expect(takeChunks(broken, () => undefined)).rejects.toBe(reason)
    const cut = new PassThrough()
    const early = expect(takeChunks(cut, () => undefined)).rejects.toThrow('ended early')
    cut.destroy()
    await early
  })

  it('leaves a source whose bytes are refused paused and alive', async () => {
    const source = new PassThrough()
    const refusal = new Error('too long')
    const refused = expect(
      takeChunks(source, () => {
        throw refusal
      }),
    ).rejects.toBe(refusal)
    source.write('a')
    await refused
    expect(source.isPaused()).toBe(true)
    expect(source.destroyed).toBe(false)
  })

  describe('from a connection', () => {
    const SIZE = 128 * 1024 * 1024
    let server: Server | undefined
    afterEach(() => {
      server?.closeAllConnections()
      server?.close()
    })

    async function fetchAll(body: Buffer): Promise<IncomingMessage> {
      server = createServer((_, response) => {
        const write = (sentBytes: number): void => {
          if (sentBytes >= SIZE) response.end()
          else response.write(body, () => write(sentBytes + body.byteLength))
        }
        write(0)
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      return new Promise((resolve) => get({ port: address.port, host: '127.0.0.1' }, resolve))
    }

    it('takes the right bytes and gives their memory back at once', async () => {
      const body = randomBytes(1024 * 1024)
      const response = await fetchAll(body)
      const hash = createHash('md5')
      const beforeBytes = process.memoryUsage().arrayBuffers
      let peakBytes = 0
      let chunks = 0
      await takeChunks(response, (chunk) => {
        hash.update(chunk)
        chunks += 1
        peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - beforeBytes)
        return chunks % 64 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined
      })
      const expected = createHash('md5')
      for (let bytes = 0; bytes < SIZE; bytes += body.byteLength) expected.update(body)
      expect(hash.digest('hex')).toBe(expected.digest('hex'))
      // The garbage collector alone lets more than 70 MB of them pile up.
      expect(peakBytes).toBeLessThan(16 * 1024 * 1024)
    })
  })
})
