import type { FastifyRequest } from 'fastify'
import { AppError } from '../../shared/index.ts'

interface KnownRoute {
  readonly method: string
  readonly matches: RegExp
}

/** Tells an address that is not there from one that takes another method. */
export class RouteTable {
  readonly #routes: KnownRoute[] = []

  add(url: string, methods: readonly string[]): void {
    const pattern = url
      .replace(/[.+^$()[\]{}|\\]/g, String.raw`\$&`)
      .replace(/:[^/]+/g, '[^/]+')
      .replaceAll('*', '.*')
    const matches = new RegExp(`^${pattern}$`)
    for (const method of methods) this.#routes.push({ method, matches })
  }

  refusalOf(request: FastifyRequest): { readonly error: AppError; readonly allow: string } {
    const path = request.url.split('?')[0] ?? ''
    const allow = [...new Set(this.#routes.filter(({ matches }) => matches.test(path)).map(({ method }) => method))]
    const code = allow.length > 0 ? 'METHOD_NOT_ALLOWED' : 'ROUTE_NOT_FOUND'
    return { error: new AppError(code), allow: allow.join(', ') }
  }
}
