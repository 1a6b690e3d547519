import { hostname, networkInterfaces } from 'node:os'

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', ''])

/** The exact `host:port` names this server answers under, lower case. Known only once the port is. */
export function allowedHosts(bindHost: string, port: number, extra: readonly string[] = []): ReadonlySet<string> {
  const names = WILDCARDS.has(bindHost) ? [...LOOPBACK, hostname(), ...interfaceAddresses()] : namesOf(bindHost)
  return new Set([...names.map((name) => `${name}:${String(port)}`), ...extra].map((host) => host.toLowerCase()))
}

/** The origins of this server's own pages (the reference at /docs). */
export function ownOrigins(hosts: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...hosts].map((host) => `http://${host}`))
}

function namesOf(bindHost: string): readonly string[] {
  if (LOOPBACK.includes(bracketed(bindHost))) return LOOPBACK
  return [bracketed(bindHost)]
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => bracketed(one.address)))
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}
