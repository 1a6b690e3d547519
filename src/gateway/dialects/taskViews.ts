import type { Language } from '../../protocol/errors/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import type { GpuWait, TaskView } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Fleet } from '../fleet/port.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'
import { taskView } from './heygem.ts'
import type { Estimate } from './heygem.ts'

/** When a task at `position` will begin; null where nothing is known. */
export type Estimator = (position: number) => Promise<Estimate | null>

export interface TaskViewsDeps {
  readonly queue: Pick<QueuePort, 'position'>
  readonly fleet: Pick<Fleet, 'status' | 'list' | 'onChange'>
  readonly clock: Clock
  readonly estimate: Estimator
}

/** Looks up what a view needs beside the row, and tells a GPU that is late from one that is expected. */
export class TaskViews {
  readonly #deps: TaskViewsDeps
  readonly #unsubscribe: () => void
  #offlineSinceMs: number | null

  constructor(deps: TaskViewsDeps) {
    this.#deps = deps
    this.#offlineSinceMs = isOnline(deps.fleet.status()) ? null : deps.clock.now()
    this.#unsubscribe = deps.fleet.onChange((status) => {
      this.#offlineSinceMs = isOnline(status) ? null : (this.#offlineSinceMs ?? deps.clock.now())
    })
  }

  async of(task: StoredTask, language: Language): Promise<TaskView> {
    if (task.state !== 'queued') {
      return taskView(task, { language, position: null, estimate: null, gpu: null, waitedMs: 0, notReady: null })
    }
    const position = await this.#deps.queue.position(task.id)
    const notReady = notReadyReason(this.#deps.fleet.status())
    const gpu = notReady === null ? this.#gpuWait() : 'offline'
    const waitedMs = this.#waitedMs(task)
    const estimate = position === null || notReady !== null ? null : await this.#estimate(position, gpu, waitedMs)
    return taskView(task, { language, position, estimate, gpu, waitedMs, notReady })
  }

  /** Seconds until a task at `position` would begin; null where nothing is known. */
  async estimateAt(position: number): Promise<number | null> {
    const estimate = await this.#deps.estimate(position)
    return estimate?.seconds ?? null
  }

  stop(): void {
    this.#unsubscribe()
  }

  #waitedMs(task: StoredTask): number {
    return Math.max(0, this.#deps.clock.now() - Math.max(task.createdAtMs, this.#offlineSinceMs ?? 0))
  }

  /** While the GPU is away the estimate runs down; once it is used up there is none, rather than a wrong one. */
  async #estimate(position: number, gpu: GpuWait | null, waitedMs: number): Promise<Estimate | null> {
    // With a slot free it is a matter of seconds, which nobody has measured.
    if (gpu === null) return null
    const estimate = await this.#deps.estimate(position)
    if (estimate === null || gpu === 'busy') return estimate
    const leftSeconds = Math.ceil(estimate.seconds - waitedMs / 1000)
    return leftSeconds > 0 ? { ...estimate, seconds: leftSeconds } : null
  }

  #gpuWait(): GpuWait | null {
    const { status } = this.#deps.fleet.status()
    if (status !== 'online') return status
    const hasFreeSlot = this.#deps.fleet.list().some((one) => one.state === 'online' && one.held < one.slots)
    return hasFreeSlot ? null : 'busy'
  }
}

/** An engine that is not ready says why; with one ready there is nothing to say. */
function notReadyReason(status: GpuStatus): string | null {
  if (!isOnline(status) || status.engines.some((engine) => engine.ready)) return null
  return status.engines.find((engine) => engine.reason !== undefined)?.reason ?? 'no engine'
}

function isOnline(status: GpuStatus): boolean {
  return status.status === 'online'
}
