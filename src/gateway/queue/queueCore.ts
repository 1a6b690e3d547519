import type { Clock } from '../../shared/index.ts'
import { faultPoint } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { GroupCommit } from '../store/groupCommit.ts'
import { isRunning } from './runs/liveRuns.ts'
import type { Move, MoveContext } from './life/moves.ts'
import { EndedTally } from './rows/statistics.ts'
import type { NewTask, QueueChange, StoredTask } from './port.ts'
import { ProgressBoard } from './runs/progressBoard.ts'
import { QueueMeta } from './rows/queueMeta.ts'
import { RunTimes } from './runs/runTimes.ts'
import { createSteadyTime, steadyAtStart } from './steadyTime.ts'
import type { Now } from './steadyTime.ts'
import { toStoredTask } from './life/taskRow.ts'
import type { TaskRow } from './life/taskRow.ts'
import { TaskStore } from './rows/taskStore.ts'
import type { StoredChange } from './rows/taskStore.ts'
import type { QueueLimits, QueueTimings } from './timings.ts'

export interface SqliteQueueDeps {
  /** Opened and closed by the caller, after `close()` of the queue. */
  readonly db: Database
  readonly clock: Clock
  readonly timings: QueueTimings
  /** Asked at every submit. */
  readonly limits: () => QueueLimits
  /** How long a task may wait that says nothing of it; null = until it runs. Without it `timings` decides. */
  readonly queuedTtlMs?: () => number | null
  /** See `POSITIONS_COUNTED`; tests make it small. */
  readonly positionsCounted?: number
  /** 0 ≤ x < 1, for the jitter of back-offs. */
  readonly random?: () => number
  /** A listener of `onChange` threw. */
  readonly onListenerError?: (error: unknown) => void
}

/** What the doors of the SQLite queue stand on: its rows, one writer, one clock, one place that tells of changes. */
export class QueueCore {
  readonly deps: SqliteQueueDeps
  readonly store: TaskStore
  readonly meta: QueueMeta
  readonly ended: EndedTally
  readonly runTimes: RunTimes
  readonly board = new ProgressBoard()
  readonly now: () => Now
  readonly #commit: GroupCommit<StoredChange>
  readonly #listeners = new Set<(change: QueueChange) => void>()
  readonly #arrivalListeners = new Set<() => void>()
  readonly #arriving = new Set<NewTask>()

  constructor(deps: SqliteQueueDeps) {
    this.deps = deps
    this.store = new TaskStore(deps.db)
    this.meta = new QueueMeta(deps.db)
    this.ended = new EndedTally(() => this.store.tasks.endedByState())
    this.runTimes = new RunTimes(deps.db)
    const startMs = steadyAtStart(deps.clock.now(), this.meta.keptTime(), deps.timings.downtimeCountsMs)
    const steady = createSteadyTime(deps.clock, startMs)
    this.now = () => {
      const { wallMs, steadyMs } = steady()
      return { wallMs, steadyMs, waitMs: steadyMs - this.meta.pausedMs(steadyMs) }
    }
    this.#commit = new GroupCommit({
      db: deps.db,
      announce: (changes) => {
        this.#announce(changes)
      },
      rolledBack: () => {
        this.store.recount()
        this.meta.reload()
        this.ended.forget()
        this.runTimes.forget()
      },
    })
  }

  /** Runs in one transaction with whatever else is asked for in this turn; resolves after the commit. */
  write<T>(work: (changes: StoredChange[]) => T): Promise<T> {
    return this.#commit.write(work)
  }

  /** Its write was asked for: whoever wants to lease it in the same transaction is told now. Call the answer after it. */
  arrive(task: NewTask): () => void {
    this.#arriving.add(task)
    if (!this.meta.isPaused) for (const listener of this.#arrivalListeners) this.#guard(listener)
    return () => void this.#arriving.delete(task)
  }

  /** New tasks that are not stored yet. */
  get arriving(): ReadonlySet<NewTask> {
    return this.#arriving
  }

  /** Undefined when something else was there first. */
  move(row: TaskRow, move: Move, context: MoveContext, changes: StoredChange[]): TaskRow | undefined {
    const stored = this.store.store(row, move, context.now, changes)
    if (stored !== undefined && stored.finished !== null) this.ended.add(stored.state, 1)
    return stored
  }

  context(): MoveContext {
    return { timings: this.deps.timings, now: this.now(), random: this.deps.random ?? Math.random }
  }

  view(row: TaskRow): StoredTask {
    return toStoredTask(row, this.board.get(row.id, row.epoch), this.now())
  }

  onChange(listener: (change: QueueChange) => void): () => void {
    // A wrapper of its own, so that one function may listen twice and leave twice.
    const entry = (change: QueueChange): void => {
      listener(change)
    }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  onArrival(listener: () => void): () => void {
    const entry = (): void => {
      listener()
    }
    this.#arrivalListeners.add(entry)
    return () => void this.#arrivalListeners.delete(entry)
  }

  close(): void {
    this.#commit.close()
  }

  /** Runs from the event loop: nothing may escape from here. */
  #announce(changes: readonly StoredChange[]): void {
    for (const { row, cursor, cause } of changes) {
      if (!isRunning(row)) this.board.forget(row.id)
      const change = { tenant: row.tenant, cursor, task: this.view(row), cause }
      if (cause === 'succeed') {
        this.#guard(() => {
          faultPoint('result.before_publish')
        })
      }
      for (const listener of [...this.#listeners]) {
        this.#guard(() => {
          listener(change)
        })
      }
    }
  }

  #guard(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.deps.onListenerError?.(error)
    }
  }
}
