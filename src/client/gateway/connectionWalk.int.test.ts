import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { createServer as createPlainServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../test/tls/certificates.ts'
import type { TestCertificate } from '../../../test/tls/certificates.ts'
import { walkConnection } from './connectionWalk.ts'

let own: TestCertificate
let server: Server
let port: number
let heard = 0
beforeEach(async () => {
  own = await makeCertificate()
  heard = 0
  server = createServer({ cert: own.certPem, key: await readFile(own.keyFile) }, () => {
    heard += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await own.dispose()
})

describe('the walk to a gateway whose certificate is not trusted', () => {
  it.each(['localhost', '127.0.0.1'])(
    'stops at TLS, shows the fingerprint, and sends it nothing (%s)',
    async (host) => {
      const url = `https://${host}:${String(port)}`
      const { steps } = await walkConnection({ url, token: 'lk_secret', language: 'en' })
      expect(steps.map(({ step, outcome }) => [step, outcome])).toContainEqual(['tls', 'failed'])
      const failed = steps.find(({ outcome }) => outcome === 'failed')
      const { fingerprint256 } = new X509Certificate(own.certPem)
      expect(failed?.error).toMatchObject({
        code: 'GATEWAY_TLS',
        data: { detail: `DEPTH_ZERO_SELF_SIGNED_CERT, SHA-256 ${fingerprint256}` },
      })
      expect(heard).toBe(0)
    },
  )
})

it('says of a gateway without a certificate that it has none, not that it is not trusted', async () => {
  const plain = createPlainServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const host = `127.0.0.1:${String((plain.address() as AddressInfo).port)}`
  const { steps } = await walkConnection({ url: `https://${host}`, token: 'lk_secret', language: 'en' })
  plain.closeAllConnections()
  plain.close()
  expect(steps.find(({ outcome }) => outcome === 'failed')).toMatchObject({
    ...{ step: 'tls', error: { code: 'GATEWAY_PLAIN', data: { host } } },
  })
})
