import type { FastifyRequest } from 'fastify'
import { scrubValue } from '../../../../shared/node/index.ts'
import type { AuditCall } from '../../../admin/auditLog.ts'
import type { GatewayParts } from '../../../parts.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { toAppError } from '../../toAppError.ts'

type Values = Readonly<Record<string, unknown>>

declare module 'fastify' {
  interface FastifyRequest {
    /** The entry of this call in the audit log, once its input was understood. */
    auditNumber: number | undefined
    /** Set by a handler that replaced a value: what it was, and what it is now. */
    auditChange: { readonly before: Values; readonly after: Values } | undefined
    auditCode: string | undefined
  }
}

type AuditParts = Pick<GatewayParts, 'audit' | 'log' | 'addressOf'>

/**
 * Writes every call of this scope's routes to the audit log: before it acts, and how it ended before it is answered.
 * A change that cannot be written down does not happen; reading goes on, for that is how a full disk is found.
 */
export function auditCalls(scope: GatewayApp, parts: AuditParts): void {
  scope.decorateRequest('auditNumber', undefined)
  scope.decorateRequest('auditChange', undefined)
  scope.decorateRequest('auditCode', undefined)
  scope.addHook('preHandler', async (request) => {
    const call = callOf(parts, request, inputOf(request))
    try {
      request.auditNumber = parts.audit.begin(call)
    } catch (error) {
      if (call.kind !== 'read') throw error
      parts.log.error('a read could not be written to the audit log', { request_id: request.id, error })
    }
  })
  scope.addHook('onError', async (request, _reply, error) => {
    request.auditCode = toAppError(error).code
  })
  scope.addHook('onSend', async (request, reply) => {
    // Too many calls are what the log is protected from; one that was let in, and refused by a full queue, is none.
    if (reply.statusCode === 429 && request.auditNumber === undefined) return
    try {
      write(parts, request, reply.statusCode)
    } catch (error) {
      parts.log.error('the end of a call could not be written to the audit log', { request_id: request.id, error })
    }
  })
}

function write({ audit, ...parts }: AuditParts, request: FastifyRequest, status: number): void {
  const { auditNumber, auditChange, auditCode = null } = request
  const outcome = { status, code: auditCode, before: auditChange?.before ?? null, after: auditChange?.after ?? null }
  const call = callOf(parts, request, auditNumber === undefined ? null : inputOf(request))
  if (auditNumber !== undefined) audit.end(auditNumber, outcome)
  else if (auditCode !== null) audit.refuse({ ...call, kind: 'refused' }, outcome)
  const { kind, requestId, ...told } = call
  if (kind === 'change') parts.log.info('operator', { request_id: requestId, ...told, ...outcome })
}

function callOf(parts: Pick<GatewayParts, 'addressOf'>, request: FastifyRequest, input: Values | null): AuditCall {
  return {
    kind: request.method === 'GET' ? 'read' : 'change',
    actor: actorOf(request),
    address: parts.addressOf(request.raw),
    method: request.method,
    route: request.routeOptions.url ?? '',
    requestId: request.id,
    input,
  }
}

function actorOf({ caller }: FastifyRequest): string {
  if (caller?.kind === 'admin') return 'admin'
  return caller?.kind === 'tenant' ? `tenant:${caller.tenant}` : 'nobody'
}

/** Only what passed the schema, so that nothing gets in that nobody has thought of. */
function inputOf({ params, query, body }: FastifyRequest): Values | null {
  const input = [params, query, body].reduce<Values>((all, part) => ({ ...all, ...valuesOf(part) }), {})
  return Object.keys(input).length === 0 ? null : valuesOf(scrubValue(input))
}

function valuesOf(value: unknown): Values {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
