import type { FastifyRequest } from 'fastify'
import { CAPABILITY_HEADER } from '../../../protocol/http/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { Capability, Principal } from '../../auth/port.ts'
import type { GatewayParts } from '../../parts.ts'
import type { StoredTask } from '../../queue/port.ts'
import type { TokenBuckets } from '../../intake/TokenBuckets.ts'

/** What a route says of itself; the checks read it, so that no route checks by hand. */
export interface RouteAccess {
  /** `body`: a licence key in the body is taken where no header is sent; `url`: the same with `?token=`. */
  readonly auth: 'none' | 'tenant' | 'tenant_or_body' | 'tenant_or_url' | 'capability' | 'admin' | 'metrics'
  readonly body: 'none' | 'json' | 'multipart' | 'json_or_multipart' | 'raw'
  readonly rate: 'none' | 'request' | 'submit' | 'admin'
}

/** On whose behalf a request acts. Set by the checks alone. */
export type Caller =
  | { readonly kind: 'nobody' }
  | ({ readonly kind: 'tenant' } & Pick<Principal, 'tenant' | 'keyId'>)
  | { readonly kind: 'admin' }
  /** Reads /metrics. */
  | { readonly kind: 'scraper' }
  | { readonly kind: 'worker'; readonly capability: Capability; readonly task: StoredTask }

export interface RouteCheckDeps {
  readonly parts: Pick<GatewayParts, 'auth' | 'queue' | 'limits' | 'addressOf'>
  readonly submits: TokenBuckets
  readonly requests: TokenBuckets
  readonly admin: TokenBuckets
  readonly failedAuth: TokenBuckets
}

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i
const MULTIPART_TYPE = /^multipart\/form-data\s*;/i

/** What a body may be called; the others are read by whoever takes them. */
const BODY_TYPES: Partial<Readonly<Record<RouteAccess['body'], readonly RegExp[]>>> = {
  json: [JSON_TYPE],
  multipart: [MULTIPART_TYPE],
  json_or_multipart: [JSON_TYPE, MULTIPART_TYPE],
}

export function checkContentType(request: FastifyRequest, access: RouteAccess): void {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw new AppError('ENCODING_NOT_SUPPORTED')
  const type = request.headers['content-type'] ?? ''
  // What is not there has no type.
  if (access.body === 'json' && type === '' && !hasBody(request)) return
  const taken = BODY_TYPES[access.body]
  if (taken !== undefined && !taken.some((one) => one.test(type))) throw new AppError('CONTENT_TYPE')
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
}

export function checkSize(request: FastifyRequest, access: RouteAccess, deps: RouteCheckDeps): void {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (access.body === 'json' && declared > deps.parts.limits.maxJsonBytes) throw new AppError('BODY_TOO_LARGE')
}

/** Who asks, from the credential of this route's kind. Throws AUTH_REQUIRED, AUTH_INVALID or RATE_LIMITED. */
export async function identify(request: FastifyRequest, access: RouteAccess, deps: RouteCheckDeps): Promise<Caller> {
  if (access.auth === 'none') return { kind: 'nobody' }
  if (access.auth === 'capability') return identifyWorker(request, deps)
  if (access.auth === 'admin' || access.auth === 'metrics') return identifyAdmin(request, deps)
  const bearer = bearerOf(request) ?? (access.auth === 'tenant_or_url' ? tokenOfUrl(request) : undefined)
  return tenantOf(bearer, request, deps)
}

/** The credential of a field client that sends no header; looked at once the body is there. */
export function identifyByBody(request: FastifyRequest, deps: RouteCheckDeps): Caller {
  const { body } = request
  const hasKey = typeof body === 'object' && body !== null && 'license_key' in body
  const key = hasKey && typeof body.license_key === 'string' ? body.license_key : undefined
  return tenantOf(key, request, deps)
}

export function hasBearer(request: FastifyRequest): boolean {
  return request.headers.authorization !== undefined
}

/** A tenant's key is told no more than that it opens nothing here. Tries are counted like wrong keys. */
export function checkAllowed(request: FastifyRequest, caller: Caller, access: RouteAccess, deps: RouteCheckDeps): void {
  const isAllowed = caller.kind === 'admin' || (access.auth === 'metrics' && caller.kind === 'scraper')
  if ((access.auth === 'admin' || access.auth === 'metrics') && !isAllowed) throwRefused('FORBIDDEN', request, deps)
}

export function checkRate(caller: Caller, access: RouteAccess, deps: RouteCheckDeps): void {
  const retryAfterMs = waitOf(caller, access, deps)
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryable: true, retryAfterMs })
}

function waitOf(caller: Caller, access: RouteAccess, deps: RouteCheckDeps): number {
  if (access.rate === 'none') return 0
  if (caller.kind === 'admin') return deps.admin.take('admin')
  if (caller.kind !== 'tenant') return 0
  return (access.rate === 'submit' ? deps.submits : deps.requests).take(caller.tenant)
}

function tenantOf(bearer: string | undefined, request: FastifyRequest, deps: RouteCheckDeps): Caller {
  const principal = bearer === undefined ? undefined : deps.parts.auth.authenticate(bearer)
  if (principal?.kind === 'tenant') return { kind: 'tenant', tenant: principal.tenant, keyId: principal.keyId }
  throwRefused(bearer === undefined ? 'AUTH_REQUIRED' : 'AUTH_INVALID', request, deps)
}

/** Whoever it is: a tenant is refused by `checkAllowed`, when it is known who was. */
function identifyAdmin(request: FastifyRequest, deps: RouteCheckDeps): Caller {
  const bearer = bearerOf(request)
  const principal = bearer === undefined ? undefined : deps.parts.auth.authenticate(bearer)
  if (principal?.kind === 'admin' || principal?.kind === 'scraper') return { kind: principal.kind }
  if (principal?.kind === 'tenant') return { kind: 'tenant', tenant: principal.tenant, keyId: principal.keyId }
  throwRefused(bearer === undefined ? 'ADMIN_AUTH_REQUIRED' : 'ADMIN_AUTH_INVALID', request, deps)
}

/** A capability is good for its task until a newer lease exists, also after the lease itself ran out. */
async function identifyWorker(request: FastifyRequest, deps: RouteCheckDeps): Promise<Caller> {
  const text = request.headers[CAPABILITY_HEADER]
  if (typeof text !== 'string') throwRefused('AUTH_REQUIRED', request, deps)
  const capability = deps.parts.auth.readCapability(text)
  if (capability === undefined) throwRefused('AUTH_INVALID', request, deps)
  const holder = await deps.parts.queue.leaseHolder(capability.taskId)
  if (holder?.task.tenant !== capability.tenant || holder.task.epoch !== capability.epoch) {
    throw new AppError('STALE_LEASE')
  }
  return { kind: 'worker', capability, task: holder.task }
}

/** Only wrong credentials are counted: the right one is never held up by somebody else's guesses. */
function throwRefused(
  code: 'AUTH_REQUIRED' | 'AUTH_INVALID' | 'ADMIN_AUTH_REQUIRED' | 'ADMIN_AUTH_INVALID' | 'FORBIDDEN',
  request: FastifyRequest,
  deps: RouteCheckDeps,
): never {
  const retryAfterMs = deps.failedAuth.take(deps.parts.addressOf(request.raw))
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryable: true, retryAfterMs })
  throw new AppError(code)
}

function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  // A header of another scheme is a wrong credential, not a missing one.
  return /^Bearer ([^\s]+)$/i.exec(header)?.[1] ?? ''
}

function tokenOfUrl(request: FastifyRequest): string | undefined {
  const { query } = request
  const hasToken = typeof query === 'object' && query !== null && 'token' in query
  return hasToken && typeof query.token === 'string' ? query.token : undefined
}
