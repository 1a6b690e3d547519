import type {
  Connection,
  FileView,
  Preflight,
  Settings,
  StudioEvent,
  StudioInfo,
  TaskRecord,
} from '../../protocol/studio/index.ts'
import type { AppError } from '../../shared/index.ts'

export interface FakeState {
  info: StudioInfo
  settings: Settings
  connection: Connection
  preflight: Preflight
  records: TaskRecord[]
  /** What a dropped file turns out to be, by its name. */
  files: Map<string, FileView>
  /** Procedures that fail, by path (`compose.create`). */
  failures: Map<string, AppError>
  /** Procedures that never answer. */
  silent: Set<string>
}

/** What the parts of the fake share. */
export interface FakeDeps {
  readonly state: FakeState
  readonly emit: (event: StudioEvent) => void
}

/** Every answer is a copy, as over a wire; or the failure a test has asked for. */
export async function answer<T>({ state }: FakeDeps, path: string, work: () => T): Promise<T> {
  if (state.silent.has(path)) await new Promise(() => undefined)
  const failure = state.failures.get(path)
  if (failure !== undefined) throw failure
  return structuredClone(work())
}
