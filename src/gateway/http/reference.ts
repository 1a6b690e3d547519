import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { CAPABILITY_HEADER } from '../../protocol/http/index.ts'
import type { GatewayApp } from './gatewayApp.ts'
import { TAGS } from './routes/describe.ts'

const REFERENCE_PATH = '/docs'

/** The reference page brings its own style sheet; everything it loads comes from here, so it works offline. */
const PAGE_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

/** OpenAPI at /docs/json and a page to read it at /docs. Holds no secret, so it needs no credential. */
export async function reference(app: GatewayApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Digital Human Studio gateway', version, description: DESCRIPTION },
      tags: [...TAGS],
      components: {
        securitySchemes: {
          licence: { type: 'http', scheme: 'bearer', description: 'The licence key (`license_key` of the gateway).' },
          admin: { type: 'http', scheme: 'bearer', description: 'The admin token (`admin_token` of the gateway).' },
          capability: { type: 'apiKey', in: 'header', name: CAPABILITY_HEADER, description: 'From the job frame.' },
        },
      },
    },
    transform: jsonSchemaTransform,
  })
  await app.register(swaggerUi, {
    routePrefix: REFERENCE_PATH,
    staticCSP: PAGE_CSP,
    uiConfig: { validatorUrl: null, docExpansion: 'list' },
  })
}

const DESCRIPTION =
  'Composes digital-human videos: an avatar video and a voice become a lip-synced video. Files go to the pool, a task ' +
  'waits in a durable queue, a GPU server runs it when there is one. Every refusal has a code that never changes, ' +
  'a sentence and advice in English or Chinese (`Accept-Language`), and a `request_id`.'
