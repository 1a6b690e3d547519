import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { REPLAY_HEADER } from '../../protocol/http/index.ts'
import { isErrorCode } from '../../protocol/errors/index.ts'
import type { AppError } from '../../shared/index.ts'
import type { Door } from '../metrics/index.ts'
import type { GatewayParts } from '../parts.ts'
import { splitTarget } from '../sockets/splitTarget.ts'
import type { Failure } from './failure.ts'
import type { GatewayApp } from './gatewayApp.ts'

type Told = Pick<GatewayParts, 'log' | 'metrics' | 'addressOf'>

const TOO_MANY = 429
const FAULT = 500

/** Counts every answer, and writes it at debug level with the request id that the client was told. */
export function watchAnswers(app: GatewayApp, parts: Told): void {
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode: status, elapsedTime: durationMs } = reply
    const route = routeOf(request)
    const isReplay = reply.getHeader(REPLAY_HEADER) === 'true'
    parts.metrics.answered({ method: request.method, route, status, durationMs, isReplay })
    parts.log.debug('request answered', { ...fieldsOf(parts, request), status, durationMs: Math.round(durationMs) })
  })
}

/** A refusal of a route: 5xx is a fault of ours and told with its cause, too many requests only at debug level. */
export function tellRefusal(parts: Told, request: FastifyRequest, { status, body }: Failure, error: AppError): void {
  const { code } = body.error
  count(parts, 'http', code)
  const fields = { ...fieldsOf(parts, request), status, code }
  if (status >= FAULT) parts.log.error('request failed', { ...fields, error })
  else if (status === TOO_MANY) parts.log.debug('request refused', fields)
  else parts.log.info('request refused', { ...fields, ...(error.field === undefined ? {} : { field: error.field }) })
}

/** What never reached a route. Anybody can cause it, so it fills no log. */
export function tellTurnedAway(parts: Told, door: Door, request: IncomingMessage, { status, body }: Failure): void {
  const { code } = body.error
  count(parts, door, code)
  parts.log.debug('turned away', {
    ...{ request_id: body.request_id, door, method: request.method, path: splitTarget(request.url ?? '').path },
    ...{ status, code, address: parts.addressOf(request) },
  })
}

function count(parts: Told, door: Door, code: string): void {
  if (isErrorCode(code)) parts.metrics.refused(door, code)
}

function fieldsOf(parts: Told, request: FastifyRequest): Readonly<Record<string, unknown>> {
  return {
    ...{ request_id: request.id, method: request.method, route: routeOf(request) },
    address: parts.addressOf(request.raw),
  }
}

/** As the router names it: an address may hold ids, or a key. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown'
}
