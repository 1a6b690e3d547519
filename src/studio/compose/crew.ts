import { isRecordEnd } from '../../protocol/studio/index.ts'
import type { TaskProgress, TaskView } from '../../protocol/task/index.ts'
import { AppError } from '../../shared/index.ts'
import type { RecordStore, StoredRecord } from '../history/index.ts'
import { RecordDriver } from './driver.ts'
import type { DriverDeps } from './driver.ts'
import { runProgress } from './progressOf.ts'
import { nextAction } from './recordMachine.ts'

/** Every active record has one driver; news from the gateway finds its record here. */
export class Crew {
  readonly #deps: DriverDeps & { readonly store: RecordStore }
  readonly #drivers = new Map<string, RecordDriver>()
  #isStopped = false

  constructor(deps: DriverDeps & { readonly store: RecordStore }) {
    this.#deps = deps
  }

  /** Goes on with everything an earlier life of the process left unfinished. */
  resume(): void {
    for (const record of this.#deps.store.listActive()) this.drive(record.id)
  }

  drive(id: string): void {
    if (this.#isStopped || this.#drivers.has(id)) return
    const driver = new RecordDriver(this.#deps, id)
    this.#drivers.set(id, driver)
    void driver.ended.finally(() => this.#drivers.delete(id))
  }

  /** Resolves when nothing works on the record any more. */
  async settled(id: string): Promise<void> {
    await this.#drivers.get(id)?.ended
  }

  /** Throws ALREADY_FINISHED, HISTORY_NOT_FOUND. Cancelling twice is not an error. */
  cancel(id: string): StoredRecord {
    const record = this.#deps.ledger.get(id)
    if (record.phase === 'cancelled') return record
    if (isRecordEnd(record.phase)) throw new AppError('ALREADY_FINISHED', { message: 'the task has ended' })
    this.drive(id)
    const driver = this.#drivers.get(id)
    const after = driver?.apply({ kind: 'cancel.asked' }) ?? record
    if (after !== record) driver?.interrupt()
    return after
  }

  /** A task's news by event: a hint, which may be older than what is known. */
  hearTask(task: TaskView): void {
    this.#takeHint(() => {
      const record = this.#deps.store.findByTask(task.task_id)
      const driver = record === undefined ? undefined : this.#drivers.get(record.id)
      if (record === undefined || driver === undefined) return
      const after = driver.apply({ kind: 'task.changed', task, lipSync: this.#deps.lipSyncOf(task.engine) })
      if (task.stage !== null && after.phase === 'running') {
        this.#deps.ledger.setProgress(record.id, runProgress({ ...task, stage: task.stage }))
      }
      if (nextAction(after) !== 'follow') driver.wake()
    })
  }

  hearProgress(progress: TaskProgress): void {
    this.#takeHint(() => {
      const record = this.#deps.store.findByTask(progress.task_id)
      if (record?.phase !== 'running') return
      this.#drivers.get(record.id)?.apply({ kind: 'stage.told', stage: progress.stage })
      this.#deps.ledger.setProgress(record.id, runProgress(progress))
    })
  }

  /** The gateway answers again, or events were missed: everything that waits looks for itself. */
  wakeAll(): void {
    for (const driver of this.#drivers.values()) driver.wake()
  }

  /** The gateway went away: records that only wait for it say so; uploads and downloads notice by themselves. */
  blockFollowers(error: AppError): void {
    for (const [id, driver] of this.#drivers) {
      this.#takeHint(() => {
        const record = this.#deps.store.find(id)
        if (record === undefined || (record.phase !== 'waiting' && record.phase !== 'running')) return
        // One on another gateway waits for that, and says so.
        if (record.gateway !== this.#deps.link().key) return
        driver.apply({ kind: 'blocked', error: error.toJSON() })
      })
    }
  }

  /** One that cannot be stored is dropped: the driver asks anyway, and a socket's listener must not throw. */
  #takeHint(take: () => void): void {
    try {
      take()
    } catch (error) {
      this.#deps.log.warn('news of a task could not be stored', { error: AppError.from(error).message })
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#drivers.values()].map((driver) => driver.stop()))
  }
}
