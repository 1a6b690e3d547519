import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HTTP_ROUTES } from '../../../protocol/http/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest, workerOfRequest } from '../checks/pipeline.ts'
import type { RouteAccess } from '../checks/routeChecks.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { about } from './describe.ts'

export type RawHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface UploadOwner {
  readonly tenant: string
  readonly maxBytes: number
  readonly origin: 'input' | 'result'
}

/** Makes the tus handler of one mount point; `authorize` answers for requests the checks let through. */
export type TusHandlerFactory = (mount: {
  readonly basePath: string
  readonly authorize: (request: IncomingMessage) => UploadOwner
}) => RawHandler

/** Each POST writes a row of the database; the others go on with what a POST began. */
const METHODS = [
  { method: ['POST'], rate: 'request' },
  { method: ['HEAD', 'PATCH', 'DELETE', 'OPTIONS'], rate: 'none' },
] as const
const MOUNTS = [
  { basePath: HTTP_ROUTES.poolUploads, auth: 'tenant', tag: 'files', summary: 'Resumable upload (tus 1.0)' },
  { basePath: HTTP_ROUTES.workerUploads, auth: 'capability', tag: 'workers', summary: 'Upload of an output (tus 1.0)' },
] as const

const DESCRIPTION =
  'Creation, termination, expiration. Metadata `md5`, `sha256`, `ext`, `name`. Both digests are checked on the last ' +
  'byte, then the file is published; on a mismatch the upload is gone.'

/** The two tus mounts: a tenant's inputs, and a worker's output for the task of its capability. */
export async function tusRoutes(app: GatewayApp, parts: GatewayParts, createHandler: TusHandlerFactory): Promise<void> {
  await app.register(async (scope) => {
    // The handler reads the raw request itself: no parser may touch the body.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => {
      done(null)
    })
    for (const mount of MOUNTS) {
      const owners = new WeakMap<IncomingMessage, UploadOwner>()
      const handle = createHandler({
        basePath: mount.basePath,
        authorize: (request) => {
          const owner = owners.get(request)
          if (owner === undefined) throw new AppError('AUTH_REQUIRED')
          return owner
        },
      })
      const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
        const tenant = mount.auth === 'tenant' ? tenantOfRequest(request) : workerOfRequest(request).task.tenant
        const origin = mount.auth === 'tenant' ? 'input' : 'result'
        owners.set(request.raw, { tenant, origin, maxBytes: parts.limits.maxFileBytes })
        // A refusal rejects before anything is sent, and is answered like every other.
        await handle(request.raw, reply.raw)
        reply.hijack()
      }
      for (const url of [mount.basePath, `${mount.basePath}/*`]) {
        const schema = { ...about(mount.tag, mount.summary, DESCRIPTION), hide: url !== mount.basePath }
        for (const { method, rate } of METHODS) {
          const access: RouteAccess = { auth: mount.auth, body: 'raw', rate }
          scope.route({ method: [...method], url, config: { access }, schema, handler })
        }
      }
    }
  })
}
