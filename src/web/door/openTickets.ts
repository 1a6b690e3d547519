import { randomBytes } from 'node:crypto'
import type { Clock } from '../../shared/index.ts'

const TICKET_LIFE_MS = 60_000
const PREFIX = '/open/'

/**
 * One-time addresses for the program that opens the browser. Its arguments can be read by every user of the machine,
 * so it gets a ticket that is worthless after its first use, and never the token.
 */
export interface OpenTickets {
  /** A path that redirects to the app once, within a minute. */
  issue(): string
  /** True for a ticket's first use in time. */
  redeem(path: string): boolean
}

export function createOpenTickets(clock: Pick<Clock, 'monotonic'>): OpenTickets {
  const expiryOf = new Map<string, number>()
  return {
    issue() {
      const path = `${PREFIX}${randomBytes(32).toString('base64url')}`
      expiryOf.set(path, clock.monotonic() + TICKET_LIFE_MS)
      return path
    },
    redeem(path) {
      const expiry = expiryOf.get(path)
      expiryOf.delete(path)
      return expiry !== undefined && clock.monotonic() < expiry
    },
  }
}

export function isTicketPath(path: string): boolean {
  return path.startsWith(PREFIX)
}
