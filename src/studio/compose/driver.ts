import { AppError, isAppError } from '../../shared/index.ts'
import type { AppErrorJson } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { StoredRecord } from '../history/index.ts'
import { shownError } from '../shownError.ts'
import { cancelTask, downloadVideo, hashInputs, readTask, submitTask, uploadInputs } from './actions/index.ts'
import type { ActionDeps, ActionRun } from './actions/index.ts'
import { judgeFailure } from './judgeFailure.ts'
import { next, nextAction } from './recordMachine.ts'
import type { RecordAction, RecordEvent } from './recordMachine.ts'

export interface DriverDeps extends ActionDeps {
  readonly log: Logger
}

/** Asked now and then even when events come: an event lost by a fault of ours must not leave a task hanging. */
const FOLLOW_POLL_MS = 30_000
const STORE_RETRY_MS = 5_000
const BEFORE_SUBMIT: ReadonlySet<RecordAction> = new Set(['hash', 'upload'])

class Interrupted extends Error {}

/**
 * Brings one record to its end: looks what is next, does it, stores what came of it, looks again. Everything it knows
 * is in the record, so a new driver goes on where a killed one stopped.
 */
export class RecordDriver {
  readonly id: string
  readonly ended: Promise<void>
  readonly #deps: DriverDeps
  #isStopped = false
  #current: AbortController | undefined
  #wake: (() => void) | undefined
  /** Failures in a row with the same code. */
  #failures = { code: '', count: 0 }
  #isBlocked = false

  constructor(deps: DriverDeps, id: string) {
    this.#deps = deps
    this.id = id
    this.ended = this.#run()
  }

  /** Something changed outside: whatever is waited for is looked at again at once. */
  wake(): void {
    this.#wake?.()
  }

  /** The record wants something else now (a cancel): what runs is given up. */
  interrupt(): void {
    this.#current?.abort(new Interrupted('the record changed'))
    this.wake()
  }

  /** Leaves the record where it is; nothing is lost. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.interrupt()
    await this.ended
  }

  /** Stores an event; the record afterwards. */
  apply(event: RecordEvent): StoredRecord {
    return this.#deps.ledger.update(this.id, (record) => next(record, event, this.#deps.clock.now()))
  }

  async #run(): Promise<void> {
    // Not in the constructor's own turn: whoever made the driver must be able to keep it first.
    await Promise.resolve()
    while (!this.#isStopped) {
      try {
        const record = this.#deps.ledger.get(this.id)
        const action = nextAction(record)
        if (action === 'none') return
        await this.#step(action, record)
      } catch (error) {
        if (isAppError(error, 'HISTORY_NOT_FOUND')) return
        // The record itself could not be stored (its disk is full): it stays as it is, and is gone on with from there.
        this.#deps.log.error('a task could not be stored', { recordId: this.id, error: AppError.from(error).message })
        await this.#sleep(STORE_RETRY_MS)
      }
    }
  }

  async #step(action: Exclude<RecordAction, 'none'>, record: StoredRecord): Promise<void> {
    const controller = new AbortController()
    this.#current = controller
    this.#isBlocked = record.blocked !== null
    try {
      await this.#perform(action, {
        record,
        signal: controller.signal,
        apply: (event) => this.apply(event),
        block: (error) => {
          this.#isBlocked = true
          this.apply({ kind: 'blocked', error: error.toJSON() })
        },
        unblock: () => {
          if (this.#isBlocked) this.apply({ kind: 'unblocked' })
          this.#isBlocked = false
        },
      })
      this.#failures = { code: '', count: 0 }
    } catch (thrown) {
      if (controller.signal.aborted) return
      await this.#fail(action, AppError.from(thrown), shownError(thrown, this.#deps.log).toJSON())
    } finally {
      this.#current = undefined
    }
  }

  async #perform(action: Exclude<RecordAction, 'none'>, run: ActionRun): Promise<void> {
    const deps = this.#deps
    switch (action) {
      case 'hash':
        return hashInputs(deps, run)
      case 'upload':
        return uploadInputs(deps, run)
      case 'submit':
        return submitTask(deps, run)
      case 'cancel':
        return cancelTask(deps, run)
      case 'follow':
        return this.#follow(run)
      case 'download':
        return downloadVideo(deps, run)
    }
  }

  async #follow(run: ActionRun): Promise<void> {
    const task = await readTask(this.#deps, run)
    const lipSync = this.#deps.lipSyncOf(task.engine)
    const after = run.apply({ kind: 'task.changed', task, lipSync })
    if (nextAction(after) === 'follow') await this.#sleep(FOLLOW_POLL_MS)
  }

  /** A submit that was tried may have been taken; what is downloaded lies there, paid for by a run. */
  #mayBeAtGateway(action: RecordAction): boolean {
    return action === 'submit' ? this.#deps.ledger.get(this.id).submitTried : !BEFORE_SUBMIT.has(action)
  }

  async #fail(action: RecordAction, error: AppError, shown: AppErrorJson): Promise<void> {
    const count = this.#failures.code === error.code ? this.#failures.count : 0
    const verdict = judgeFailure(error, { attempt: count, isAtGateway: this.#mayBeAtGateway(action) })
    this.#failures = { code: error.code, count: count + 1 }
    const fields = { recordId: this.id, action, code: error.code, detail: error.message }
    if (verdict.kind === 'fail') {
      this.#deps.log.warn('a task failed on this PC', fields)
      this.apply({ kind: 'failed', error: shown })
      return
    }
    this.#deps.log.info('a task waits', { ...fields, waitMs: verdict.waitMs })
    this.apply({ kind: 'blocked', error: shown })
    await this.#sleep(verdict.waitMs)
  }

  /** Until the time is over, or `wake`. */
  #sleep(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopped) {
        resolve()
        return
      }
      const wake = (): void => {
        timer.cancel()
        this.#wake = undefined
        resolve()
      }
      const timer = this.#deps.clock.setTimer(wake, waitMs)
      this.#wake = wake
    })
  }
}
