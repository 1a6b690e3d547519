import {
  ADMIN_ROUTES,
  adminServerAnswerSchema,
  adminServerSchema,
  adminServersAnswerSchema,
  serverIdParamsSchema,
  strategyBodySchema,
} from '../../../../protocol/admin/index.ts'
import { successEnvelope } from '../../../../protocol/http/index.ts'
import { AppError } from '../../../../shared/index.ts'
import { adminServer, noteView } from '../../../admin/serverViews.ts'
import type { FleetOutcome, GpuServer } from '../../../fleet/port.ts'
import type { GatewayParts } from '../../../parts.ts'
import { inLanguage } from '../../../power/index.ts'
import type { GatewayApp } from '../../gatewayApp.ts'
import { about, REFUSALS } from '../describe.ts'
import { languageOf } from '../languageOf.ts'
import { WITHOUT_BODY, WITH_JSON, ok } from './access.ts'
import { changeSettings } from './settings.ts'

/** Which machine is sick, and what to do about it. */
export function adminServerRoutes(app: GatewayApp, parts: GatewayParts): void {
  listRoute(app, parts)
  showRoute(app, parts)
  strategyRoute(app, parts)
  drainRoutes(app, parts)
  removeRoute(app, parts)
}

function listRoute(app: GatewayApp, { fleet, power, settings }: GatewayParts): void {
  app.get(ADMIN_ROUTES.servers, {
    config: WITHOUT_BODY,
    schema: {
      ...about(
        'operators',
        'GPU servers',
        'Every server the gateway knows: its state, load, and why it takes nothing.',
      ),
      response: { 200: successEnvelope(adminServersAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const language = languageOf(request.raw)
      const servers = fleet.list().map((server) => adminServer(server, power, language))
      const { strategy } = settings.current()
      const powerNow = {
        hook: power.hasHook,
        state: power.state(),
        results: power.results().map((result) => inLanguage(result, language)),
      }
      return ok({ strategy, power: powerNow, servers })
    },
  })
}

function showRoute(app: GatewayApp, { fleet, power }: GatewayParts): void {
  app.get(ADMIN_ROUTES.server, {
    config: WITHOUT_BODY,
    schema: {
      ...about('operators', 'A GPU server', 'One server, the last 50 things that happened to it, newest first.'),
      params: serverIdParamsSchema,
      response: { 200: successEnvelope(adminServerAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const { server_id } = request.params
      const language = languageOf(request.raw)
      const server = fleet.get(server_id)
      if (server === undefined) throw new AppError('SERVER_NOT_FOUND')
      return ok({
        server: adminServer(server, power, language),
        history: [...fleet.history(server_id)].reverse().map((note) => noteView(note, language)),
        power_results: power
          .results()
          .filter((result) => result.server_id === server_id)
          .map((result) => inLanguage(result, language)),
      })
    },
  })
}

function strategyRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(ADMIN_ROUTES.strategy, {
    config: WITH_JSON,
    schema: {
      ...about('operators', 'Strategy', 'Which server gets the next task; the setting `strategy`. Acts at once.'),
      body: strategyBodySchema,
      response: { 200: successEnvelope(strategyBodySchema), ...REFUSALS },
    },
    handler: async (request) => ok({ strategy: changeSettings(parts, request, request.body).strategy }),
  })
}

function drainRoutes(app: GatewayApp, parts: GatewayParts): void {
  const actions = [
    {
      ...{ url: ADMIN_ROUTES.serverDrain, summary: 'Drain a server' },
      description: 'Running tasks end, nothing new is given. Outlives reconnects and restarts, until it is resumed.',
      act: (serverId: string) => parts.fleet.drain(serverId),
    },
    {
      ...{ url: ADMIN_ROUTES.serverResume, summary: 'Resume a server', description: 'Ends a drain.' },
      act: (serverId: string) => parts.fleet.resume(serverId),
    },
  ]
  for (const { url, summary, description, act } of actions) {
    app.post(url, {
      config: WITHOUT_BODY,
      schema: {
        ...about('operators', summary, description),
        params: serverIdParamsSchema,
        response: { 200: successEnvelope(adminServerSchema), ...REFUSALS },
      },
      handler: async (request) => {
        const { server_id } = request.params
        const was = parts.fleet.get(server_id)?.isDrained
        const server = appliedTo(act(server_id))
        request.auditChange = { before: { drained: was }, after: { drained: server.isDrained } }
        void parts.dispatcher.kick()
        return ok(adminServer(server, parts.power, languageOf(request.raw)))
      },
    })
  }
}

function removeRoute(app: GatewayApp, { fleet, power }: GatewayParts): void {
  app.delete(ADMIN_ROUTES.server, {
    config: WITHOUT_BODY,
    schema: {
      ...about(
        'operators',
        'Forget a server',
        'Only one that is not connected (409 SERVER_CONNECTED) and runs nothing (409 SERVER_RUNNING).',
      ),
      params: serverIdParamsSchema,
      response: { 200: successEnvelope(adminServerSchema), ...REFUSALS },
    },
    handler: async (request) =>
      ok(adminServer(appliedTo(fleet.remove(request.params.server_id)), power, languageOf(request.raw))),
  })
}

function appliedTo(outcome: FleetOutcome): GpuServer {
  if (outcome.kind === 'missing') throw new AppError('SERVER_NOT_FOUND')
  if (outcome.kind === 'refused')
    throw new AppError(outcome.reason === 'running' ? 'SERVER_RUNNING' : 'SERVER_CONNECTED')
  return outcome.server
}
