import { isTerminal, LIVE_STATES } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { QueueAdmin } from '../queue/adminPort.ts'
import { isRemoval } from '../queue/errand.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'
import { tasksOf } from './taskPages.ts'

export interface LiveFilesDeps {
  readonly queue: Pick<QueuePort, 'onChange'> & Pick<QueueAdmin, 'listAll'>
  readonly clock: Clock
  /** A success that came after a cancel is kept so long. */
  readonly lateOutputKeptMs: number
}

/**
 * Which files tasks refer to that have not ended, counted from the queue's own changes: asked before every removal,
 * so it must cost nothing.
 */
export class LiveFiles {
  readonly #deps: LiveFilesDeps
  readonly #tasks = new Set<string>()
  /** tenant → content → tasks */
  readonly #byTenant = new Map<string, Map<string, number>>()
  /** Content → until when somebody may still ask for it as a late result, Unix milliseconds. */
  readonly #lateUntilMs = new Map<string, number>()
  readonly #listeners = new Set<(sha256s: readonly string[]) => void>()
  readonly #unsubscribe: () => void

  private constructor(deps: LiveFilesDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.queue.onChange(({ task }) => {
      this.#see(task)
    })
  }

  /** Reads what is live, and tells the reader; changes from now on are followed. */
  static async open(deps: LiveFilesDeps, read?: (task: StoredTask) => void): Promise<LiveFiles> {
    const files = new LiveFiles(deps)
    for await (const task of tasksOf(deps.queue, { states: LIVE_STATES })) {
      files.#see(task)
      read?.(task)
    }
    for await (const task of tasksOf(deps.queue, { withLateResult: true })) files.#see(task)
    return files
  }

  /** Whether a task of this tenant that has not ended needs the file, or a late result is kept. */
  isUsed(tenant: string, sha256: string): boolean {
    return this.#byTenant.get(tenant)?.has(sha256) === true || this.#isLate(tenant, sha256)
  }

  isUsedByAnyone(sha256: string): boolean {
    for (const files of this.#byTenant.values()) if (files.has(sha256)) return true
    return false
  }

  /** Tells which files a task no longer uses that has ended. */
  onEnded(listener: (sha256s: readonly string[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    this.#unsubscribe()
  }

  #see(task: StoredTask): void {
    if (isTerminal(task.state)) {
      this.#noteLate(task)
      if (this.#tasks.delete(task.id)) this.#count(task, -1)
    } else if (!this.#tasks.has(task.id)) {
      this.#tasks.add(task.id)
      this.#count(task, 1)
    }
  }

  #count(task: StoredTask, by: 1 | -1): void {
    const contents = contentsOf(task)
    const counts = this.#byTenant.get(task.tenant) ?? new Map<string, number>()
    for (const sha256 of contents) {
      const left = (counts.get(sha256) ?? 0) + by
      if (left > 0) counts.set(sha256, left)
      else counts.delete(sha256)
    }
    if (counts.size > 0) this.#byTenant.set(task.tenant, counts)
    else this.#byTenant.delete(task.tenant)
    if (by < 0) for (const listener of this.#listeners) listener(contents)
  }

  #noteLate({ tenant, lateOutput, finishedAtMs }: StoredTask): void {
    if (lateOutput === null) return
    const untilMs = (finishedAtMs ?? this.#deps.clock.now()) + this.#deps.lateOutputKeptMs
    this.#lateUntilMs.set(`${tenant}/${lateOutput.sha256}`, untilMs)
  }

  #isLate(tenant: string, sha256: string): boolean {
    const key = `${tenant}/${sha256}`
    const untilMs = this.#lateUntilMs.get(key)
    if (untilMs === undefined) return false
    if (untilMs > this.#deps.clock.now()) return true
    this.#lateUntilMs.delete(key)
    return false
  }
}

/** Files of a task that must stay where they are; a removal names files that must not. */
export function contentsOf({ payload }: StoredTask): readonly string[] {
  return isRemoval(payload) ? [] : [...new Set([payload.audio.sha256, payload.video.sha256])]
}
