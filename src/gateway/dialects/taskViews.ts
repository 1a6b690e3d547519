import { describeError, isErrorCode } from '../../protocol/errors/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import type { GpuWait, PriorityClass, TaskView } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Estimate, WaitEstimator } from '../estimates/index.ts'
import type { Fleet } from '../fleet/port.ts'
import { takesTasks } from '../fleet/takesTasks.ts'
import type { StartOutlook } from '../power/index.ts'
import type { QueueAdmin } from '../queue/adminPort.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'
import { taskView } from './heygem.ts'

export interface TaskViewsDeps {
  readonly queue: Pick<QueuePort, 'position' | 'positionOfNew'> & Pick<QueueAdmin, 'isPaused'>
  readonly fleet: Pick<Fleet, 'status' | 'list' | 'onChange'>
  readonly clock: Clock
  readonly estimates: Pick<WaitEstimator, 'of' | 'at'>
  readonly outlook: () => Pick<StartOutlook, 'kind'>
}

const NO_ENGINE: Readonly<Record<Language, string>> = { en: 'it has no engine', 'zh-CN': '没有引擎' }

const NOT_WAITING = {
  ...{ position: null, estimate: null, gpu: null, waitedMs: 0, backoffMs: 0, notReady: null, isPaused: false },
  ...{ isWithheld: false, expiresInMs: null },
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
    if (task.state !== 'queued') return taskView(task, { language, ...NOT_WAITING })
    const { queue, fleet } = this.#deps
    const position = await queue.position(task.id)
    const isPaused = await queue.isPaused()
    const notReady = notReadyReason(fleet.status(), language)
    const gpu = notReady === null ? this.#gpuWait() : 'offline'
    const isKnown = position !== null && notReady === null && !isPaused
    const estimate = isKnown ? await this.#estimate(task, position, gpu) : null
    return taskView(task, {
      ...{ language, position, estimate, gpu, notReady, isPaused },
      isWithheld: gpu === 'offline' && this.#deps.outlook().kind === 'withheld',
      waitedMs: this.#waitedMs(task),
      backoffMs: Math.max(0, task.notBeforeMs - this.#deps.clock.now()),
      expiresInMs: task.expiresSoon && task.expiresAtMs !== null ? task.expiresAtMs - this.#deps.clock.now() : null,
    })
  }

  /** When a task that this tenant submits now would begin; null where nothing is known. */
  async estimateOfNew(tenant: string, priority: PriorityClass): Promise<Estimate | null> {
    const { queue, estimates } = this.#deps
    return estimates.at(await queue.positionOfNew(tenant, priority))
  }

  stop(): void {
    this.#unsubscribe()
  }

  #waitedMs(task: StoredTask): number {
    return Math.max(0, this.#deps.clock.now() - Math.max(task.createdAtMs, this.#offlineSinceMs ?? 0))
  }

  async #estimate(task: StoredTask, position: number, gpu: GpuWait | null): Promise<Estimate | null> {
    // With a slot free it is a matter of seconds, which nobody has measured.
    return gpu === null && task.notBeforeMs === 0 ? null : this.#deps.estimates.of(task, position)
  }

  #gpuWait(): GpuWait | null {
    const { status } = this.#deps.fleet.status()
    if (status === 'online') return this.#hasFreeSlot() ? null : 'busy'
    // Right after a start of the gateway nobody knows yet that it is off: its servers are on their way back.
    return status === 'offline' && this.#deps.outlook().kind === 'arriving' ? null : status
  }

  #hasFreeSlot(): boolean {
    return this.#deps.fleet.list().some((one) => takesTasks(one) && one.held < one.limit)
  }
}

/** An engine that is not ready says why; with one ready there is nothing to say. */
function notReadyReason(status: GpuStatus, language: Language): string | null {
  if (!isOnline(status) || status.engines.some((engine) => engine.ready)) return null
  const engine = status.engines.find(({ reason }) => reason !== undefined)
  if (engine?.reason === undefined) return NO_ENGINE[language]
  const { reason_code: code, reason_data: data } = engine
  // A foreign engine says it in its own words.
  if (code === undefined || !isErrorCode(code)) return engine.reason
  const { message, hint } = describeError({ code, data }, language)
  return language === 'zh-CN' ? `${message}${hint}` : `${message} ${hint}`
}

function isOnline(status: GpuStatus): boolean {
  return status.status === 'online'
}
