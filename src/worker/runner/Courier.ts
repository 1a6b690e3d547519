import { rm } from 'node:fs/promises'
import type { PoolClient } from '../../client/index.ts'
import type { LeaseRef, ResultOutcome, WorkerFrame } from '../../protocol/dsp/index.ts'
import { equalJitterMs, faultPoint, isAppError } from '../../shared/index.ts'
import type { BackoffPolicy, Clock, Timer } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Journal, Outcome, SpooledResult } from './journal.ts'
import { toResultFrame } from './outcome.ts'

export interface CourierDeps {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly spoolPath: (taskId: string) => string
  /** A pool client that shows the task's newest capability. */
  readonly openPool: (taskId: string) => PoolClient
  /** False while offline; `resume` is called when that has changed. */
  readonly send: (frame: WorkerFrame) => boolean
  readonly onUploading: (ref: LeaseRef) => void
}

const RESEND: BackoffPolicy = { baseMs: 10_000, factor: 2, capMs: 120_000 }
const UPLOAD_RETRY: BackoffPolicy = { baseMs: 1_000, factor: 2, capMs: 60_000 }

/** Refusals of the pool that say the lease is over: the gateway's answer to the result decides what that means. */
const LEASE_OVER: ReadonlySet<string> = new Set(['AUTH_INVALID', 'AUTH_REQUIRED', 'STALE_LEASE', 'LEASE_NOT_YOURS'])

interface Delivery {
  attempt: number
  timer: Timer | undefined
  upload: AbortController | undefined
  isRunning: boolean
  isAgainWanted: boolean
  hasBeenSent: boolean
}

class DeliveryStopped extends Error {}

/** Brings finished results to the gateway, and keeps each one until the gateway says that it has it. */
export class Courier {
  readonly #deps: CourierDeps
  readonly #deliveries = new Map<string, Delivery>()
  readonly #waitingForIdle: (() => void)[] = []
  readonly #running = new Set<Promise<void>>()
  #isStopped = false

  constructor(deps: CourierDeps) {
    this.#deps = deps
  }

  /** Begins with a result that was just spooled, or goes on with one under a newer lease. */
  deliver(taskId: string): void {
    if (this.#isStopped) return
    const delivery = this.#deliveries.get(taskId) ?? newDelivery()
    this.#deliveries.set(taskId, delivery)
    delivery.timer?.cancel()
    delivery.timer = undefined
    if (delivery.isRunning) {
      delivery.isAgainWanted = true
      return
    }
    delivery.isRunning = true
    const step = this.#attempt(taskId, delivery).finally(() => {
      this.#running.delete(step)
      delivery.isRunning = false
      if (delivery.isAgainWanted) {
        delivery.isAgainWanted = false
        this.deliver(taskId)
      } else this.#dropUnlessOwed(taskId, delivery)
    })
    this.#running.add(step)
  }

  /** After each registration: everything still owed goes out again. */
  resume(): void {
    for (const { ref } of this.#deps.journal.spooled()) this.deliver(ref.task_id)
  }

  /** The gateway's answer to a result. */
  acked(taskId: string, epoch: number, outcome: ResultOutcome, errorCode: string | undefined): void {
    const { journal, log } = this.#deps
    const owed = journal.find(taskId)
    // An answer to an older lease says nothing about the newer one.
    if (owed === undefined || epoch < owed.ref.epoch) return
    log.info('result answered', { taskId, outcome, errorCode })
    if (outcome !== 'retry') {
      this.#forget(taskId)
      return
    }
    if (errorCode === 'RESULT_FILE_MISSING') journal.noteUpload(taskId, { uploadUrl: null, isUploaded: false })
    const delivery = this.#deliveries.get(taskId) ?? newDelivery()
    this.#deliveries.set(taskId, delivery)
    this.#later(taskId, delivery, UPLOAD_RETRY)
  }

  /** The person cancelled: a result not yet told becomes `cancelled`. False when nothing is owed for the task. */
  cancel(taskId: string): boolean {
    const { journal } = this.#deps
    const owed = journal.find(taskId)
    if (owed === undefined) return false
    const delivery = this.#deliveries.get(taskId)
    // Told already: whichever the gateway commits first is the end, and its answer says which.
    if (delivery?.hasBeenSent === true || owed.outcome.kind !== 'succeeded') return true
    journal.spool(taskId, { kind: 'cancelled' })
    delivery?.upload?.abort(new DeliveryStopped())
    this.#removeFile(taskId)
    this.deliver(taskId)
    return true
  }

  /** Resolves when nothing is owed any more. */
  idle(): Promise<void> {
    if (this.#deps.journal.spooled().length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForIdle.push(resolve))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const delivery of this.#deliveries.values()) {
      delivery.timer?.cancel()
      delivery.upload?.abort(new DeliveryStopped())
    }
    await Promise.allSettled(this.#running)
  }

  async #attempt(taskId: string, delivery: Delivery): Promise<void> {
    const { journal, log, send } = this.#deps
    try {
      const owed = journal.find(taskId)
      if (owed === undefined) return
      if (owed.outcome.kind === 'succeeded' && !owed.isUploaded) await upload(this.#deps, owed, delivery)
      // Read again: while it was uploaded it may have been cancelled, or got a newer lease.
      const now = journal.find(taskId)
      if (now === undefined || this.#isStopped) return
      faultPoint('worker.before_result')
      delivery.hasBeenSent = send(toResultFrame(now.ref, now.outcome))
      if (delivery.hasBeenSent) faultPoint('worker.after_result_before_ack')
      if (delivery.hasBeenSent) this.#later(taskId, delivery, RESEND)
    } catch (error) {
      if (error instanceof DeliveryStopped || this.#isStopped) return
      log.warn('result not delivered yet', { taskId, error: String(error) })
      this.#later(taskId, delivery, UPLOAD_RETRY)
    }
  }

  #later(taskId: string, delivery: Delivery, policy: BackoffPolicy): void {
    delivery.timer?.cancel()
    const delayMs = equalJitterMs(policy, delivery.attempt)
    delivery.timer = this.#deps.clock.setTimer(() => {
      this.deliver(taskId)
    }, delayMs)
    delivery.attempt += 1
  }

  /** Nobody waits for a step: what it throws would end the worker, and every run with it. */
  #dropUnlessOwed(taskId: string, delivery: Delivery): void {
    const { journal, log } = this.#deps
    try {
      if (journal.find(taskId) === undefined) this.#drop(taskId)
    } catch (error) {
      if (this.#isStopped) return
      log.warn('what is owed could not be looked up; it is tried again', { taskId, error: String(error) })
      if (delivery.timer === undefined) this.#later(taskId, delivery, UPLOAD_RETRY)
    }
  }

  /** Nothing is owed for the task any more: neither timer nor upload may outlive that. */
  #drop(taskId: string): void {
    const delivery = this.#deliveries.get(taskId)
    delivery?.timer?.cancel()
    delivery?.upload?.abort(new DeliveryStopped())
    this.#deliveries.delete(taskId)
  }

  #forget(taskId: string): void {
    const { journal } = this.#deps
    // The file first: on a full disk only that makes the room for the note, and the note is tried again.
    this.#removeFile(taskId)
    journal.forget(taskId)
    this.#drop(taskId)
    if (journal.spooled().length === 0) for (const resolve of this.#waitingForIdle.splice(0)) resolve()
  }

  /** What cannot be removed now is removed by the clean-up of the next start. */
  #removeFile(taskId: string): void {
    const { spoolPath, log } = this.#deps
    rm(spoolPath(taskId), { force: true }).catch((error: unknown) => {
      log.warn('a delivered result could not be removed', { taskId, error })
    })
  }
}

async function upload(deps: CourierDeps, owed: SpooledResult, delivery: Delivery): Promise<void> {
  if (owed.outcome.kind !== 'succeeded') return
  const { output } = owed.outcome
  const taskId = owed.ref.task_id
  const file = { md5: output.md5, sha256: output.sha256, ext: output.ext, sizeBytes: output.size }
  const controller = new AbortController()
  delivery.upload = controller
  const { signal } = controller
  const pool = deps.openPool(taskId)
  deps.onUploading(owed.ref)
  try {
    await pool.upload(deps.spoolPath(taskId), file, {
      signal,
      ...(owed.uploadUrl === null ? {} : { resumeUrl: owed.uploadUrl }),
      onUploadUrl: (uploadUrl) => {
        deps.journal.noteUpload(taskId, { uploadUrl, isUploaded: false })
      },
    })
    deps.journal.noteUpload(taskId, { uploadUrl: null, isUploaded: true })
  } catch (error) {
    signal.throwIfAborted()
    const lost = toLostOutput(error)
    if (lost !== undefined) deps.journal.spool(taskId, lost)
    else if (!isAppError(error) || !LEASE_OVER.has(error.code)) throw error
  } finally {
    delivery.upload = undefined
    pool.close()
  }
}

/** The pool will never take it: what is owed from now on is that word. */
const NEVER_TAKEN: ReadonlySet<string> = new Set(['FILE_TOO_LARGE', 'HASH_COLLISION'])

/** The spooled file is gone or no longer what was made: the run counts as failed, and can be tried again. */
function toLostOutput(error: unknown): Outcome | undefined {
  if (isAppError(error) && NEVER_TAKEN.has(error.code)) {
    return { kind: 'failed', code: error.code, message: error.message, retryable: false }
  }
  const codes = ['FILE_NOT_FOUND', 'FILE_UNREADABLE', 'NOT_A_FILE', 'INPUT_CHANGED', 'HASH_MISMATCH']
  if (!isAppError(error) || !codes.includes(error.code)) return undefined
  return {
    kind: 'failed',
    code: 'RESULT_INVALID',
    message: `the kept result is damaged: ${error.code}`,
    retryable: true,
  }
}

function newDelivery(): Delivery {
  return {
    attempt: 0,
    timer: undefined,
    upload: undefined,
    isRunning: false,
    isAgainWanted: false,
    hasBeenSent: false,
  }
}
