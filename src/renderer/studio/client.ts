import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import type { StudioContract } from '../../protocol/studio/index.ts'

/** The studio as the page calls it. Every failure is an AppError. */
export type StudioClient = ContractRouterClient<StudioContract>

/** What carries the requests of a `StudioClient`. */
export type CallLink = Parameters<typeof createORPCClient<StudioClient>>[0]

export const createStudioClient = (link: CallLink): StudioClient => createORPCClient<StudioClient>(link)

/** Query keys and options of every procedure. */
export type StudioQueries = ReturnType<typeof createStudioQueries>

export const createStudioQueries = (client: StudioClient) => createTanstackQueryUtils(client)
