import type { AppError, Emitter } from '../../shared/index.ts'
import type { StudioClient, StudioQueries } from './client.ts'
import type { Door } from './door.ts'
import type { LinkState } from './studioLink.ts'

/** All the page has of the world outside: requests, their cache keys, the way in for files, and whether it is there. */
export interface Studio {
  readonly client: StudioClient
  readonly queries: StudioQueries
  readonly door: Pick<Door, 'kind' | 'addFile'>
  readonly link: { readonly state: LinkState; readonly changed: Emitter<LinkState> }
  /** Resolves when requests can travel. */
  whenOpen(signal?: AbortSignal): Promise<void>
}

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: AppError
  }
}
