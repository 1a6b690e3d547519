import type { LeaseRef, ResultOutcome } from '../../protocol/dsp/index.ts'
import type { StoredEvent } from '../../protocol/events/index.ts'
import type { PriorityClass, RunStage, TaskOptions, TaskOutput, TaskState } from '../../protocol/task/index.ts'
import type { PoolFile } from '../../protocol/files/index.ts'
import type { TaskEvent } from './life/transitions.ts'
import type { RunStat } from '../runModel/runModel.ts'

/** The inputs and options of a video, as the engine will get them. */
export interface VideoPayload {
  readonly audio: PoolFile
  readonly video: PoolFile
  readonly options: TaskOptions
}

/** Files that one server is to forget, because the asset they belonged to was deleted. */
export interface RemovalPayload {
  readonly asset: { readonly id: string; readonly name: string }
  readonly files: readonly PoolFile[]
}

export type TaskPayload = VideoPayload | RemovalPayload

export interface TaskFailure {
  readonly code: string
  /** A foreign engine's own words, at most 4 KiB; shown as text only. */
  readonly detail?: string
  readonly data?: Readonly<Record<string, string | number | boolean>>
}

/** One task as it is stored. Times are Unix milliseconds of the gateway's wall clock. */
export interface StoredTask {
  readonly id: string
  readonly tenant: string
  readonly requestId: string
  readonly taskType: string
  readonly priority: PriorityClass
  readonly state: TaskState
  /** Moves at each lease, and at a cancel of a leased task: older holders can write nothing more. */
  readonly epoch: number
  readonly workerId: string | null
  readonly serverId: string | null
  readonly leaseUntilMs: number | null
  /** Not before this time may it be leased (back-off). */
  readonly notBeforeMs: number
  /** Runs that were accepted. */
  readonly attempts: number
  /** Runs whose worker vanished. */
  readonly stalls: number
  readonly version: number
  readonly payload: TaskPayload
  readonly stage: RunStage | null
  readonly progress: number | null
  readonly frame: number | null
  readonly totalFrames: number | null
  readonly engine: string | null
  readonly output: TaskOutput | null
  /** A result that came after the cancel: kept for a day, never shown as the task's own. */
  readonly lateOutput: TaskOutput | null
  readonly failure: TaskFailure | null
  readonly retryOf: string | null
  /** Only this worker may lease it; null = any. */
  readonly targetWorker: string | null
  /** Length of the voice, milliseconds; null where the submitter did not tell. For estimates only. */
  readonly voiceMs: number | null
  readonly createdAtMs: number
  readonly startedAtMs: number | null
  readonly finishedAtMs: number | null
  /** When it stops waiting; null unless queued, or when it waits until it runs. */
  readonly expiresAtMs: number | null
  /** Most of its waiting time is over; people were told by an event. */
  readonly expiresSoon: boolean
}

export interface NewTask {
  readonly tenant: string
  readonly requestId: string
  readonly taskType: string
  readonly priority: PriorityClass
  readonly payload: TaskPayload
  readonly retryOf: string | null
  readonly targetWorker?: string
  readonly voiceMs?: number
  /** How long it may wait: null = until it runs; not given = the setting. */
  readonly ttlMs?: number | null
  /**
   * Whether what it refers to is there still: asked when it is about to be stored, maybe more than once; at a no nothing
   * is. From the last yes until `onChange` has told of the task nothing else of this process runs, so that nobody can
   * remove it in between. No part of what makes two submits the same request.
   */
  readonly areInputsThere?: () => boolean
}

export type SubmitOutcome =
  | { readonly kind: 'created'; readonly task: StoredTask }
  | { readonly kind: 'replayed'; readonly task: StoredTask }
  /** The same request id was used with another payload. */
  | { readonly kind: 'conflict'; readonly taskId: string }
  | { readonly kind: 'full'; readonly scope: 'tenant' | 'all'; readonly limit: number }
  /** `areInputsThere` said no. */
  | { readonly kind: 'inputs_missing' }

/** A lease given to a worker: the task and the secret that fences it. */
export interface Lease {
  readonly task: StoredTask
  readonly token: string
}

export interface LeaseRequest {
  readonly workerId: string
  readonly serverId: string
  /** Each type with every set of features that it can do, see `taskKinds.ts`; one that is not named is not given. */
  readonly kinds: readonly string[]
  /** Free slots: at most so many leases are given. */
  readonly credit: number
  /** It runs nothing: only then may it get a task under which a worker vanished before, and then only that one. */
  readonly isIdle: boolean
  /** Only such a task is wanted, whatever stands before it in line. */
  readonly onlyAlone?: boolean
  /** Slots of all servers online: one tenant gets at most half of them (but one) while others wait. */
  readonly fleetSlots: number
}

/** `applied` stored · `stale` another epoch, token or state was there first · `missing` no such task. */
export type Applied = 'applied' | 'stale' | 'missing'

/** How far a run is; null where its engine does not tell. */
export interface RunProgress {
  readonly stage: RunStage
  readonly progress: number | null
  readonly frame: number | null
  readonly totalFrames: number | null
}

export interface ProgressUpdate extends RunProgress {
  /** Of its inputs. Nobody is shown it, but a run whose files move does not stand still. */
  readonly movedBytes?: number | undefined
}

/** The same, as people are shown it. */
export interface RunStep extends RunProgress {
  readonly tenant: string
  readonly version: number
}

export type Settlement =
  | { readonly kind: 'succeeded'; readonly output: TaskOutput | null; readonly engine: string | null }
  /** `retryable` is the worker's word; for codes of the catalogue the queue's own table decides. */
  | { readonly kind: 'failed'; readonly failure: TaskFailure; readonly retryable: boolean }
  | { readonly kind: 'cancelled' }
  /** It says that it succeeded, but the pool has no such file: `retry` while the lease counts. */
  | { readonly kind: 'file_missing' }

/** `unknown`: never leased to anybody under that id. The other words go to the worker as they are. */
export type SettleOutcome = ResultOutcome | 'unknown'

export type CancelOutcome =
  | { readonly kind: 'cancelled' | 'cancelling'; readonly task: StoredTask }
  | { readonly kind: 'already_cancelled'; readonly task: StoredTask }
  | { readonly kind: 'finished'; readonly task: StoredTask }
  | { readonly kind: 'missing' }

export interface ExtendOutcome {
  /** Leases that go on. */
  readonly alive: readonly LeaseRef[]
  /** No longer this worker's: stop and drop. `extend` leaves out a task that the same worker holds anew. */
  readonly revoked: readonly string[]
  /** Still this worker's, but a cancel was asked for. */
  readonly cancel: readonly string[]
}

export interface TaskFilter {
  readonly states?: readonly TaskState[]
  readonly limit: number
  readonly cursor?: string
}

export interface TaskPage {
  readonly tasks: readonly StoredTask[]
  /** Of the last task where more follow. */
  readonly cursor: string | null
}

/** Tasks that any worker may take: those meant for one worker only are not counted. */
export interface QueueCounts {
  readonly queued: number
  readonly leased: number
  readonly running: number
  readonly cancelling: number
}

export interface EventPage {
  readonly events: readonly (Omit<StoredEvent, 'task'> & { readonly task: StoredTask })[]
  readonly cursor: string
  readonly more: boolean
  readonly reset: boolean
}

export interface QueueChange {
  readonly tenant: string
  readonly cursor: string
  readonly task: StoredTask
  /** What happened to it, in the words of the transition table. */
  readonly cause: 'submit' | TaskEvent
}

/**
 * The durable task queue and its event log. Every method that changes something resolves only when the change is
 * durable. Two adapters are planned (SQLite here, Redis later); one contract suite holds for both, so nothing in
 * this interface is synchronous and nothing names a table.
 */
export interface QueuePort {
  submit(task: NewTask): Promise<SubmitOutcome>
  /** Another tenant's task is `undefined`, exactly like one that does not exist. */
  get(tenant: string, taskId: string): Promise<StoredTask | undefined>
  /** A tenant's tasks, newest first, without those meant for one worker only. */
  list(tenant: string, filter: TaskFilter): Promise<TaskPage>
  /**
   * 1 = next to be leased; null unless queued. The place in the fair order if nothing more came, ended or failed:
   * exact while a few thousand tasks of the same tenant and class stand before or behind it, close to it between.
   */
  position(taskId: string): Promise<number | null>
  /** The position that a task which this tenant submits now would get. */
  positionOfNew(tenant: string, priority: PriorityClass): Promise<number>
  counts(): Promise<QueueCounts>
  /** How long finished runs took, per task type, engine and length of the voice. */
  runStats(): Promise<readonly RunStat[]>

  /** Whose task `lease` would give next to this worker; null when there is none. Nothing changes. */
  nextTenant(request: LeaseRequest): Promise<string | null>
  /** Tasks ready now that want a worker to themselves (`isIdle`), of those that any worker may take. */
  waitingAlone(): Promise<number>
  /** Workers for whom a task is ready now that nobody else may take. */
  waitingTargets(): Promise<readonly string[]>
  /** Whose submits are on their way to the store: a lease asked for now may get their tasks, in the same commit. */
  arriving(): Promise<readonly string[]>
  lease(request: LeaseRequest): Promise<readonly Lease[]>
  /** leased → running; counts the attempt. A repeat by the holder is `applied` and changes nothing. */
  accept(ref: LeaseRef, workerId: string): Promise<Applied>
  /** leased → queued, without counting an attempt: rejected, not accepted in time, or never sent. */
  release(ref: LeaseRef, workerId: string): Promise<Applied>
  /** Renews every lease a heartbeat names. */
  extend(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome>
  /** Not an event of the log; answers `stale` when the lease is not this worker's any more. */
  progress(ref: LeaseRef, workerId: string, update: ProgressUpdate): Promise<Applied>
  /** What `progress` made of what was told: clamped, and never going back. Undefined where no run told anything. */
  step(taskId: string): Promise<RunStep | undefined>
  settle(ref: LeaseRef, workerId: string, settlement: Settlement): Promise<SettleOutcome>
  /**
   * The leases of a worker that are still its own after a reconnect; the rest must be abandoned. What it does not name
   * is put back at once: a lease it never took as it was, a run as a stall; where a cancel was asked for it ends.
   */
  resume(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome>
  /** A stored task with the token of its newest lease, to fence pool access of a worker, also after the lease ran out. */
  leaseHolder(taskId: string): Promise<{ readonly task: StoredTask; readonly token: string | null } | undefined>

  cancel(tenant: string, taskId: string): Promise<CancelOutcome>
  /** Puts back, expires or ends everything whose time is over at the call; answers how many tasks changed. */
  reap(): Promise<number>
  /** After a pause of this process: every live lease gets this much more time before it is reaped. */
  grantGrace(graceMs: number): Promise<void>

  /** Leaves out tasks meant for one worker only, like `list`. */
  since(tenant: string, cursor: string | null, limit: number): Promise<EventPage>
  /**
   * Called after the commit, in the order of the log, and before whoever asked for the change goes on. A listener
   * that throws is reported and takes nothing from the others.
   */
  onChange(listener: (change: QueueChange) => void): () => void
  /**
   * Called by a submit while it is on its way, early enough for a lease in the same commit. A hint: the task may prove
   * to be a replay or one too many, and an adapter that stores at once tells nobody.
   */
  onArrival(listener: () => void): () => void
  close(): Promise<void>
}
