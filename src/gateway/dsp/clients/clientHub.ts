import type { Language } from '../../../protocol/errors/index.ts'
import type { GpuStatus } from '../../../protocol/events/index.ts'
import { isTerminal } from '../../../protocol/task/index.ts'
import type { TaskView } from '../../../protocol/task/index.ts'
import type { ProgressCoalescer as Coalescer } from '../../events/progressCoalescer.ts'
import { ProgressCoalescer } from '../../events/progressCoalescer.ts'
import type { GatewayParts, ProgressNews } from '../../parts.ts'
import { isErrand } from '../../queue/errand.ts'
import type { QueueChange, StoredTask } from '../../queue/port.ts'
import type { ClientSession } from './clientSession.ts'
import { onlineFrames, progressFrame, resultFrames } from './clientWords.ts'

/** Clients on `/dsp` by tenant, and what they are told: steps and ends of their tasks, and GPUs coming online. */
export class ClientHub {
  readonly #parts: GatewayParts
  readonly #byTenant = new Map<string, Set<ClientSession>>()
  readonly #progress: Coalescer
  readonly #leave: readonly (() => void)[]
  #isOnline: boolean
  /** What each tenant is still to be told; one with many sockets holds nobody else's news back. */
  readonly #inOrder = new Map<string, Promise<void>>()

  constructor(parts: GatewayParts) {
    this.#parts = parts
    this.#isOnline = parts.fleet.status().status === 'online'
    this.#progress = new ProgressCoalescer(parts.clock, parts.timings.progressEveryMs, (news) => {
      this.#onProgress(news)
    })
    this.#leave = [
      parts.queue.onChange((change) => {
        this.#onChange(change)
      }),
      parts.progress.on((news) => {
        if (this.#byTenant.has(news.tenant)) this.#progress.push(news)
      }),
      parts.fleet.onChange((status) => {
        this.#onFleet(status)
      }),
    ]
  }

  join(session: ClientSession): void {
    const sessions = this.#byTenant.get(session.tenant) ?? new Set()
    this.#byTenant.set(session.tenant, sessions.add(session))
  }

  leave(session: ClientSession): void {
    const sessions = this.#byTenant.get(session.tenant)
    sessions?.delete(session)
    if (sessions?.size === 0) this.#byTenant.delete(session.tenant)
  }

  stop(): void {
    for (const unsubscribe of this.#leave) unsubscribe()
    this.#progress.stop()
  }

  #onChange({ task }: QueueChange): void {
    // While it waits nothing moves that the answer to the submit did not tell.
    if (task.state === 'queued' || !this.#byTenant.has(task.tenant)) return
    if (isErrand(task)) return
    this.#tell(task)
  }

  #onProgress({ tenant, progress }: ProgressNews): void {
    this.#later(tenant, async () => {
      const task = await this.#parts.queue.get(tenant, progress.task_id)
      if (task !== undefined && !isErrand(task) && !isTerminal(task.state)) await this.#send(task)
    })
  }

  #tell(task: StoredTask): void {
    this.#later(task.tenant, () => this.#send(task))
  }

  async #send(task: StoredTask): Promise<void> {
    const ts = this.#parts.clock.now() / 1000
    const views = new Map<Language, TaskView>()
    for (const session of this.#byTenant.get(task.tenant) ?? []) {
      const view = views.get(session.language) ?? (await this.#parts.views.of(task, session.language))
      views.set(session.language, view)
      session.send(progressFrame(view, session, ts))
      for (const frame of resultFrames(view, session, ts)) session.send(frame)
    }
  }

  #onFleet({ status }: GpuStatus): void {
    const cameOnline = status === 'online' && !this.#isOnline
    this.#isOnline = status === 'online'
    if (!cameOnline) return
    const ts = this.#parts.clock.now() / 1000
    for (const session of [...this.#byTenant.values()].flatMap((sessions) => [...sessions])) {
      for (const frame of onlineFrames(session.language, ts)) session.send(frame)
    }
  }

  /** A tenant's news one after the other, so that nobody hears of an end before the steps that led to it. */
  #later(tenant: string, work: () => Promise<void>): void {
    const told = (this.#inOrder.get(tenant) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      this.#parts.log.error('clients could not be told of a task', { error })
    })
    this.#inOrder.set(tenant, told)
    void told.then(() => {
      if (this.#inOrder.get(tenant) === told) this.#inOrder.delete(tenant)
    })
  }
}
