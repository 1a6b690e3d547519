import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../../../protocol/errors/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { watchBody } from './bodyDeadlines.ts'
import {
  encrypted,
  fetchSiteAllowed,
  hostAllowed,
  methodKnown,
  noKeyInUrl,
  notStopping,
  originAllowed,
  wellFormed,
} from './doorChecks.ts'
import type { DoorCheck, DoorPolicy } from './doorChecks.ts'
import {
  checkAllowed,
  checkContentType,
  checkRate,
  checkSize,
  hasBearer,
  identify,
  identifyByBody,
} from './routeChecks.ts'
import type { Caller, RouteAccess, RouteCheckDeps } from './routeChecks.ts'
import { TokenBuckets } from '../../intake/TokenBuckets.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess
  }
  interface FastifyRequest {
    /** Set by the checks of this file alone. */
    caller: Caller | undefined
  }
}

/**
 * The order of checks, first part: on the head alone, for requests and upgrades alike. The connection caps before
 * it are the server's own (`maxConnections`) and the upgrade router's.
 */
const DOOR_CHECKS: readonly DoorCheck[] = [
  wellFormed,
  encrypted,
  hostAllowed,
  fetchSiteAllowed,
  originAllowed,
  methodKnown,
  noKeyInUrl,
  notStopping,
]

/** The first refusal of a request head, or undefined when it may go on to its route. */
export function checkDoor(request: IncomingMessage, policy: DoorPolicy): ErrorCode | undefined {
  for (const check of DOOR_CHECKS) {
    const code = check(request, policy)
    if (code !== undefined) return code
  }
  return undefined
}

const PUBLIC: RouteAccess = { auth: 'none', body: 'none', rate: 'none' }

/**
 * The order of checks, second part: path (the router) → auth and tenant → content type → size → rate → strict JSON
 * (the body parser) → schema (the route's) → handler. A key in the body moves auth and rate behind the parser. No
 * body at all is `{}` where JSON is taken.
 */
export function installRouteChecks(app: FastifyInstance, parts: GatewayParts): void {
  const deps = checkDeps(parts)
  app.decorateRequest('caller', undefined)
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    const access = accessOf(request)
    watchBody(request.raw, reply.raw, access, parts)
    if (!isKeyInBody(request, access)) {
      request.caller = await identify(request, access, deps)
      checkAllowed(request, request.caller, access, deps)
    }
    checkContentType(request, access)
    checkSize(request, access, deps)
    if (request.caller !== undefined) checkRate(request.caller, access, deps)
  })
  app.addHook('preValidation', async (request) => {
    if (request.is404) return
    const access = accessOf(request)
    if (access.body === 'json' && request.body === undefined) request.body = {}
    if (!isKeyInBody(request, access)) return
    request.caller = identifyByBody(request, deps)
    checkRate(request.caller, access, deps)
  })
}

/** The worker's task of a request that passed the checks of a worker's route. */
export function workerOfRequest(request: FastifyRequest): Extract<Caller, { kind: 'worker' }> {
  if (request.caller?.kind !== 'worker') throw new AppError('AUTH_REQUIRED')
  return request.caller
}

/** The tenant of a request that passed the checks of a tenant's route. */
export function tenantOfRequest(request: FastifyRequest): string {
  if (request.caller?.kind !== 'tenant') throw new AppError('AUTH_REQUIRED')
  return request.caller.tenant
}

function checkDeps(parts: GatewayParts): RouteCheckDeps {
  const { clock, limits, rates } = parts
  const steady = (perMinute: number) => new TokenBuckets(clock, () => ({ perMinute, burst: perMinute }))
  return {
    parts,
    submits: rates.submits,
    requests: steady(limits.requestsPerMinute),
    admin: steady(limits.adminRequestsPerMinute),
    failedAuth: rates.failedAuth,
  }
}

function accessOf(request: FastifyRequest): RouteAccess {
  return request.routeOptions.config.access ?? PUBLIC
}

function isKeyInBody(request: FastifyRequest, access: RouteAccess): boolean {
  return access.auth === 'tenant_or_body' && !hasBearer(request)
}
