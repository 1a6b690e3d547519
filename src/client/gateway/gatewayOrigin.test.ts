import { describe, expect, it } from 'vitest'
import { gatewayOrigin } from './gatewayOrigin.ts'

describe('gatewayOrigin', () => {
  it.each([
    ['127.0.0.1:9501', 'http://127.0.0.1:9501'],
    ['localhost:9501', 'http://localhost:9501'],
    ['http://[::1]:9501/', 'http://[::1]:9501'],
    ['gpu.example.com', 'https://gpu.example.com'],
    [' https://gpu.example.com:8443/path?x=1 ', 'https://gpu.example.com:8443'],
  ])('reads %j', (address, origin) => {
    expect(gatewayOrigin(address)).toBe(origin)
  })

  it.each([
    ['', ''],
    ['ftp://x', 'ftp://x'],
    ['https://user:secret@x', '…@x'],
    ['http://', 'http://'],
    ['a b', 'a b'],
  ])('refuses %j', (address, url) => {
    expect(() => gatewayOrigin(address)).toThrow(
      expect.objectContaining({ code: 'GATEWAY_ADDRESS_INVALID', data: { url } }),
    )
  })

  it.each([
    'http://gpu.example.com',
    'http://192.168.1.5:9501',
    'http://localhost.example.com',
    'http://1270.0.0.1.nip.io',
  ])('wants TLS for %s', (address) => {
    expect(() => gatewayOrigin(address)).toThrow(expect.objectContaining({ code: 'TLS_REQUIRED' }))
  })
})
