import { describe, expect, it } from 'vitest'
import { allowedHosts, ownOrigins } from './allowedHosts.ts'

describe('allowedHosts', () => {
  it('are the loopback names for a loopback bind, with the port', () => {
    expect([...allowedHosts('127.0.0.1', 9501)]).toEqual(['127.0.0.1:9501', 'localhost:9501', '[::1]:9501'])
    expect(allowedHosts('::1', 9501)).toEqual(allowedHosts('localhost', 9501))
  })

  it('are the one address for any other bind, and what the operator adds', () => {
    expect([...allowedHosts('192.0.2.7', 80, ['Gateway.Example:443'])]).toEqual(['192.0.2.7:80', 'gateway.example:443'])
    expect([...allowedHosts('2001:db8::1', 80)]).toEqual(['[2001:db8::1]:80'])
  })

  it('are this machine’s own names for a bind to every address', () => {
    const hosts = allowedHosts('0.0.0.0', 9501)
    expect(hosts.has('127.0.0.1:9501')).toBe(true)
    expect(hosts.has('0.0.0.0:9501')).toBe(false)
    expect(ownOrigins(hosts).has('http://localhost:9501')).toBe(true)
  })
})
