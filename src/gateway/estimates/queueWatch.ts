import { LEASED_STATES, PRIORITY_CLASSES } from '../../protocol/task/index.ts'
import type { Clock, Emitter } from '../../shared/index.ts'
import type { QueueAdmin } from '../queue/adminPort.ts'
import { isErrand } from '../queue/errand.ts'
import type { QueueChange, QueuePort, StoredTask } from '../queue/port.ts'
import { voiceBucket } from '../runModel/runModel.ts'

/** A task that holds a slot. */
export interface LiveTask {
  readonly workerId: string
  readonly taskType: string
  readonly voiceMs: number | null
  /** Null while the worker has not accepted it. */
  readonly startedMono: number | null
  /** How much of it is done, 0–1; null while its engine has told nothing. */
  readonly done: number | null
}

/** How many waiting tasks are of one kind. */
export interface WaitingKind {
  readonly taskType: string
  /** Of one of them; its bucket is that of all. */
  readonly voiceMs: number | null
  count: number
}

/** One waiting task, in its place. */
export interface WaitingTask {
  readonly taskType: string
  readonly voiceMs: number | null
  readonly rank: number
}

interface StepNews {
  readonly progress: { readonly task_id: string; readonly progress: number | null }
}

export interface QueueWatchDeps {
  readonly queue: Pick<QueuePort, 'onChange'> & Pick<QueueAdmin, 'listAll'>
  readonly clock: Clock
  /** Steps of running tasks, as people are told of them. */
  readonly progress: Pick<Emitter<StepNews>, 'on'>
}

/** The newest waiting tasks stand for all of those that were there before this process. */
const SAMPLE = 500
const PAGE = 500
const MAX_LIVE_PAGES = 20
/** Beyond these the kinds alone are counted: in a long line single tasks do not matter. */
const MAX_LINE = 512

/** What runs where since when, and of which kinds the waiting tasks are: kept by the queue's own changes. */
export class QueueWatch {
  readonly #clock: Clock
  readonly #live = new Map<string, LiveTask>()
  readonly #waiting = new Map<string, WaitingKind>()
  readonly #line = new Map<string, WaitingTask>()
  readonly #leave: readonly (() => void)[]
  /** Waiting tasks behind the end of `#line`; no newer one joins it before they are gone. */
  #behindLine = 0
  readonly loaded: Promise<void>
  /** Moves whenever a slot is taken or becomes free. */
  liveVersion = 0
  /** Slots taken since this began. */
  taken = 0

  constructor({ queue, clock, progress }: QueueWatchDeps) {
    this.#clock = clock
    this.#leave = [
      queue.onChange((change) => {
        this.#onChange(change)
      }),
      progress.on(({ progress: step }) => {
        this.#onStep(step)
      }),
    ]
    // Without it the first estimates are rougher, and nothing else.
    this.loaded = this.#load(queue).catch(() => undefined)
  }

  get live(): ReadonlyMap<string, LiveTask> {
    return this.#live
  }

  get waiting(): readonly WaitingKind[] {
    return [...this.#waiting.values()]
  }

  /** The first of the waiting tasks, by class and then as they came: nearly the order in which they are taken. */
  line(): readonly WaitingTask[] {
    return [...this.#line.values()].toSorted((a, b) => a.rank - b.rank)
  }

  stop(): void {
    for (const unsubscribe of this.#leave) unsubscribe()
  }

  #onChange({ task, cause }: QueueChange): void {
    // It stands in nobody's way, and fills no slot.
    if (isErrand(task)) return
    const wasLive = this.#live.has(task.id)
    if (task.state === 'queued') {
      this.#live.delete(task.id)
      if (wasLive || cause === 'submit') this.#count(task, 1)
    } else if (LEASED_STATES.includes(task.state)) {
      this.#hold(task)
      if (!wasLive) {
        this.taken += 1
        this.#count(task, -1)
      }
    } else if (!this.#live.delete(task.id)) this.#count(task, -1)
    if (wasLive || this.#live.has(task.id)) this.liveVersion += 1
  }

  #hold(task: StoredTask): void {
    if (task.workerId === null) return
    const known = this.#live.get(task.id)
    const startedMs = task.state === 'leased' ? null : task.startedAtMs
    const startedMono = startedMs === null ? null : (known?.startedMono ?? this.#monoOf(startedMs))
    const { workerId, taskType, voiceMs } = task
    const done = startedMono === null ? null : (known?.done ?? null)
    this.#live.set(task.id, { workerId, taskType, voiceMs, startedMono, done })
  }

  #onStep({ task_id: taskId, progress: percent }: StepNews['progress']): void {
    const known = this.#live.get(taskId)
    if (known === undefined || percent === null) return
    this.#live.set(taskId, { ...known, done: percent / 100 })
  }

  #count(task: StoredTask, by: 1 | -1): void {
    const { taskType, voiceMs } = task
    const key = `${taskType} ${String(voiceBucket(voiceMs))}`
    const kind = this.#waiting.get(key) ?? { taskType, voiceMs, count: 0 }
    kind.count += by
    if (kind.count > 0) this.#waiting.set(key, kind)
    else this.#waiting.delete(key)
    if (by > 0) this.#join(task)
    else if (!this.#line.delete(task.id)) this.#behindLine = Math.max(0, this.#behindLine - 1)
  }

  #join({ id, taskType, voiceMs, priority }: StoredTask): void {
    if (this.#behindLine > 0 || this.#line.size >= MAX_LINE) this.#behindLine += 1
    else this.#line.set(id, { taskType, voiceMs, rank: PRIORITY_CLASSES.indexOf(priority) })
  }

  async #load(queue: QueueWatchDeps['queue']): Promise<void> {
    const { tasks, cursor: more } = await queue.listAll({ states: ['queued'], limit: SAMPLE })
    // Newest first, and perhaps not all: then nobody knows who is first.
    if (more !== null) this.#behindLine = 1
    for (const task of tasks.toReversed()) if (!isErrand(task)) this.#count(task, 1)
    let cursor: string | undefined
    for (let page = 0; page < MAX_LIVE_PAGES; page += 1) {
      const found = await queue.listAll({
        states: LEASED_STATES,
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const task of found.tasks) if (!isErrand(task) && !this.#live.has(task.id)) this.#hold(task)
      if (found.cursor === null) break
      cursor = found.cursor
    }
    this.liveVersion += 1
  }

  /** A wall time of this run in the time that never jumps. */
  #monoOf(wallMs: number): number {
    return this.#clock.monotonic() - Math.max(0, this.#clock.now() - wallMs)
  }
}
