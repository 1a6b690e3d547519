import type { Server } from 'node:http'
import { fastify } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayParts } from '../parts.ts'
import { installRouteChecks } from './checks/pipeline.ts'
import { tellRefusal, watchAnswers } from './answerLog.ts'
import { answerClientError } from './clientErrors.ts'
import { failureOf, newRequestId } from './failure.ts'
import type { GatewayApp } from './gatewayApp.ts'
import type { RequestListener } from './nodeServer.ts'
import { RouteTable } from './notFound.ts'
import { reference } from './reference.ts'
import { adminRoutes } from './routes/admin/adminRoutes.ts'
import { assetRoutes } from './routes/assets.ts'
import { languageOf } from './routes/languageOf.ts'
import { metricsRoute } from './routes/metrics.ts'
import { poolFileRoutes } from './routes/poolFiles.ts'
import { resultRoutes } from './routes/results.ts'
import { stateRoutes } from './routes/state.ts'
import { submitRoutes } from './routes/submit.ts'
import { taskRoutes } from './routes/tasks.ts'
import { tusRoutes } from './routes/tusUploads.ts'
import type { TusHandlerFactory } from './routes/tusUploads.ts'
import { uploadFileRoute } from './routes/uploadFile.ts'
import { parseJsonBody } from './strictJsonParser.ts'
import { toAppError } from './toAppError.ts'

export interface HttpAppDeps {
  readonly parts: GatewayParts
  readonly createServer: (next: RequestListener) => Server
  readonly createTusHandler: TusHandlerFactory
  /** For uploads whose fields come after the file. */
  readonly spoolDir: string
}

/** All routes of the HTTP door behind their checks. Does not listen. */
export async function createHttpApp(deps: HttpAppDeps): Promise<GatewayApp> {
  const { parts } = deps
  const routes = new RouteTable()
  const app: GatewayApp = fastify({
    serverFactory: (next) => deps.createServer(next),
    genReqId: newRequestId,
    requestIdHeader: false,
    exposeHeadRoutes: false,
    bodyLimit: parts.limits.maxJsonBytes,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      fail(parts, request, reply, error)
    },
  }).withTypeProvider()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  )
  app.addHook('onRoute', ({ url, method }) => {
    routes.add(url, [method].flat())
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.setErrorHandler((error, request, reply) => {
    fail(parts, request, reply, error)
  })
  app.setNotFoundHandler((request, reply) => {
    const { error, allow } = routes.refusalOf(request)
    if (allow !== '') reply.header('allow', allow)
    fail(parts, request, reply, error)
  })
  watchAnswers(app, parts)
  installRouteChecks(app, parts)
  await reference(app, parts.version)
  submitRoutes(app, parts)
  taskRoutes(app, parts)
  stateRoutes(app, parts)
  poolFileRoutes(app, parts)
  resultRoutes(app, parts)
  await uploadFileRoute(app, parts, deps.spoolDir)
  assetRoutes(app, parts, deps.spoolDir)
  await adminRoutes(app, parts)
  metricsRoute(app, parts)
  await tusRoutes(app, parts, deps.createTusHandler)
  await app.ready()
  return app
}

function fail(parts: GatewayParts, request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const error = toAppError(thrown)
  const failure = failureOf(error, languageOf(request.raw), request.id)
  tellRefusal(parts, request, failure, error)
  // What was not read of a refused body would be taken for the next request.
  if (!request.raw.complete) reply.header('connection', 'close')
  void reply.code(failure.status).headers(failure.headers).type('application/json; charset=utf-8')
  void reply.serializer(JSON.stringify).send(failure.body)
}
