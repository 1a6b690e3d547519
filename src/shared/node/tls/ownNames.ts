import { hostname, networkInterfaces } from 'node:os'

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', ''])

export interface OwnNames {
  readonly bindHost: string
  readonly port: number
  readonly scheme: 'http' | 'https'
  /** Names of the certificate: reached at this server's own port. */
  readonly names?: readonly string[]
  /** Whole `host:port` names, e.g. a proxy's. */
  readonly extra?: readonly string[]
}

/** The exact names (`host:port`, or `host` at the scheme's own port) this server answers under, lower case. */
export function allowedHosts({ bindHost, port, scheme, names = [], extra = [] }: OwnNames): ReadonlySet<string> {
  const bound = WILDCARDS.has(bindHost) ? [...LOOPBACK, hostname(), ...interfaceAddresses()] : namesOf(bindHost)
  // Programs leave out the port that their scheme implies.
  const isImplied = port === (scheme === 'https' ? 443 : 80)
  const own = [...bound, ...names].flatMap((name) => [`${name}:${String(port)}`, ...(isImplied ? [name] : [])])
  return new Set([...own, ...extra].map((host) => host.toLowerCase()))
}

/** The origins of this server's own pages. */
export function ownOrigins(hosts: ReadonlySet<string>, scheme: OwnNames['scheme']): ReadonlySet<string> {
  return new Set([...hosts].map((host) => `${scheme}://${host}`))
}

/** The address a person opens: wildcards are listened on, not opened, and a certificate is good for its names. */
export function addressAt({ bindHost, port, scheme, names = [] }: OwnNames): string {
  const bound = bracketed(bindHost)
  const isNamed = names.length === 0 || names.includes(bound.toLowerCase())
  const name = WILDCARDS.has(bindHost) ? (names[0] ?? '127.0.0.1') : isNamed ? bound : (names[0] ?? bound)
  return `${scheme}://${name}:${String(port)}`
}

export function isLoopbackBind(bindHost: string): boolean {
  return LOOPBACK.includes(bracketed(bindHost))
}

function namesOf(bindHost: string): readonly string[] {
  if (isLoopbackBind(bindHost)) return LOOPBACK
  return [bracketed(bindHost)]
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => bracketed(one.address)))
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}
