import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

type Arrived = Pick<IncomingMessage, 'headers' | 'socket'>

/** Where a proxy in front of a server can be: this machine, or its own network. */
const NEAR = nearAddresses()

/**
 * The address a request comes from. What a proxy says of it is believed only when the server was told that there is
 * one, and only from nearby: then it is the last entry, the one the proxy itself added.
 */
export function clientAddress(request: Arrived, trustsProxy: boolean): string {
  const peer = peerOf(request)
  if (!trustsProxy || !isNear(peer)) return peer
  const last = lastOf(request.headers['x-forwarded-for'])
  const address = last === undefined ? undefined : withoutPort(last)
  return address !== undefined && isIP(address) !== 0 ? address : peer
}

/** `https` or `http` as the nearest proxy says it; undefined where none says anything, or none is believed. */
export function forwardedScheme(request: Arrived): string | undefined {
  return isNear(peerOf(request)) ? lastOf(request.headers['x-forwarded-proto'])?.toLowerCase() : undefined
}

/** Behind a proxy nothing may come past it, or through its plain port: keys would travel unencrypted. */
export function cameEncrypted(request: Arrived): boolean {
  const scheme = forwardedScheme(request)
  return scheme === 'https' || (scheme === undefined && isLoopback(request))
}

export function isLoopback(request: Arrived): boolean {
  const peer = peerOf(request)
  return peer === '::1' || /^(?:::ffff:)?127\./.test(peer)
}

function peerOf(request: Arrived): string {
  return request.socket.remoteAddress ?? ''
}

function isNear(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && NEAR.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

function lastOf(header: string | string[] | undefined): string | undefined {
  const last = [header].flat().at(-1)?.split(',').at(-1)?.trim()
  return last === '' ? undefined : last
}

/** `192.0.2.7:443`, `[2001:db8::1]:443` and `[2001:db8::1]` too. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1]
  return bracketed ?? text.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
}

function nearAddresses(): BlockList {
  const near = new BlockList()
  near.addSubnet('127.0.0.0', 8, 'ipv4')
  near.addSubnet('10.0.0.0', 8, 'ipv4')
  near.addSubnet('172.16.0.0', 12, 'ipv4')
  near.addSubnet('192.168.0.0', 16, 'ipv4')
  near.addAddress('::1', 'ipv6')
  near.addSubnet('fc00::', 7, 'ipv6')
  near.addSubnet('fe80::', 10, 'ipv6')
  return near
}
