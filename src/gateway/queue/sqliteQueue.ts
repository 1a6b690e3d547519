import { createEmitter, randomHex } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { LeaseRef } from '../../protocol/dsp/index.ts'
import type { RunStat } from '../estimates/runModel.ts'
import { GroupCommit } from './groupCommit.ts'
import { extendLeases, resumeLeases } from './heartbeat.ts'
import * as moves from './moves.ts'
import type { MoveContext } from './moves.ts'
import type {
  Applied,
  CancelOutcome,
  EventPage,
  ExtendOutcome,
  Lease,
  LeaseRequest,
  NewTask,
  ProgressUpdate,
  QueueChange,
  QueueCounts,
  QueuePort,
  Settlement,
  SettleOutcome,
  StoredTask,
  SubmitOutcome,
  TaskFilter,
} from './port.ts'
import { ProgressBoard } from './progressBoard.ts'
import { reapDue } from './reaper.ts'
import { RunTimes } from './runTimes.ts'
import { decideSettlement } from './settle.ts'
import { createSteadyTime } from './steadyTime.ts'
import { fullScope, payloadDigest, toInsertedTask } from './submit.ts'
import { toStoredTask } from './taskRow.ts'
import type { MutableColumns, TaskRow } from './taskRow.ts'
import { TaskStore } from './taskStore.ts'
import type { StoredChange } from './taskStore.ts'
import type { QueueLimits, QueueTimings } from './timings.ts'

export interface SqliteQueueDeps {
  /** Opened and closed by the caller, after `close()` of the queue. */
  readonly db: Database
  readonly clock: Clock
  readonly timings: QueueTimings
  readonly limits: QueueLimits
  /** 0 ≤ x < 1, for the jitter of back-offs. */
  readonly random?: () => number
}

/** The queue in one SQLite file of one process. Every change is durable before its promise resolves. */
export class SqliteQueue implements QueuePort {
  readonly #deps: SqliteQueueDeps
  readonly #store: TaskStore
  readonly #commit: GroupCommit<StoredChange>
  readonly #board = new ProgressBoard()
  readonly #runTimes: RunTimes
  readonly #changes = createEmitter<QueueChange>()
  readonly #now: ReturnType<typeof createSteadyTime>

  constructor(deps: SqliteQueueDeps) {
    this.#deps = deps
    this.#store = new TaskStore(deps.db)
    this.#runTimes = new RunTimes(deps.db)
    this.#now = createSteadyTime(deps.clock)
    this.#commit = new GroupCommit({
      db: deps.db,
      announce: (changes) => {
        this.#announce(changes)
      },
      rolledBack: () => {
        this.#store.recount()
      },
    })
    // Nobody could renew a lease while this process was down.
    this.#store.tasks.postponeLeases(this.#now().steadyMs + deps.timings.startGraceMs)
  }

  submit(task: NewTask): Promise<SubmitOutcome> {
    const digest = payloadDigest(task)
    return this.#commit.write<SubmitOutcome>((changes) => {
      const earlier = this.#store.tasks.byRequest(task.tenant, task.requestId)
      if (earlier !== undefined) {
        if (earlier.digest !== digest) return { kind: 'conflict', taskId: earlier.id }
        return { kind: 'replayed', task: this.#view(earlier) }
      }
      const full = fullScope(this.#store.tally, this.#deps.limits, task.tenant)
      if (full !== undefined) return full
      const now = this.#now()
      const row = this.#store.insert(toInsertedTask(task, digest, now, this.#deps.timings), now, changes)
      return { kind: 'created', task: this.#view(row) }
    })
  }

  async get(tenant: string, taskId: string): Promise<StoredTask | undefined> {
    const row = this.#store.tasks.byId(taskId)
    return row?.tenant === tenant ? this.#view(row) : undefined
  }

  async list(
    tenant: string,
    filter: TaskFilter,
  ): Promise<{ readonly tasks: readonly StoredTask[]; readonly cursor: string | null }> {
    const { tasks } = this.#store
    // A cursor is the last task's id: a number would tell how many tasks all tenants have.
    const after = filter.cursor === undefined ? undefined : tasks.byId(filter.cursor)
    if (filter.cursor !== undefined && after?.tenant !== tenant) return { tasks: [], cursor: null }
    const rows = tasks.ofTenant(tenant, filter.states, after?.seq ?? Number.MAX_SAFE_INTEGER, filter.limit + 1)
    const page = rows.slice(0, filter.limit)
    const cursor = rows.length > page.length ? (page.at(-1)?.id ?? null) : null
    return { tasks: page.map((row) => this.#view(row)), cursor }
  }

  async position(taskId: string): Promise<number | null> {
    const row = this.#store.tasks.byId(taskId)
    return row?.state === 'queued' ? this.#store.tasks.ahead(row) + 1 : null
  }

  async counts(): Promise<QueueCounts> {
    return this.#store.tally.counts()
  }

  async runStats(): Promise<readonly RunStat[]> {
    return this.#runTimes.all()
  }

  async nextTenant(request: LeaseRequest): Promise<string | null> {
    const now = this.#now().steadyMs
    return this.#store.tasks.ready(request.taskTypes, now, 1)[0]?.tenant ?? null
  }

  async waitingAlone(): Promise<number> {
    return this.#store.tasks.suspects(this.#now().steadyMs)
  }

  lease(request: LeaseRequest): Promise<readonly Lease[]> {
    const { workerId, serverId } = request
    return this.#commit.write((changes) => {
      if (request.credit < 1) return []
      const context = this.#context()
      const rows = this.#store.tasks.ready(request.taskTypes, context.now.steadyMs, request.credit)
      return rows.flatMap((row) => {
        const token = randomHex(16)
        const leased = this.#move(row, moves.lease(row, { workerId, serverId, token }, context), context, changes)
        return leased === undefined ? [] : [{ task: this.#view(leased), token }]
      })
    })
  }

  accept(ref: LeaseRef, workerId: string): Promise<Applied> {
    return this.#moveHeld(ref, workerId, 'leased', moves.accept)
  }

  release(ref: LeaseRef, workerId: string): Promise<Applied> {
    return this.#moveHeld(ref, workerId, 'leased', moves.release)
  }

  extend(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome> {
    return this.#commit.write(() => extendLeases(this.#store.tasks, workerId, refs, this.#context()))
  }

  async progress(ref: LeaseRef, workerId: string, update: ProgressUpdate): Promise<Applied> {
    const row = this.#store.tasks.byId(ref.task_id)
    if (row === undefined) return 'missing'
    const isRunning = row.state === 'running' || row.state === 'cancelling'
    if (!isRunning || !isHeldBy(row, ref, workerId)) return 'stale'
    this.#board.update(row.id, row.epoch, update)
    return 'applied'
  }

  settle(ref: LeaseRef, workerId: string, settlement: Settlement): Promise<SettleOutcome> {
    return this.#commit.write<SettleOutcome>((changes) => {
      const context = this.#context()
      const row = this.#store.tasks.byId(ref.task_id)
      const decision = decideSettlement(row, ref, workerId, settlement, context)
      if (decision.kind === 'answer' || row === undefined) {
        return decision.kind === 'answer' ? decision.outcome : 'unknown'
      }
      let current: TaskRow | undefined = row
      for (const move of decision.moves) {
        if (current !== undefined) current = this.#move(current, move(current), context, changes)
      }
      if (current === undefined) return 'retry'
      this.#recordRunTime(row, current)
      return 'ok'
    })
  }

  resume(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome> {
    return this.#commit.write((changes) => {
      const context = this.#context()
      return resumeLeases(this.#store.tasks, workerId, refs, context, {
        accept: (row) => this.#move(row, moves.accept(row, context), context, changes),
        lose: (row) => this.#move(row, moves.loseRun(row, context), context, changes),
      })
    })
  }

  async leaseHolder(taskId: string): Promise<{ readonly task: StoredTask; readonly token: string | null } | undefined> {
    const row = this.#store.tasks.byId(taskId)
    return row === undefined ? undefined : { task: this.#view(row), token: row.token }
  }

  cancel(tenant: string, taskId: string): Promise<CancelOutcome> {
    return this.#commit.write<CancelOutcome>((changes) => {
      const row = this.#store.tasks.byId(taskId)
      if (row?.tenant !== tenant) return { kind: 'missing' }
      const task = this.#view(row)
      if (row.state === 'cancelling') return { kind: 'cancelling', task }
      if (row.state === 'cancelled') return { kind: 'already_cancelled', task }
      if (row.finished !== null) return { kind: 'finished', task }
      const context = this.#context()
      const moved = this.#move(row, moves.cancel(row, context), context, changes)
      if (moved === undefined) return { kind: 'missing' }
      return { kind: moved.state === 'cancelling' ? 'cancelling' : 'cancelled', task: this.#view(moved) }
    })
  }

  async reap(): Promise<number> {
    let reaped = 0
    for (;;) {
      const batch = await this.#commit.write((changes) => reapDue(this.#store, this.#context(), changes))
      reaped += batch.reaped
      if (!batch.more) return reaped
    }
  }

  grantGrace(graceMs: number): Promise<void> {
    return this.#commit.write(() => {
      this.#store.tasks.postponeLeases(this.#now().steadyMs + graceMs)
    })
  }

  async since(tenant: string, cursor: string | null, limit: number): Promise<EventPage> {
    const page = this.#store.log.since(tenant, cursor, limit)
    const events = page.events.map((event) => ({
      cursor: event.cursor,
      kind: 'task.updated' as const,
      task: this.#view(event.row),
    }))
    return { ...page, events }
  }

  onChange(listener: (change: QueueChange) => void): () => void {
    return this.#changes.on(listener)
  }

  async close(): Promise<void> {
    this.#commit.close()
  }

  #moveHeld(
    ref: LeaseRef,
    workerId: string,
    state: TaskRow['state'],
    decide: (row: TaskRow, context: MoveContext) => MutableColumns,
  ): Promise<Applied> {
    return this.#commit.write<Applied>((changes) => {
      const row = this.#store.tasks.byId(ref.task_id)
      if (row === undefined) return 'missing'
      if (row.state !== state || !isHeldBy(row, ref, workerId)) return 'stale'
      const context = this.#context()
      return this.#move(row, decide(row, context), context, changes) === undefined ? 'stale' : 'applied'
    })
  }

  #move(row: TaskRow, to: MutableColumns, context: MoveContext, changes: StoredChange[]): TaskRow | undefined {
    return this.#store.store(row, to, context.now, changes)
  }

  #recordRunTime(before: TaskRow, after: TaskRow): void {
    if (after.state !== 'succeeded' || after.engine === null || after.finished === null) return
    // A run that was given up in between says nothing about how long one takes.
    if (before.state === 'running' && after.started !== null) {
      const { type, engine, voice_ms: voiceMs, finished, started } = after
      this.#runTimes.record({ taskType: type, engine, voiceMs, durationMs: finished - started })
    }
  }

  #context(): MoveContext {
    return { timings: this.#deps.timings, now: this.#now(), random: this.#deps.random ?? Math.random }
  }

  #announce(changes: readonly StoredChange[]): void {
    for (const { row, cursor } of changes) {
      if (row.state !== 'running' && row.state !== 'cancelling') this.#board.forget(row.id)
      this.#changes.emit({ tenant: row.tenant, cursor, task: this.#view(row) })
    }
  }

  #view(row: TaskRow): StoredTask {
    return toStoredTask(row, this.#board.get(row.id, row.epoch))
  }
}

function isHeldBy(row: TaskRow, ref: LeaseRef, workerId: string): boolean {
  return row.epoch === ref.epoch && row.token === ref.token && row.worker === workerId
}
