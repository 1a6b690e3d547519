import { hostname, networkInterfaces } from 'node:os'

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]']
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
const HTTP_PORT = 80

export function isLoopback(bindHost: string): boolean {
  return LOOPBACK_NAMES.includes(bracketed(bindHost))
}

/** The exact Host headers the app answers to, lower case. Known only once the port is. */
export function hostNames(bindHost: string, port: number): ReadonlySet<string> {
  const names = WILDCARDS.has(bindHost)
    ? [...LOOPBACK_NAMES, hostname(), ...interfaceAddresses()]
    : isLoopback(bindHost)
      ? LOOPBACK_NAMES
      : [bracketed(bindHost)]
  // Browsers leave the default port out.
  const withPort = (name: string): readonly string[] =>
    port === HTTP_PORT ? [name, `${name}:${String(port)}`] : [`${name}:${String(port)}`]
  return new Set(names.flatMap(withPort).map((name) => name.toLowerCase()))
}

/** Origins of the app's own pages under those names. */
export function originsOf(hosts: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...hosts].map((host) => `http://${host}`))
}

/** The address a person opens; wildcards are listened on, not opened. */
export function addressOf(bindHost: string, port: number): string {
  const name = WILDCARDS.has(bindHost) ? '127.0.0.1' : bracketed(bindHost)
  return `http://${name}:${String(port)}`
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => bracketed(address)))
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}
