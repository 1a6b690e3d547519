import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { clientAddress, forwardedScheme, isLoopback } from './clientAddress.ts'

/** The two parts of a request that are looked at. */
function from(remoteAddress: string, headers: IncomingMessage['headers'] = {}): IncomingMessage {
  const request: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress: string } } = {
    headers,
    socket: { remoteAddress },
  }
  return request as IncomingMessage
}

const forwarded = (value: string): IncomingMessage['headers'] => ({ 'x-forwarded-for': value })

describe('clientAddress', () => {
  it('is the socket’s own where no proxy is trusted, whatever a header says', () => {
    expect(clientAddress(from('127.0.0.1', forwarded('203.0.113.9')), false)).toBe('127.0.0.1')
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:5555', '203.0.113.9'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['2001:db8::9', '2001:db8::9'],
    ['unknown', '10.0.0.5'],
    ['', '10.0.0.5'],
  ])('is the entry that the trusted proxy added: %j', (header, expected) => {
    expect(clientAddress(from('10.0.0.5', forwarded(header)), true)).toBe(expected)
  })

  it('is not what somebody from far away claims', () => {
    expect(clientAddress(from('198.51.100.7', forwarded('203.0.113.9')), true)).toBe('198.51.100.7')
    expect(clientAddress(from('::ffff:192.168.1.2', forwarded('203.0.113.9')), true)).toBe('203.0.113.9')
  })
})

describe('forwardedScheme', () => {
  it('is believed from nearby only, the last word of several', () => {
    expect(forwardedScheme(from('127.0.0.1', { 'x-forwarded-proto': 'http, HTTPS' }))).toBe('https')
    expect(forwardedScheme(from('198.51.100.7', { 'x-forwarded-proto': 'https' }))).toBeUndefined()
    expect(forwardedScheme(from('127.0.0.1'))).toBeUndefined()
  })
})

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['', false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopback(from(address))).toBe(expected)
  })
})
