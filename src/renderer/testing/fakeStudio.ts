import { AsyncIteratorClass } from '@orpc/client'
import type { StudioEvent, TaskRecord } from '../../protocol/studio/index.ts'
import { AppError, createEmitter } from '../../shared/index.ts'
import type { Emitter } from '../../shared/index.ts'
import { fakeFiles } from './fakeFiles.ts'
import { fakeRecords } from './fakeRecords.ts'
import { answer } from './fakeState.ts'
import type { FakeDeps, FakeState } from './fakeState.ts'
import { sampleConnection, sampleInfo, samplePreflight, sampleSettings } from './samples.ts'
import type { StudioClient } from '../studio/client.ts'
import { createStudioQueries } from '../studio/client.ts'
import type { Studio } from '../studio/Studio.ts'
import type { LinkState } from '../studio/studioLink.ts'

export interface FakeStudio {
  readonly studio: Studio
  readonly state: FakeState
  emit(event: StudioEvent): void
  /** Changes a record and tells about it, as the studio does. */
  update(id: string, over: Partial<TaskRecord>): void
  setLink(state: LinkState): void
}

/** An in-memory studio for tests: the whole contract, with a history that really changes. */
export function createFakeStudio(over: Partial<FakeState> = {}): FakeStudio {
  const state: FakeState = {
    info: sampleInfo(),
    settings: sampleSettings(),
    connection: sampleConnection(),
    preflight: samplePreflight(),
    records: [],
    files: new Map(),
    failures: new Map(),
    silent: new Set(),
    ...over,
  }
  const events = createEmitter<StudioEvent>()
  const emit = (event: StudioEvent): void => events.emit(structuredClone(event))
  const link = { state: 'open' as LinkState, changed: createEmitter<LinkState>() }
  const client = createFakeClient({ state, emit }, events)
  return {
    studio: {
      client,
      queries: createStudioQueries(client),
      link,
      whenOpen: () => Promise.resolve(),
      door: fakeDoor(state),
    },
    state,
    emit,
    update(id, change) {
      state.records = state.records.map((record) =>
        record.id === id ? { ...record, ...change, version: record.version + 1 } : record,
      )
      const record = state.records.find((candidate) => candidate.id === id)
      if (record !== undefined) emit({ kind: 'record.changed', record })
    },
    setLink(next) {
      link.state = next
      link.changed.emit(next)
    },
  }
}

const fakeDoor = (state: FakeState): Studio['door'] => ({
  kind: 'web',
  async addFile(file, { onProgress }) {
    onProgress(1)
    const view = state.files.get(file.name)
    if (view === undefined) throw new AppError('MEDIA_INVALID', { data: { file: file.name } })
    return view.handle
  },
})

function createFakeClient(deps: FakeDeps, events: Emitter<StudioEvent>): StudioClient {
  const { state, emit } = deps
  const { create, tasks, history } = fakeRecords(deps)
  return {
    info: () => answer(deps, 'info', () => state.info),
    events: async (_input, options) => stream(events, options?.signal),
    files: fakeFiles(deps),
    compose: {
      preflight: () => answer(deps, 'compose.preflight', () => state.preflight),
      create: ({ options }) => answer(deps, 'compose.create', () => create(options.name ?? 'presenter – welcome')),
    },
    tasks,
    history,
    connection: fakeConnection(deps),
    settings: {
      get: () => answer(deps, 'settings.get', () => state.settings),
      set: (patch) =>
        answer(deps, 'settings.set', () => {
          for (const [key, value] of Object.entries(patch)) {
            if (value !== undefined) state.settings = { ...state.settings, [key]: value }
          }
          emit({ kind: 'settings.changed', settings: state.settings })
          return state.settings
        }),
    },
  }
}

function fakeConnection(deps: FakeDeps): StudioClient['connection'] {
  const { state, emit } = deps
  return {
    get: () => answer(deps, 'connection.get', () => state.connection),
    test: () =>
      answer(deps, 'connection.test', () => ({
        steps: [
          { step: 'name', outcome: 'ok', error: null },
          { step: 'connect', outcome: 'ok', error: null },
          { step: 'tls', outcome: 'ok', error: null },
          { step: 'gateway', outcome: 'ok', error: null },
          { step: 'auth', outcome: 'failed', error: { ...new AppError('AUTH_INVALID').toJSON(), data: {} } },
          { step: 'gpu', outcome: 'skipped', error: null },
        ],
      })),
    use: (target) =>
      answer(deps, 'connection.use', () => {
        const host = target.kind === 'remote' ? target.url : '127.0.0.1'
        state.connection = sampleConnection({ kind: target.kind, host })
        emit({ kind: 'connection.changed', connection: state.connection })
        return state.connection
      }),
  }
}

/** Begins with `resync`, then every event until the caller stops. */
function stream(events: Emitter<StudioEvent>, signal: AbortSignal | undefined) {
  const waiting: StudioEvent[] = [{ kind: 'resync' }]
  let wake = Promise.withResolvers<undefined>()
  const off = events.on((event) => {
    waiting.push(event)
    wake.resolve(undefined)
  })
  signal?.addEventListener('abort', () => wake.resolve(undefined))
  return new AsyncIteratorClass<StudioEvent, undefined>(
    async () => {
      while (signal?.aborted !== true) {
        const value = waiting.shift()
        if (value !== undefined) return { done: false, value }
        await wake.promise
        wake = Promise.withResolvers()
      }
      return { done: true, value: undefined }
    },
    async () => off(),
  )
}
