import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useStudio } from '../../studio/index.ts'

export const HISTORY_PHASES = ['all', 'done', 'failed', 'cancelled'] as const

export type HistoryPhase = (typeof HISTORY_PHASES)[number]

export interface HistoryFilter {
  readonly query: string
  readonly phase: HistoryPhase
}

const PAGE_ROWS = 60

/** The rows that match, page by page; what was found before stays on screen while the next answer is on its way. */
export function useHistory({ query, phase }: HistoryFilter) {
  const { queries } = useStudio()
  const trimmed = query.trim()
  const pages = useInfiniteQuery(
    queries.history.page.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: PAGE_ROWS,
        ...(trimmed === '' ? {} : { query: trimmed }),
        ...(phase === 'all' ? {} : { phase }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.cursor ?? undefined,
      placeholderData: keepPreviousData,
    }),
  )
  const records = useMemo(() => pages.data?.pages.flatMap((page) => page.records) ?? [], [pages.data])
  return { pages, records, total: pages.data?.pages[0]?.total ?? 0 }
}
