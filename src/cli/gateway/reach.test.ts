import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plainWarning, readReach } from './reach.ts'

const files = { 'tls-cert': 'cert.pem', 'tls-key': 'key.pem' }

describe('how a gateway is reached', () => {
  it('stays on this machine unless told otherwise', () => {
    expect(readReach({})).toEqual({
      ...{ host: '127.0.0.1', trustsProxy: false, allowPlain: false },
      ...{ publicUrls: [], allowedHosts: [], allowedOrigins: [] },
    })
    expect(plainWarning(readReach({}), 'en')).toBeUndefined()
  })

  it('goes beyond this machine with TLS, behind a proxy, or with a warning', () => {
    expect(() => readReach({ host: '0.0.0.0' })).toThrow(expect.objectContaining({ code: 'PLAIN_BIND_REFUSED' }))
    for (const way of [files, { 'trust-proxy': true }]) {
      expect(plainWarning(readReach({ host: '0.0.0.0', ...way }), 'en')).toBeUndefined()
    }
    const plain = readReach({ host: '0.0.0.0', 'allow-plain': true })
    expect(plainWarning(plain, 'en')).toContain('unencrypted')
    expect(plainWarning(plain, 'zh-CN')).toContain('未加密')
  })

  it('takes certificate and key together', () => {
    expect(readReach(files).tls).toEqual({ certFile: resolve('cert.pem'), keyFile: resolve('key.pem') })
    expect(() => readReach({ 'tls-cert': 'cert.pem' })).toThrow('--tls-key')
    expect(() => readReach({ 'tls-key': 'key.pem' })).toThrow('--tls-cert')
  })

  it('knows the addresses people use', () => {
    const { allowedHosts, allowedOrigins } = readReach({ 'public-url': 'https://gpu.example, https://b.example:8443/' })
    expect(allowedHosts).toEqual(['gpu.example', 'b.example:8443'])
    expect(allowedOrigins).toEqual(['https://gpu.example', 'https://b.example:8443'])
    for (const bad of ['gpu.example', 'ftp://gpu.example', 'https://gpu.example/path', 'https://a@gpu.example']) {
      expect(() => readReach({ 'public-url': bad })).toThrow('--public-url')
    }
  })
})
