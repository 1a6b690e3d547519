import { QueryClient } from '@tanstack/react-query'
import type { AppError } from '../../shared/index.ts'
import { LINK_LOST } from './studioLink.ts'

/** Answers stay fresh until an event says otherwise; only a lost connection is worth asking again at once. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (count: number, error: AppError) => error.code === LINK_LOST && count < 5,
        retryDelay: 200,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
