import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import { cameEncrypted } from '../../shared/node/index.ts'

/** Where this door is reached. */
export interface DoorPolicy {
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  /** A TLS proxy stands in front: what it says of its clients is believed. */
  readonly trustsProxy: boolean
}

type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders' | 'socket'>

const SAME_SITE: ReadonlySet<string> = new Set(['none', 'same-origin'])
const KEY_PARAMETERS: ReadonlySet<string> = new Set(['token', 'access_token', 'key', 'secret', 'authorization'])

/**
 * The first refusal of a request or an upgrade, looking at its head alone. Pure. Host comes before Origin, because a
 * rebound page's own GET carries no Origin.
 */
export function checkHead(request: RequestHead, policy: DoorPolicy): ErrorCode | undefined {
  if (!isWellFormed(request)) return 'BAD_REQUEST'
  if (policy.trustsProxy && !cameEncrypted(request)) return 'TLS_REQUIRED'
  if (!policy.hosts.has(request.headers.host?.toLowerCase() ?? '')) return 'HOST_NOT_ALLOWED'
  if (!isFromOurPage(request)) return 'ORIGIN_NOT_ALLOWED'
  const { origin } = request.headers
  if (origin !== undefined && !policy.origins.has(origin.toLowerCase())) return 'ORIGIN_NOT_ALLOWED'
  return hasKeyInUrl(request) ? 'TOKEN_IN_URL' : undefined
}

/** Exactly one Host, and a path: a target that names a server is for a proxy. */
function isWellFormed(request: RequestHead): boolean {
  const hosts = request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host')
  return hosts.length === 1 && request.url?.startsWith('/') === true && !request.url.startsWith('//')
}

/** Another site may link to the app, as any page may; it may not fetch, embed or post. */
function isFromOurPage(request: RequestHead): boolean {
  const site = request.headers['sec-fetch-site']
  if (site === undefined || SAME_SITE.has(site)) return true
  return (
    request.method === 'GET' &&
    request.headers['sec-fetch-mode'] === 'navigate' &&
    request.headers['sec-fetch-dest'] === 'document'
  )
}

/** The token belongs in the fragment: in a request line it would end in histories and logs. */
function hasKeyInUrl(request: RequestHead): boolean {
  const query = request.url?.split('?').slice(1).join('?') ?? ''
  return [...new URLSearchParams(query).keys()].some((name) => KEY_PARAMETERS.has(name.toLowerCase()))
}
