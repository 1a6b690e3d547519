import { describe, expect, it } from 'vitest'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { sampleRecord } from '../testing/samples.ts'
import { applyEvent } from './applyEvent.ts'
import { createFakeStudio } from '../testing/fakeStudio.ts'
import { createQueryClient } from './queryClient.ts'

const FIRST_PAGE: string | undefined = undefined

function setUp(records: TaskRecord[]) {
  const { queries } = createFakeStudio({ records }).studio
  const cache = createQueryClient()
  const historyKey = queries.history.page.infiniteKey({
    input: (cursor: string | undefined) => ({ cursor }),
    initialPageParam: FIRST_PAGE,
  })
  cache.setQueryData(queries.tasks.list.queryKey(), records)
  cache.setQueryData(historyKey, {
    pages: [
      { records: records.slice(0, 1), cursor: '1', total: records.length },
      { records: records.slice(1), cursor: null, total: records.length },
    ],
    pageParams: [undefined, '1'],
  })
  return {
    apply: (event: Parameters<typeof applyEvent>[0]) => applyEvent(event, queries, cache),
    tasks: () => cache.getQueryData(queries.tasks.list.queryKey()),
    history: () => cache.getQueryData(historyKey)?.pages,
    historyIsStale: () => cache.getQueryState(historyKey)?.isInvalidated,
    stale: () => cache.getQueryState(queries.tasks.list.queryKey())?.isInvalidated,
  }
}

describe('events', () => {
  it('bring a newer record into every list, and keep it against an older one that comes late', () => {
    const set = setUp([sampleRecord(1), sampleRecord(2)])
    const newer = sampleRecord(2, { version: 7, name: 'Renamed' })
    set.apply({ kind: 'record.changed', record: newer })
    set.apply({ kind: 'record.changed', record: sampleRecord(2, { version: 3, name: 'Late' }) })
    expect(set.tasks()).toEqual([sampleRecord(1), newer])
    expect(set.history()?.[1]?.records).toEqual([newer])
  })

  it('put a new record on top of the tasks', () => {
    const set = setUp([sampleRecord(1)])
    set.apply({ kind: 'record.changed', record: sampleRecord(9) })
    expect(set.tasks()?.map(({ name }) => name)).toEqual(['Video 9', 'Video 1'])
  })

  it('leave the history marked for a new record until it is fetched anew', () => {
    const set = setUp([sampleRecord(1)])
    set.apply({ kind: 'record.changed', record: sampleRecord(9) })
    set.apply({ kind: 'record.changed', record: sampleRecord(1, { version: 8 }) })
    set.apply({ kind: 'record.removed', id: sampleRecord(1).id })
    expect(set.historyIsStale()).toBe(true)
  })

  it('take a removed record away and count it off on each page', () => {
    const set = setUp([sampleRecord(1), sampleRecord(2)])
    set.apply({ kind: 'record.removed', id: sampleRecord(2).id })
    expect(set.tasks()).toEqual([sampleRecord(1)])
    expect(set.history()?.map(({ total }) => total)).toEqual([1, 1])
    set.apply({ kind: 'record.removed', id: sampleRecord(2).id })
    expect(set.history()?.map(({ total }) => total)).toEqual([1, 1])
  })

  it('make everything stale on resync', () => {
    const set = setUp([sampleRecord(1)])
    expect(set.stale()).toBe(false)
    set.apply({ kind: 'resync' })
    expect(set.stale()).toBe(true)
  })
})
