import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { checkHead } from '../door/doorChecks.ts'
import type { DoorPolicy } from '../door/doorChecks.ts'
import { requireToken } from '../door/launchToken.ts'
import type { LaunchToken } from '../door/launchToken.ts'
import { isTicketPath } from '../door/openTickets.ts'
import type { OpenTickets } from '../door/openTickets.ts'
import { serveMedia } from '../media/mediaRoute.ts'
import type { MediaRouteDeps } from '../media/mediaRoute.ts'
import type { Page } from '../page/pageFiles.ts'
import { servePage, servePageFile } from '../page/servePage.ts'
import { answerOffset, takeFile } from '../staging/filesRoute.ts'
import type { FilesRouteDeps } from '../staging/filesRoute.ts'
import { SECURITY_HEADERS, sendError } from './answer.ts'

export interface RouterDeps extends FilesRouteDeps, MediaRouteDeps {
  readonly policy: () => DoorPolicy
  readonly page: Page
  readonly token: LaunchToken
  readonly tickets: OpenTickets
  readonly log: Logger
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

type Handler = (exchange: Exchange, deps: RouterDeps) => Promise<void> | void

interface Route {
  readonly methods: readonly string[]
  readonly handle: Handler
}

const READ = ['GET', 'HEAD']

/** Answers every request; whatever a route throws becomes an answer with a code. */
export function createRouter(deps: RouterDeps): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    answer(request, response, deps).catch((thrown: unknown) => {
      const error = AppError.from(thrown)
      if (error.code === 'INTERNAL')
        deps.log.error('a request failed', { path: request.url, error: String(error.stack) })
      sendError(request, response, error)
    })
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, deps: RouterDeps): Promise<void> {
  const refusal = checkHead(request, deps.policy())
  if (refusal !== undefined) throw new AppError(refusal)
  const url = new URL(request.url ?? '/', 'http://app')
  const route = findRoute(url.pathname, deps.page)
  if (route === undefined) throw new AppError('ROUTE_NOT_FOUND')
  if (!route.methods.includes(request.method ?? '')) {
    response.setHeader('allow', route.methods.join(', '))
    throw new AppError('METHOD_NOT_ALLOWED')
  }
  await route.handle({ request, response, url }, deps)
}

function findRoute(path: string, page: Page): Route | undefined {
  if (path === '/' || path === '/index.html') return { methods: READ, handle: pageHandler }
  if (path === '/files') return { methods: ['PUT', 'HEAD'], handle: filesHandler }
  if (path.startsWith('/media/')) return { methods: READ, handle: mediaHandler }
  if (isTicketPath(path)) return { methods: ['GET'], handle: ticketHandler }
  const file = page.files.get(path)
  return file && { methods: READ, handle: ({ request, response }) => servePageFile(request, response, file) }
}

const pageHandler: Handler = ({ request, response }, { page }) => {
  servePage(request, response, page.html)
}

const mediaHandler: Handler = ({ request, response, url }, deps) => serveMedia(request, url, response, deps)

const filesHandler: Handler = async ({ request, response, url }, deps) => {
  requireToken(request, deps.token)
  await (request.method === 'HEAD' ? answerOffset(url, response, deps) : takeFile(request, url, response, deps))
}

/** Opens the app with its token; a ticket that was used or is late opens the app, which says what is missing. */
const ticketHandler: Handler = ({ response, url }, { tickets, token }) => {
  const location = tickets.redeem(url.pathname) ? `/#token=${token.value}` : '/'
  response.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': '0' }).end()
}
