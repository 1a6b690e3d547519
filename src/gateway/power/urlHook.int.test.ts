import { createHash, createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../shared/node/index.ts'
import { makeCertificate } from '../../../test/tls/certificates.ts'
import { createUrlHook } from './urlHook.ts'

const SECRET = 'a secret of at least thirty-two characters'
const LIMITS = { connectMs: 2_000, totalMs: 5_000, answerBytes: 4_096 }
const never = new AbortController().signal
const open: (() => void)[] = []

afterEach(() => {
  for (const one of open.splice(0).reverse()) one()
})

async function listen(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  open.push(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  open.push(() => {
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${String(await listen(server))}/power?zone=a`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const hookAt = (url: string, limits = LIMITS) => createUrlHook({ url, secret: SECRET, clock: systemClock, limits })

describe('a power address', () => {
  it('is sent who is meant, signed so that nothing can be changed, moved or repeated', async () => {
    const seen: { headers: IncomingMessage['headers']; body: string; line: string }[] = []
    const url = await serve((request, response) => {
      void bodyOf(request).then((body) => {
        seen.push({ headers: request.headers, body, line: `${request.method ?? ''} ${request.url ?? ''}` })
        response.end(JSON.stringify({ success: true, msg: 'instance i-1 is booting' }))
      })
    })
    const hook = hookAt(url)
    expect(await hook.call('on', 'GPU-001', never)).toEqual({ success: true, msg: 'instance i-1 is booting' })
    await hook.call('on', 'GPU-001', never)
    const [first, second] = seen
    expect([first?.line, JSON.parse(first?.body ?? '')]).toEqual([
      'POST /power?zone=a',
      { action: 'on', server_id: 'GPU-001' },
    ])
    const signatures = seen.map(({ headers, body }) => {
      const hash = createHash('sha256').update(body).digest('hex')
      const { host, 'x-dhs-timestamp': at, 'x-dhs-nonce': nonce } = headers
      const signed = ['v1', 'POST', host, '/power?zone=a', at, nonce, hash].join('\n')
      return `v1=${createHmac('sha256', SECRET).update(signed).digest('hex')}`
    })
    expect(seen.map(({ headers }) => headers['x-dhs-signature'])).toEqual(signatures)
    expect(Math.abs(Number(first?.headers['x-dhs-timestamp']) - Date.now() / 1000)).toBeLessThan(5)
    expect(first?.headers['x-dhs-nonce']).not.toBe(second?.headers['x-dhs-nonce'])
    expect(JSON.stringify(seen)).not.toContain(SECRET)
  })

  it('succeeds by its status alone where it says nothing', async () => {
    const url = await serve((_, response) => {
      response.writeHead(204).end()
    })
    expect(await hookAt(url).call('off', 'GPU-001', never)).toEqual({ success: true, msg: 'power off was asked for' })
  })

  it.each([
    ['an error', 503, { msg: 'no capacity in this zone' }, 'HTTP 503: no capacity in this zone'],
    ['a refusal in a good answer', 200, { success: false, msg: 'unknown machine' }, 'HTTP 200: unknown machine'],
  ])('fails by %s, in its own words', async (_name, status, body, msg) => {
    const url = await serve((_request, response) => {
      response.writeHead(status).end(JSON.stringify(body))
    })
    expect(await hookAt(url).call('on', null, never)).toEqual({ success: false, msg })
  })

  it('is not followed to another place', async () => {
    let visits = 0
    const url = await serve((request, response) => {
      visits += 1
      response.writeHead(307, { location: `${request.url ?? ''}&again` }).end()
    })
    expect(await hookAt(url).call('on', null, never)).toEqual({
      ...{ success: false, msg: 'HTTP 307: redirects are not followed' },
    })
    expect(visits).toBe(1)
  })

  it('is not listened to for ever, nor for megabytes', async () => {
    const endless = await serve((_, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(16_384)));
        response.once('drain', more)
      }
      more()
    })
    expect(await hookAt(endless).call('on', null, never)).toEqual({
      ...{ success: false, msg: 'the answer is longer than 4096 bytes' },
    })
    const silent = await serve(() => undefined)
    expect(await hookAt(silent, { ...LIMITS, totalMs: 100 }).call('on', null, never)).toEqual({
      ...{ success: false, msg: 'the answer took too long' },
    })
  })

  it('is not called any more when the gateway has stopped, and left when it stops', async () => {
    let visits = 0
    const stopping = new AbortController()
    const url = await serve(() => {
      visits += 1
      stopping.abort(new Error('the gateway stops'))
    })
    await expect(hookAt(url).call('off', 'GPU-001', stopping.signal)).rejects.toThrow('the gateway stops')
    await expect(hookAt(url).call('off', 'GPU-001', stopping.signal)).rejects.toThrow('the gateway stops')
    expect(visits).toBe(1)
  })

  it('that accepts and says nothing of TLS is not waited for', async () => {
    const server = createTcpServer()
    const port = await listen(server)
    const hook = hookAt(`https://127.0.0.1:${String(port)}/`, { ...LIMITS, connectMs: 100 })
    expect(await hook.call('on', null, never)).toEqual({ success: false, msg: 'the address does not answer' })
  })

  it('must prove its certificate', async () => {
    const certificate = await makeCertificate()
    open.push(() => void certificate.dispose())
    let visits = 0
    const server = createTlsServer(
      { cert: certificate.certPem, key: await readFile(certificate.keyFile) },
      (_, response) => {
        visits += 1
        response.end()
      },
    )
    const port = await listen(server)
    const outcome = await hookAt(`https://127.0.0.1:${String(port)}/`).call('on', null, never)
    expect(outcome.success).toBe(false)
    expect(outcome.msg).toMatch(/^the call failed \([A-Z_]*(?:CERT|SIGNATURE|SIGNED)[A-Z_]*\)$/)
    expect(visits).toBe(0)
  })

  it('nobody listens at is a failed call', async () => {
    expect(await hookAt('http://127.0.0.1:9/').call('on', null, never)).toEqual({
      ...{ success: false, msg: 'the call failed (ECONNREFUSED)' },
    })
  })
})
