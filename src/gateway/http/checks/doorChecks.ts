import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '../../../protocol/errors/index.ts'
import { cameEncrypted } from '../../../shared/node/index.ts'
import { splitTarget } from '../../sockets/splitTarget.ts'
import { SOCKET_IO_PATH } from '../../events/index.ts'
import { DSP_PATH, HTTP_ROUTES, PROGRESS_WS_PREFIX } from '../../../protocol/http/index.ts'

/** What the first checks need to know of the server. */
export interface DoorPolicy {
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  readonly isStopping: boolean
  /** A TLS proxy stands in front: what it says of its clients is believed. */
  readonly trustsProxy: boolean
  /** Of the certificate that is served now; null without one. */
  readonly certificateEndsMs: number | null
  /** Field workers have nowhere else for their token than the address of `/dsp`. */
  readonly takesDspToken: boolean
}

/** Looks at one property of a request head; a code refuses it. Pure. */
export type DoorCheck = (request: IncomingMessage, policy: DoorPolicy) => ErrorCode | undefined

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'])
const FETCH_SITES: ReadonlySet<string> = new Set(['none', 'same-origin'])
const KEY_PARAMETERS = [
  'token',
  'access_token',
  'api_key',
  'apikey',
  'key',
  'license_key',
  'licence_key',
  'secret',
  'authorization',
]

/** Exactly one Host, and a target that does not name another server. */
export const wellFormed: DoorCheck = (request) => {
  const hosts = request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host')
  if (hosts.length !== 1) return 'BAD_REQUEST'
  const target = request.url ?? ''
  if (target.startsWith('/') || target === '*') return undefined
  const absolute = URL.parse(target)
  return absolute?.host === request.headers.host?.toLowerCase() ? undefined : 'BAD_REQUEST'
}

export const encrypted: DoorCheck = (request, policy) =>
  policy.trustsProxy && !cameEncrypted(request) ? 'TLS_REQUIRED' : undefined

/** Before Origin: a rebound page's same-origin GET carries none. */
export const hostAllowed: DoorCheck = (request, policy) =>
  policy.hosts.has(request.headers.host?.toLowerCase() ?? '') ? undefined : 'HOST_NOT_ALLOWED'

export const fetchSiteAllowed: DoorCheck = (request) => {
  const site = request.headers['sec-fetch-site']
  return site === undefined || FETCH_SITES.has(site) ? undefined : 'ORIGIN_NOT_ALLOWED'
}

export const originAllowed: DoorCheck = (request, policy) => {
  const { origin } = request.headers
  return origin === undefined || policy.origins.has(origin.toLowerCase()) ? undefined : 'ORIGIN_NOT_ALLOWED'
}

export const methodKnown: DoorCheck = (request) =>
  METHODS.has(request.method ?? '') ? undefined : 'METHOD_NOT_ALLOWED'

/** Keys in addresses end in logs and histories; only routes of field clients and workers have nothing else. */
export const noKeyInUrl: DoorCheck = (request, policy) => {
  const { path, query } = splitTarget(request.url ?? '')
  const names = [...new URLSearchParams(query).keys()].map((name) => name.toLowerCase())
  return names.some((name) => KEY_PARAMETERS.includes(name) && !isTokenRoute(path, name, policy))
    ? 'TOKEN_IN_URL'
    : undefined
}

export const notStopping: DoorCheck = (_request, policy) => (policy.isStopping ? 'SHUTTING_DOWN' : undefined)

function isTokenRoute(path: string, name: string, { takesDspToken }: DoorPolicy): boolean {
  // Socket.IO's own door refuses it with a `connect_error` that its client can read.
  if (path === SOCKET_IO_PATH) return true
  if (name === 'token' && path === DSP_PATH) return takesDspToken
  return name === 'token' && (path === HTTP_ROUTES.download || path.startsWith(`${PROGRESS_WS_PREFIX}/`))
}
