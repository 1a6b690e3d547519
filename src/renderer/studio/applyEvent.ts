import type { InfiniteData, QueryClient, QueryFilters } from '@tanstack/react-query'
import type { HistoryPage, StudioEvent, TaskRecord } from '../../protocol/studio/index.ts'
import type { StudioQueries } from './client.ts'

type HistoryData = InfiniteData<HistoryPage, string | undefined>

/** Brings the caches up to date with one change. */
export function applyEvent(event: StudioEvent, queries: StudioQueries, cache: QueryClient): void {
  switch (event.kind) {
    case 'record.changed':
      applyRecord(event.record, queries, cache)
      return
    case 'record.removed':
      applyRemoval(event.id, queries, cache)
      return
    case 'connection.changed':
      // What a preflight says depends on who is there.
      void cache.invalidateQueries({ queryKey: queries.compose.preflight.key() })
      cache.setQueryData(queries.connection.get.queryKey(), event.connection)
      return
    case 'settings.changed':
      cache.setQueryData(queries.settings.get.queryKey(), event.settings)
      return
    case 'resync':
      void cache.invalidateQueries()
  }
}

/** A larger version is newer: answers and events may overtake each other. */
export function applyRecord(record: TaskRecord, queries: StudioQueries, cache: QueryClient): void {
  const isNew = cache.getQueryData(queries.tasks.list.queryKey())?.every((known) => known.id !== record.id) ?? false
  cache.setQueryData(queries.tasks.list.queryKey(), (list) => list && upsert(list, record))
  cache.setQueryData(
    queries.history.get.queryKey({ input: { id: record.id } }),
    (known) => known && newer(known, record),
  )
  cache.setQueriesData<HistoryData>(freshPages(queries), (data) =>
    data === undefined ? data : { ...data, pages: data.pages.map((page) => replaceIn(page, record)) },
  )
  // Only the studio knows where a new row belongs in a filtered, sorted list.
  if (isNew) void cache.invalidateQueries({ queryKey: queries.history.page.key() })
}

export function applyRemoval(id: string, queries: StudioQueries, cache: QueryClient): void {
  cache.setQueryData(queries.tasks.list.queryKey(), (list) => list?.filter((record) => record.id !== id))
  cache.setQueriesData<HistoryData>(freshPages(queries), (data) =>
    data?.pages.some((page) => page.records.some((record) => record.id === id)) === true
      ? { ...data, pages: data.pages.map((page) => removeFrom(page, id)) }
      : data,
  )
}

/**
 * The pages that may be patched. Writing to one that waits, off screen, to be fetched anew would take that mark away,
 * and with it the rows that it lacks.
 */
const freshPages = (queries: StudioQueries): QueryFilters => ({
  queryKey: queries.history.page.key({ type: 'infinite' }),
  predicate: (query) => query.isActive() || !query.state.isInvalidated,
})

const newer = (known: TaskRecord, record: TaskRecord): TaskRecord => (record.version >= known.version ? record : known)

function upsert(list: readonly TaskRecord[], record: TaskRecord): TaskRecord[] {
  const known = list.some((item) => item.id === record.id)
  return known ? list.map((item) => (item.id === record.id ? newer(item, record) : item)) : [record, ...list]
}

function replaceIn(page: HistoryPage, record: TaskRecord): HistoryPage {
  if (!page.records.some((item) => item.id === record.id)) return page
  return { ...page, records: page.records.map((item) => (item.id === record.id ? newer(item, record) : item)) }
}

/** `total` is of the whole list, told on each page. */
function removeFrom(page: HistoryPage, id: string): HistoryPage {
  return { ...page, records: page.records.filter((record) => record.id !== id), total: Math.max(0, page.total - 1) }
}
