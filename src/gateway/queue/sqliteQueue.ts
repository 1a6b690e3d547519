import { faultPoint } from '../../shared/index.ts'
import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { PRIORITY_CLASSES } from '../../protocol/task/index.ts'
import type { PriorityClass } from '../../protocol/task/index.ts'
import type { RunStat } from '../runModel/runModel.ts'
import type { AdminTaskFilter, QueueAdmin, QueueStatistics } from './adminPort.ts'
import { extendLeases, resumeLeases } from './changes/heartbeat.ts'
import { JOIN_BATCH, leaseNext } from './changes/leaseNext.ts'
import { isRunning } from './runs/liveRuns.ts'
import { fence } from './life/fence.ts'
import * as moves from './life/moves.ts'
import type { Move, MoveContext } from './life/moves.ts'
import { pickNext } from './line/pickNext.ts'
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
  RunStep,
  Settlement,
  SettleOutcome,
  StoredTask,
  SubmitOutcome,
  TaskFilter,
  TaskPage,
} from './port.ts'
import { stillLimitMs } from './runs/progressDeadline.ts'
import { QueueCore } from './queueCore.ts'
import type { SqliteQueueDeps } from './queueCore.ts'
import { QueueOperator } from './queueOperator.ts'
import { reapDue } from './changes/reapDue.ts'
import { decideSettlement } from './life/settle.ts'
import { fullScope, payloadDigest, toInsertedTask } from './changes/submit.ts'
import { listRows } from './rows/taskLists.ts'
import { positionOf, positionOfNew, POSITIONS_COUNTED } from './rows/taskPosition.ts'
import type { TaskRow } from './life/taskRow.ts'
import type { StoredChange } from './rows/taskStore.ts'

export type { SqliteQueueDeps } from './queueCore.ts'

interface Settled {
  readonly outcome: SettleOutcome
  readonly after?: TaskRow
}

/** The queue in one SQLite file of one process. Every change is durable before its promise resolves. */
export class SqliteQueue implements QueuePort, QueueAdmin {
  readonly #core: QueueCore
  readonly #operator: QueueOperator

  constructor(deps: SqliteQueueDeps) {
    this.#core = new QueueCore(deps)
    this.#operator = new QueueOperator(this.#core)
    const now = this.#core.now()
    this.#core.meta.keepTime(now)
    // Nobody could renew a lease while this process was down.
    this.#core.store.tasks.postponeLeases(now.steadyMs + deps.timings.startGraceMs)
  }

  async submit(task: NewTask): Promise<SubmitOutcome> {
    const digest = payloadDigest(task)
    const { store, deps } = this.#core
    faultPoint('submit.before_begin')
    const written = this.#core.write<SubmitOutcome>((changes) => {
      const earlier = store.tasks.byRequest(task.tenant, task.requestId)
      if (earlier !== undefined) {
        if (earlier.digest !== digest) return { kind: 'conflict', taskId: earlier.id }
        return { kind: 'replayed', task: this.#core.view(earlier) }
      }
      const full = fullScope(store.tally, deps.limits(), task)
      if (full !== undefined) return full
      if (task.areInputsThere?.() === false) return { kind: 'inputs_missing' }
      const context = this.#core.context()
      const ttlMs = deps.queuedTtlMs === undefined ? deps.timings.queuedTtlMs : deps.queuedTtlMs()
      const row = store.insert(toInsertedTask(task, digest, ttlMs, context), context.now, changes)
      faultPoint('submit.after_insert')
      return { kind: 'created', task: this.#core.view(row) }
    })
    const hasArrived = this.#core.arrive(task)
    try {
      const outcome = await written
      faultPoint('submit.after_commit')
      return outcome
    } finally {
      hasArrived()
    }
  }

  async get(tenant: string, taskId: string): Promise<StoredTask | undefined> {
    const row = this.#core.store.tasks.byId(taskId)
    return row?.tenant === tenant ? this.#core.view(row) : undefined
  }

  async list(tenant: string, filter: TaskFilter): Promise<TaskPage> {
    const { states, limit } = filter
    const after = filter.cursor === undefined ? undefined : this.#core.store.tasks.byId(filter.cursor)
    if (filter.cursor !== undefined && after?.tenant !== tenant) return { tasks: [], cursor: null }
    const page = listRows(this.#core.deps.db, { states, tenant, limit, after, withTargeted: false })
    return { tasks: page.rows.map((row) => this.#core.view(row)), cursor: page.cursor }
  }

  async position(taskId: string): Promise<number | null> {
    const row = this.#core.store.tasks.byId(taskId)
    if (row?.state !== 'queued') return null
    const { store, now, deps } = this.#core
    return positionOf(store, row, now().steadyMs, deps.positionsCounted ?? POSITIONS_COUNTED)
  }

  async positionOfNew(tenant: string, priority: PriorityClass): Promise<number> {
    return positionOfNew(this.#core.store, PRIORITY_CLASSES.indexOf(priority), tenant)
  }

  async counts(): Promise<QueueCounts> {
    return this.#core.store.tally.counts()
  }

  async runStats(): Promise<readonly RunStat[]> {
    return this.#core.runTimes.all()
  }

  async nextTenant(request: LeaseRequest): Promise<string | null> {
    if (this.#core.meta.isPaused) return null
    const { store } = this.#core
    if (store.hasBackoffOver(this.#core.now().steadyMs)) {
      await this.#core.write(() => {
        store.joinLines(this.#core.now().steadyMs, JOIN_BATCH)
      })
    }
    const liveOf = (tenant: string): number => store.tally.liveOf(tenant)
    return pickNext(store.book, request, { hasGiven: false, liveOf })?.lane.flow.tenant ?? null
  }

  async waitingAlone(): Promise<number> {
    return this.#core.meta.isPaused ? 0 : this.#core.store.book.alone
  }

  async waitingTargets(): Promise<readonly string[]> {
    return this.#core.meta.isPaused ? [] : this.#core.store.book.targets
  }

  async arriving(): Promise<readonly string[]> {
    if (this.#core.meta.isPaused) return []
    // What is meant for one worker only is leased by other rules.
    return [...this.#core.arriving].filter((task) => task.targetWorker === undefined).map((task) => task.tenant)
  }

  async lease(request: LeaseRequest): Promise<readonly Lease[]> {
    faultPoint('dispatch.before_lease')
    const leases = await this.#core.write((changes) => {
      if (request.credit < 1 || this.#core.meta.isPaused) return []
      const leased = leaseNext(this.#core.store, request, this.#core.context(), changes)
      return leased.map(({ row, token }) => ({ task: this.#core.view(row), token }))
    })
    if (leases.length > 0) faultPoint('dispatch.after_lease_commit')
    return leases
  }

  async accept(ref: LeaseRef, workerId: string): Promise<Applied> {
    const applied = await this.#moveHeld(ref, workerId, 'leased', moves.accept, 'running')
    if (applied === 'applied') faultPoint('dispatch.after_accept')
    return applied
  }

  release(ref: LeaseRef, workerId: string): Promise<Applied> {
    return this.#moveHeld(ref, workerId, 'leased', moves.release)
  }

  async extend(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome> {
    faultPoint('heartbeat.before_extend')
    const outcome = await this.#core.write((changes) => {
      const context = this.#core.context()
      return extendLeases(this.#core.store.tasks, workerId, refs, context, {
        isStuck: (row) => this.#isStuck(row, context),
        stall: (row) => this.#core.move(row, moves.stallOrBury(row, 'no_progress', context), context, changes),
      })
    })
    faultPoint('heartbeat.after_extend')
    return outcome
  }

  async progress(ref: LeaseRef, workerId: string, update: ProgressUpdate): Promise<Applied> {
    const run = this.#core.store.runs.of(ref.task_id)
    if (run === undefined) return 'missing'
    if (!isRunning(run) || fence(run, ref, workerId) !== 'newest') return 'stale'
    this.#core.board.update(ref.task_id, run.epoch, update, this.#core.now().steadyMs)
    return 'applied'
  }

  async step(taskId: string): Promise<RunStep | undefined> {
    const run = this.#core.store.runs.of(taskId)
    const progress = run === undefined ? undefined : this.#core.board.get(taskId, run.epoch)
    return run === undefined || progress === undefined
      ? undefined
      : { tenant: run.tenant, version: run.version, ...progress }
  }

  async settle(ref: LeaseRef, workerId: string, settlement: Settlement): Promise<SettleOutcome> {
    faultPoint('result.before_commit')
    const { outcome, after } = await this.#core.write<Settled>((changes) => {
      const context = this.#core.context()
      const row = this.#core.store.tasks.byId(ref.task_id)
      const decision = decideSettlement(row, ref, workerId, settlement, context)
      if (decision.kind === 'answer') return { outcome: decision.outcome }
      if (row === undefined) return { outcome: 'unknown' }
      const stored = this.#storeAll(row, decision.moves, context, changes)
      if (stored === undefined) return { outcome: 'retry' }
      this.#core.runTimes.recordEnd(row, stored)
      return { outcome: 'ok', after: stored }
    })
    faultPoint(after?.state === 'queued' ? 'retry.after_requeue' : 'result.after_commit')
    return outcome
  }

  resume(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome> {
    return this.#core.write((changes) => {
      const context = this.#core.context()
      return resumeLeases(this.#core.store.tasks, workerId, refs, context, {
        accept: (row) => this.#core.move(row, moves.accept(row, context), context, changes),
        lose: (row) => this.#core.move(row, moves.loseLease(row, context), context, changes),
      })
    })
  }

  async leaseHolder(taskId: string): Promise<{ readonly task: StoredTask; readonly token: string | null } | undefined> {
    const row = this.#core.store.tasks.byId(taskId)
    return row === undefined ? undefined : { task: this.#core.view(row), token: row.token }
  }

  async cancel(tenant: string, taskId: string): Promise<CancelOutcome> {
    const outcome = await this.#core.write<CancelOutcome>((changes) => {
      const row = this.#core.store.tasks.byId(taskId)
      if (row?.tenant !== tenant) return { kind: 'missing' }
      const task = this.#core.view(row)
      if (row.state === 'cancelling') return { kind: 'cancelling', task }
      if (row.state === 'cancelled') return { kind: 'already_cancelled', task }
      if (row.finished !== null) return { kind: 'finished', task }
      const context = this.#core.context()
      const moved = this.#core.move(row, moves.cancel(row, context), context, changes)
      if (moved === undefined) return { kind: 'missing' }
      return { kind: moved.state === 'cancelling' ? 'cancelling' : 'cancelled', task: this.#core.view(moved) }
    })
    faultPoint('cancel.after_flag')
    return outcome
  }

  async reap(): Promise<number> {
    let reaped = 0
    // A process that stands still before the transaction must not find its leases run out: grace comes first.
    const asOfMs = this.#core.now().steadyMs
    for (;;) {
      const batch = await this.#core.write((changes) => {
        this.#core.meta.keepTime(this.#core.now(), this.#core.deps.timings.timeKeptEveryMs)
        return reapDue(this.#core, this.#core.context(), asOfMs, changes)
      })
      faultPoint('reaper.after_batch')
      reaped += batch.reaped
      if (!batch.more) return reaped
    }
  }

  grantGrace(graceMs: number): Promise<void> {
    return this.#core.write(() => {
      this.#core.store.tasks.postponeLeases(this.#core.now().steadyMs + graceMs)
    })
  }

  async since(tenant: string, cursor: string | null, limit: number): Promise<EventPage> {
    const page = this.#core.store.log.since(tenant, cursor, limit)
    const events = page.events.map((event) => ({
      cursor: event.cursor,
      kind: 'task.updated' as const,
      task: this.#core.view(event.row),
    }))
    return { ...page, events }
  }

  onChange(listener: (change: QueueChange) => void): () => void {
    return this.#core.onChange(listener)
  }

  onArrival(listener: () => void): () => void {
    return this.#core.onArrival(listener)
  }

  find(taskId: string): Promise<StoredTask | undefined> {
    return this.#operator.find(taskId)
  }

  findByPrefix(idPrefix: string, limit: number): Promise<readonly StoredTask[]> {
    return this.#operator.findByPrefix(idPrefix, limit)
  }

  listAll(filter: AdminTaskFilter): Promise<TaskPage> {
    return this.#operator.listAll(filter)
  }

  setPriority(taskId: string, priority: PriorityClass): Promise<Applied> {
    return this.#operator.setPriority(taskId, priority)
  }

  moveToFront(taskId: string): Promise<Applied> {
    return this.#operator.moveToFront(taskId)
  }

  setPaused(paused: boolean): Promise<void> {
    return this.#operator.setPaused(paused)
  }

  isPaused(): Promise<boolean> {
    return this.#operator.isPaused()
  }

  statistics(): Promise<QueueStatistics> {
    return this.#operator.statistics()
  }

  async close(): Promise<void> {
    const now = this.#core.now()
    const kept = this.#core.write(() => {
      this.#core.meta.keepTime(now)
    })
    this.#core.close()
    // On a full disk the time kept is a little older: nothing that is worth failing a stop for.
    await kept.catch(() => undefined)
  }

  #moveHeld(
    ref: LeaseRef,
    workerId: string,
    state: TaskRow['state'],
    decide: (row: TaskRow, context: MoveContext) => Move,
    doneState?: TaskRow['state'],
  ): Promise<Applied> {
    return this.#core.write<Applied>((changes) => {
      const row = this.#core.store.tasks.byId(ref.task_id)
      if (row === undefined) return 'missing'
      if (fence(row, ref, workerId) !== 'newest') return 'stale'
      if (row.state === doneState) return 'applied'
      if (row.state !== state) return 'stale'
      const context = this.#core.context()
      return this.#core.move(row, decide(row, context), context, changes) === undefined ? 'stale' : 'applied'
    })
  }

  #storeAll(
    row: TaskRow,
    decided: readonly ((row: TaskRow) => Move)[],
    context: MoveContext,
    changes: StoredChange[],
  ): TaskRow | undefined {
    let current: TaskRow | undefined = row
    for (const decide of decided) {
      if (current === undefined) return undefined
      const move = decide(current)
      if (move.event === 'retry') faultPoint('retry.before_requeue')
      current = this.#core.move(current, move, context, changes)
    }
    return current
  }

  #isStuck(row: TaskRow, { now, timings }: MoveContext): boolean {
    const { board } = this.#core
    const stillMs = board.stillMs(row.id, row.epoch, now.steadyMs)
    // Asked at every heartbeat of every run: the statistics only where it could matter.
    if (stillMs <= timings.progressMs) return false
    return stillMs > stillLimitMs(row, board.get(row.id, row.epoch), this.#core.runTimes.all(), timings)
  }
}
