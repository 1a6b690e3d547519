import type { HistoryPage, TaskRecord } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import type { StudioClient } from '../studio/index.ts'
import { answer } from './fakeState.ts'
import type { FakeDeps } from './fakeState.ts'
import { handleOf, NOW_MS, recordIdOf, sampleFile, sampleRecord, sampleVoice } from './samples.ts'

type RecordParts = Pick<StudioClient, 'tasks' | 'history'> & {
  readonly create: (name: string, retryOf?: string) => TaskRecord
}

/** Tasks and history over one list that really changes. */
export function fakeRecords(deps: FakeDeps): RecordParts {
  const { state, emit } = deps
  const removed = new Map<string, TaskRecord>()
  const find = (id: string): TaskRecord => {
    const record = state.records.find((candidate) => candidate.id === id)
    if (record === undefined) throw new AppError('HISTORY_NOT_FOUND')
    return record
  }
  const put = (record: TaskRecord): TaskRecord => {
    state.records = [record, ...state.records.filter(({ id }) => id !== record.id)]
    emit({ kind: 'record.changed', record })
    return record
  }
  const create = (name: string, retryOf: string | null = null): TaskRecord => {
    const seed = 1_000 + state.records.length + removed.size
    return put({ ...startedRecord(seed), name, retryOf })
  }
  return {
    create,
    tasks: {
      list: () => answer(deps, 'tasks.list', () => state.records),
      cancel: ({ id }) =>
        answer(deps, 'tasks.cancel', () => {
          const record = { ...find(id), cancelling: true, version: find(id).version + 1 }
          state.records = state.records.map((candidate) => (candidate.id === id ? record : candidate))
          return record
        }),
      retry: ({ id }) => answer(deps, 'tasks.retry', () => create(find(id).name, id)),
    },
    history: {
      page: ({ query, phase, cursor, limit }) =>
        answer(deps, 'history.page', () =>
          page(matches(state.records, query, phase), Number(cursor ?? 0), limit ?? 50),
        ),
      get: ({ id }) => answer(deps, 'history.get', () => find(id)),
      remove: ({ id }) =>
        answer(deps, 'history.remove', () => {
          removed.set(id, find(id))
          state.records = state.records.filter((record) => record.id !== id)
          emit({ kind: 'record.removed', id })
        }),
      restore: ({ id }) =>
        answer(deps, 'history.restore', () => {
          const record = removed.get(id)
          if (record === undefined) throw new AppError('HISTORY_NOT_FOUND')
          removed.delete(id)
          return put(record)
        }),
      reveal: () => answer(deps, 'history.reveal', () => undefined),
      saveAs: () => answer(deps, 'history.saveAs', () => ({ saved: true })),
      inputs: ({ id }) =>
        answer(deps, 'history.inputs', () => ({
          avatar: find(id).avatar.available ? sampleFile({ handle: handleOf(11) }) : null,
          voice: find(id).voice.available ? sampleVoice({ handle: handleOf(12) }) : null,
          options: find(id).options,
        })),
    },
  }
}

const startedRecord = (seed: number): TaskRecord =>
  sampleRecord(seed, {
    id: recordIdOf(seed),
    phase: 'hashing',
    createdAtMs: NOW_MS,
    endedAtMs: null,
    output: null,
    timeline: [],
  })

const ENDED: readonly string[] = ['done', 'failed', 'cancelled']

function matches(
  records: readonly TaskRecord[],
  query: string | undefined,
  phase: 'active' | 'done' | 'failed' | 'cancelled' | undefined,
): TaskRecord[] {
  return records.filter((record) => {
    if (phase === 'active' && ENDED.includes(record.phase)) return false
    if (phase !== undefined && phase !== 'active' && record.phase !== phase) return false
    return query === undefined || record.name.toLowerCase().includes(query.toLowerCase())
  })
}

function page(found: readonly TaskRecord[], from: number, limit: number): HistoryPage {
  const next = from + limit
  return {
    records: found.slice(from, next),
    cursor: next < found.length ? String(next) : null,
    total: found.length,
  }
}
