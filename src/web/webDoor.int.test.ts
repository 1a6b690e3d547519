import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'
import { sayAndStay } from '../../test/sockets/halfOpenClient.ts'
import { codeOf, rawBytes, rawRequest } from './testing/rawRequest.ts'
import { openTestDoor } from './testing/openTestDoor.ts'
import type { TestDoor } from './testing/openTestDoor.ts'

let door: TestDoor
beforeAll(async () => {
  door = await openTestDoor()
})
afterAll(() => door.close())

const ask = (path: string, headers: Record<string, string | string[]> = {}, method = 'GET') =>
  rawRequest(door.origin + path, { headers, method })

/** Status and code of an answer. */
const refusal = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<unknown> => {
  const { status, body } = await ask(path, headers, method)
  return status >= 400 ? [status, codeOf(body)] : status
}

describe('the page', () => {
  it('comes with a nonce of its own in header and document, and is never stored', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const { headers, body } = await ask('/')
        const policy = String(headers['content-security-policy'])
        const nonce = /<meta name="csp-nonce" content="([^"]+)">/.exec(body)?.[1] ?? 'none in the page'
        expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`)
        expect(policy).toContain("default-src 'none'")
        expect(policy).not.toContain('script-src-attr')
        expect([headers['cache-control'], headers['x-content-type-options'], headers['x-frame-options']]).toEqual([
          'no-store',
          'nosniff',
          'DENY',
        ])
        return nonce
      }),
    )
    expect(new Set(nonces).size).toBe(2)
  })

  it('has immutable assets and other files that are asked for anew', async () => {
    const asset = await ask('/assets/index-Ab3_x-9Z.js')
    const icon = await ask('/icon.svg')
    expect([asset.headers['cache-control'], asset.headers['content-type'], asset.body]).toEqual([
      'public, max-age=31536000, immutable',
      'text/javascript; charset=utf-8',
      'export {}\n',
    ])
    expect([icon.status, icon.headers['cache-control']]).toEqual([200, 'no-cache'])
  })

  it('has nothing else', async () => {
    const paths = [
      '/notes.txt',
      '/../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/%2e%2e/x',
      '/assets',
      '/studio',
    ]
    expect(await Promise.all(paths.map((path) => refusal(path)))).toEqual(paths.map(() => [404, 'ROUTE_NOT_FOUND']))
    const methods = await Promise.all(['POST', 'DELETE', 'TRACE', 'OPTIONS'].map((method) => refusal('/', {}, method)))
    expect(methods).toEqual(methods.map(() => [405, 'METHOD_NOT_ALLOWED']))
  })

  it('answers in the language that is asked for', async () => {
    const { body } = await ask('/nothing', { 'accept-language': 'zh-CN,en;q=0.5' })
    expect(body).toContain('该地址不存在')
  })
})

describe('the head of a request', () => {
  it('is answered under exact host names only', async () => {
    const port = door.host.split(':')[1] ?? ''
    const good = [`localhost:${port}`, `LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]
    const bad = [
      'evil.test',
      `evil.test:${port}`,
      `localhost.:${port}`,
      'localhost',
      `127.0.0.1.nip.io:${port}`,
      'localhost:1',
    ]
    expect(await Promise.all(good.map((host) => refusal('/', { host })))).toEqual(good.map(() => 200))
    expect(await Promise.all(bad.map((host) => refusal('/', { host })))).toEqual(
      bad.map(() => [421, 'HOST_NOT_ALLOWED']),
    )
  })

  it('comes from our own page, but for a link that a person follows', async () => {
    const origins = ['null', 'https://evil.test', 'http://localhost:1', `https://${door.host}`]
    const sites = ['cross-site', 'same-site']
    const bad = [
      ...origins.map((origin) => ({ origin })),
      ...sites.map((site) => ({ 'sec-fetch-site': site, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' })),
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ]
    expect(await Promise.all(bad.map((headers) => refusal('/', headers)))).toEqual(
      bad.map(() => [403, 'ORIGIN_NOT_ALLOWED']),
    )
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect(await Promise.all([link, { origin: door.origin }].map((headers) => refusal('/', headers)))).toEqual([
      200, 200,
    ])
  })

  it('never carries a key in its address', async () => {
    const paths = ['/?token=x', '/media/h_0?Token=x', '/files?id=1&access_token=x', '/?a=1?key=x&key=y']
    expect(await Promise.all(paths.map((path) => refusal(path)))).toEqual(paths.map(() => [400, 'TOKEN_IN_URL']))
  })

  it('is refused when it is not well-formed', async () => {
    const lines = await Promise.all([
      rawBytes(door.host, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n'),
      rawBytes(door.host, `GET / HTTP/1.1\r\nhost: ${door.host}\r\nhost: evil.test\r\nconnection: close\r\n\r\n`),
      rawBytes(door.host, `GET http://evil.test/ HTTP/1.1\r\nhost: ${door.host}\r\nconnection: close\r\n\r\n`),
      rawBytes(door.host, `GET / HTTP/1.1\r\nhost: ${door.host}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      rawBytes(door.host, 'this is not http\r\n\r\n'),
    ])
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual([400, 400, 400, 431, 400])
  })
})

describe('the ticket for the browser', () => {
  it('opens the app with its token once', async () => {
    const path = new URL(door.ticketUrl).pathname
    const first = await ask(path)
    const second = await ask(path)
    expect([first.status, first.headers.location, first.headers['cache-control']]).toEqual([
      302,
      `/#token=${door.token}`,
      'no-store',
    ])
    expect([second.status, second.headers.location]).toEqual([302, '/'])
  })
})

describe('an upgrade', () => {
  const upgradeStatus = async (path: string, options: ClientOptions): Promise<number> => {
    const socket = new WebSocket(`ws://${door.host}${path}`, options)
    socket.on('error', () => undefined)
    const opened = once(socket, 'open').then(() => 101)
    const refused = once(socket, 'unexpected-response').then(
      ([, response]) => (response as { statusCode: number }).statusCode,
    )
    const status = await Promise.race([opened, refused])
    socket.terminate()
    return status
  }

  it('passes the same checks before it is one', async () => {
    expect(
      await Promise.all([
        upgradeStatus('/studio', {}),
        upgradeStatus('/studio', { origin: door.origin }),
        upgradeStatus('/studio', { origin: 'https://evil.test' }),
        upgradeStatus('/studio', { origin: 'null' }),
        upgradeStatus('/studio', { headers: { host: 'evil.test' } }),
        upgradeStatus('/studio', { headers: { 'sec-fetch-site': 'cross-site' } }),
        upgradeStatus('/studio?token=x', {}),
        upgradeStatus('/other', {}),
      ]),
    ).toEqual([101, 101, 403, 403, 421, 403, 400, 404])
  })

  it('that is refused is given back whole, as is what is no HTTP: also to a client that never closes', async () => {
    const lines = ['GET /other HTTP/1.1', `Host: ${door.host}`, 'Connection: Upgrade', 'Upgrade: websocket', '', '']
    expect(await sayAndStay(door.port, lines.join('\r\n'))).toContain('404 ROUTE_NOT_FOUND')
    expect(await sayAndStay(door.port, 'no HTTP at all\r\n\r\n')).toContain('400 Bad Request')
  })
})
