import { createHash } from 'node:crypto'

/** Where the HTTP side of one field worker is. */
export interface FieldServer {
  /** Address its connection to `/dsp` comes from. */
  readonly address: string
  /** `http://host:8383` */
  readonly url: string
  readonly name?: string | undefined
  readonly secret?: string | undefined
}

const PREFIX = 'field-'
const MAX_READABLE_CHARS = 48

/** An IPv4 address as such, also where the socket tells it as IPv6. */
export function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')
}

/** A field worker says no id of its own: the machine it connects from is its identity, over restarts too. */
export function fieldWorkerId(address: string): string {
  const readable = plainAddress(address).replace(/[^a-z0-9]+/g, '-')
  if (readable.length <= MAX_READABLE_CHARS && readable !== '') return `${PREFIX}${readable}`
  return `${PREFIX}${createHash('sha256').update(address).digest('hex').slice(0, 24)}`
}

export function isFieldWorkerId(workerId: string): boolean {
  return workerId.startsWith(PREFIX)
}
