import { describe, expect, it } from 'vitest'
import { addressAt, allowedHosts, isLoopbackBind, ownOrigins } from './ownNames.ts'
import type { OwnNames } from './ownNames.ts'

const hostsOf = (bindHost: string, own: Partial<OwnNames> = {}): string[] => [
  ...allowedHosts({ bindHost, port: 9501, scheme: 'http', ...own }),
]

describe('allowedHosts', () => {
  it('are the loopback names for a loopback bind, with the port', () => {
    expect(hostsOf('127.0.0.1')).toEqual(['127.0.0.1:9501', 'localhost:9501', '[::1]:9501'])
    expect(hostsOf('::1')).toEqual(hostsOf('localhost'))
  })

  it('are the one address for any other bind, and what the operator adds', () => {
    expect(hostsOf('192.0.2.7', { extra: ['Gateway.Example:443'] })).toEqual(['192.0.2.7:9501', 'gateway.example:443'])
    expect(hostsOf('2001:db8::1')).toEqual(['[2001:db8::1]:9501'])
  })

  it('are also the certificate’s names, and names alone at the port that the scheme implies', () => {
    const names = ['gpu.example']
    expect(hostsOf('192.0.2.7', { scheme: 'https', names })).toEqual(['192.0.2.7:9501', 'gpu.example:9501'])
    const short = ['192.0.2.7:443', '192.0.2.7', 'gpu.example:443', 'gpu.example']
    expect(hostsOf('192.0.2.7', { scheme: 'https', port: 443, names })).toEqual(short)
    expect(hostsOf('192.0.2.7', { port: 80 })).toEqual(['192.0.2.7:80', '192.0.2.7'])
    expect(hostsOf('192.0.2.7', { port: 443 })).toEqual(['192.0.2.7:443'])
  })

  it('are this machine’s own names for a bind to every address', () => {
    const hosts = new Set(hostsOf('0.0.0.0'))
    expect(hosts.has('127.0.0.1:9501')).toBe(true)
    expect(hosts.has('0.0.0.0:9501')).toBe(false)
    expect(ownOrigins(hosts, 'http').has('http://localhost:9501')).toBe(true)
  })
})

const at = (bindHost: string, port: number, scheme: 'http' | 'https' = 'http') => ({ bindHost, port, scheme })

it('is opened by a person under a name that can be opened, and that its certificate is good for', () => {
  expect([at('0.0.0.0', 1), at('::1', 2), at('studio.lan', 3)].map((one) => addressAt(one))).toEqual([
    ...['http://127.0.0.1:1', 'http://[::1]:2', 'http://studio.lan:3'],
  ])
  const names = ['studio.lan', '127.0.0.1']
  expect(['0.0.0.0', '127.0.0.1', '10.0.0.5'].map((host) => addressAt({ ...at(host, 4, 'https'), names }))).toEqual([
    ...['https://studio.lan:4', 'https://127.0.0.1:4', 'https://studio.lan:4'],
  ])
})

it('knows a bind that only this machine reaches', () => {
  const binds = ['127.0.0.1', '::1', '[::1]', 'localhost', '0.0.0.0', '127.0.0.2', 'x']
  expect(binds.filter((bind) => isLoopbackBind(bind))).toEqual(['127.0.0.1', '::1', '[::1]', 'localhost'])
})
