import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { openLine } from '../testing/scriptedWorker.ts'
import { head, rawHttp } from '../testing/rawHttp.ts'

const HEALTH = 'GET /api/heygem/health HTTP/1.1'
const CLOSE = 'Connection: close'

const UPGRADE = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
]

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench()
})

afterAll(async () => {
  await at.dispose()
})

/** The health route, whose answer needs no credential, under one Host header. */
async function underHost(host: string): Promise<number | string> {
  const { status, code } = await rawHttp(at.port, `${HEALTH}\r\nHost: ${host}\r\n${CLOSE}\r\n\r\n`)
  return status === 200 ? 200 : `${String(status)} ${code}`
}

async function outcome(...chunks: readonly string[]): Promise<string> {
  const { status, code, isClosed } = await rawHttp(at.port, ...chunks)
  return `${String(status)} ${code}${isClosed ? ' closed' : ''}`
}

describe('Host (B001–B005)', () => {
  it('answers only under its own exact names', async () => {
    const port = String(at.port)
    const refused = '421 HOST_NOT_ALLOWED'
    expect(await underHost(`127.0.0.1:${port}`)).toBe(200)
    expect(await underHost(`LOCALHOST:${port}`)).toBe(200)
    const foreign = ['evil.test', 'localhost.evil.test', '127.0.0.1.nip.io', 'localhost.'].map(
      (one) => `${one}:${port}`,
    )
    for (const host of [...foreign, 'localhost', 'localhost:1', '']) expect(await underHost(host)).toBe(refused)
  })

  it('refuses a missing or second Host, and a target that names another server', async () => {
    const refused = '400 BAD_REQUEST closed'
    expect(await outcome(`${HEALTH}\r\n\r\n`)).toBe(refused)
    expect(await outcome(head(at.port, HEALTH, `Host: 127.0.0.1:${String(at.port)}`))).toBe(refused)
    expect(await outcome(head(at.port, 'GET http://evil.test/api/heygem/health HTTP/1.1'))).toBe(refused)
  })

  it('looks at the Host before anything else', async () => {
    expect(await outcome(`GET /api/heygem/tasks HTTP/1.1\r\nHost: rebound.test\r\nOrigin: null\r\n\r\n`)).toBe(
      '421 HOST_NOT_ALLOWED closed',
    )
  })
})

describe('Origin (B006–B008)', () => {
  it('refuses pages of other origins, also with a valid key', async () => {
    const key = `Authorization: Bearer ${at.licenseKey}`
    const refused = '403 ORIGIN_NOT_ALLOWED closed'
    for (const line of [
      'Origin: null',
      'Origin: https://evil.test',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Site: same-site',
    ]) {
      expect(await outcome(head(at.port, 'GET /api/heygem/tasks HTTP/1.1', line, key))).toBe(refused)
    }
  })

  it('lets its own page in', async () => {
    const own = `Origin: http://127.0.0.1:${String(at.port)}`
    expect(await outcome(head(at.port, HEALTH, own, 'Sec-Fetch-Site: same-origin', CLOSE))).toBe('200  closed')
  })
})

describe('malformed requests (B020, B021)', () => {
  it('refuses ambiguous lengths and broken headers, and closes', async () => {
    const post = 'POST /api/heygem/task/submit HTTP/1.1'
    const refused = '400 BAD_REQUEST closed'
    const both = head(at.port, post, 'Content-Length: 4', 'Transfer-Encoding: chunked')
    expect(await outcome(both, '0\r\n\r\n')).toBe(refused)
    expect(await outcome(head(at.port, post, 'Transfer-Encoding: xchunked'))).toBe(refused)
    expect(await outcome(head(at.port, post, 'Content-Length: 4', 'Content-Length: 5'))).toBe(refused)
    expect(await outcome(`${HEALTH}\nHost: 127.0.0.1:${String(at.port)}\n\n`)).toBe(refused)
    expect(await outcome(head(at.port, HEALTH, 'X-Folded: one', ' two'))).toBe(refused)
  })

  it('refuses headers beyond 8 KiB in all', async () => {
    const refused = '431 HEADERS_TOO_LARGE closed'
    expect(await outcome(head(at.port, HEALTH, `X-Big: ${'a'.repeat(20_000)}`))).toBe(refused)
    const many = Array.from({ length: 2_000 }, (_, index) => `X-${String(index)}: 1`)
    expect(await outcome(head(at.port, HEALTH, ...many))).toBe(refused)
  })
})

describe('methods and paths (B041, B042)', () => {
  it('refuses methods it does not take', async () => {
    for (const method of ['TRACE', 'PROPFIND', 'PUT']) {
      expect(await outcome(head(at.port, `${method} /api/heygem/health HTTP/1.1`))).toBe(
        '405 METHOD_NOT_ALLOWED closed',
      )
    }
    expect(await outcome(head(at.port, 'CONNECT 127.0.0.1:22 HTTP/1.1'))).toBe('405 METHOD_NOT_ALLOWED closed')
    const wrong = await at.call('/api/heygem/task/submit', { method: 'GET' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('finds nothing behind doubled, encoded or broken paths', async () => {
    for (const path of ['//api//heygem/health', '/api/%2e%2e/admin', '/api/heygem/health/', '/nothing']) {
      expect(await outcome(head(at.port, `GET ${path} HTTP/1.1`, CLOSE))).toBe('404 ROUTE_NOT_FOUND closed')
    }
    expect(await outcome(head(at.port, 'GET /api/%zz HTTP/1.1', CLOSE))).toBe('400 BAD_REQUEST closed')
  })

  it('ignores headers that would change who asks or how', async () => {
    const forged = [
      'X-HTTP-Method-Override: POST',
      'X-Forwarded-For: 8.8.8.8',
      'Forwarded: host=evil.test',
      'X-Forwarded-Host: evil.test',
    ]
    expect(await outcome(head(at.port, HEALTH, ...forged, CLOSE))).toBe('200  closed')
  })
})

describe('upgrades', () => {
  it('go through the same checks as requests', async () => {
    const dsp = 'GET /dsp HTTP/1.1'
    expect(await outcome(`${dsp}\r\nHost: evil.test\r\n${UPGRADE.join('\r\n')}\r\n\r\n`)).toBe(
      '421 HOST_NOT_ALLOWED closed',
    )
    expect(await outcome(head(at.port, dsp, 'Origin: null', ...UPGRADE))).toBe('403 ORIGIN_NOT_ALLOWED closed')
    expect(await outcome(head(at.port, 'GET /dsp?token=abc HTTP/1.1', ...UPGRADE))).toBe('400 TOKEN_IN_URL closed')
    expect(await outcome(head(at.port, 'GET /other HTTP/1.1', ...UPGRADE))).toBe('404 ROUTE_NOT_FOUND closed')
  })

  it('are refused before they are made when one address has too many open (B066), until one is closed', async () => {
    const small = await startGatewayBench({ limits: { maxWebSocketsPerAddress: 2 } })
    try {
      const [first, second] = [openLine(small.dspUrl), openLine(small.dspUrl)]
      await Promise.all([first.next('connected'), second.next('connected')])
      const refused = await rawHttp(small.port, head(small.port, 'GET /dsp HTTP/1.1', ...UPGRADE))
      expect([refused.status, refused.code, refused.head.includes('retry-after: 5')]).toEqual([
        503,
        'RATE_LIMITED',
        true,
      ])
      await first.cut()
      // The server hears of the cut when it does.
      await vi.waitFor(async () => {
        const third = openLine(small.dspUrl)
        await third.next('connected')
        await third.cut()
      })
      await second.cut()
    } finally {
      await small.dispose()
    }
  })
})
