import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setMaxListeners } from 'node:events'
import type { GpuServerClient } from '../../../client/index.ts'
import type { LeaseRef, ResultFrame } from '../../../protocol/dsp/index.ts'
import { HEYGEM_SUBMIT, neededFeatures } from '../../../protocol/task/index.ts'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import { AppError, delay, isAppError } from '../../../shared/index.ts'
import { resultInvalid } from '../../../shared/node/index.ts'
import type { Logger } from '../../../shared/node/index.ts'
import type { GatewayParts } from '../../parts.ts'
import type { ProgressUpdate, StoredTask, VideoPayload } from '../../queue/port.ts'
import { noteProgress } from '../progress.ts'
import { settleResult } from '../results.ts'
import type { Acceptance, FieldJobFrame } from './fieldFrames.ts'
import type { FieldTimings } from './fieldOptions.ts'
import type { FieldRunTable } from './fieldRunTable.ts'
import { endOf, engineFailed, resultFrameOf } from './outcome.ts'
import { publishResult } from './result.ts'
import { NO_STEPS, stepOf } from './steps.ts'
import type { StepsSoFar } from './steps.ts'

export interface FieldRunDeps {
  readonly parts: GatewayParts
  readonly table: FieldRunTable
  readonly timings: FieldTimings
  readonly log: Logger
  readonly workerId: string
  /** For files on their way into the pool. */
  readonly tempDir: string
  /** Undefined while nobody knows where its HTTP side is. */
  client(): GpuServerClient | undefined
  /** False when there is no connection. */
  submit(frame: FieldJobFrame): boolean
  /** It did not answer to a job. */
  onSilent(): void
  /** Its HTTP side did not answer when a job was about to begin. */
  onUnreachable(): void
}

/** Why a run goes no further here: a newer lease, a person, or this process. */
type Reason = 'revoked' | 'cancelled' | 'stop' | 'unplugged'

/** A server that forgot a task says so each time; a proxy in front of it may say so once. */
const UNKNOWN_AT_MOST = 2
const TRIES_OF_A_RESULT = 2
/** How often it may have a result and not bring it, before the run counts as failed. */
const FETCHES_AT_MOST = 60
/** What may go better a little later while the server still has the result. */
const PASSING: ReadonlySet<string> = new Set([
  ...['RESULT_INVALID', 'GPU_SERVER_UNREACHABLE', 'GPU_SERVER_REFUSED', 'INTERNAL'],
  ...['DISK_FULL', 'STORE_UNAVAILABLE'],
])
/** Troubles of our own: a person solves them, and the result is waited for until then. */
const OURS: ReadonlySet<string> = new Set(['DISK_FULL', 'STORE_UNAVAILABLE'])

/**
 * One try of a task on a field worker, from the inputs to the settled result. It outlives the worker's connection, and
 * (by its row) this process. The worker knows no cancel: what is given up here goes on there, and nobody asks for it.
 */
export class FieldRun {
  readonly ref: LeaseRef
  readonly ended: Promise<void>
  readonly #deps: FieldRunDeps
  readonly #requestId: string
  readonly #giveUp = new AbortController()
  readonly #acceptance = Promise.withResolvers<Acceptance>()
  #remoteId: string | null
  #reason: Reason | undefined
  #steps: StepsSoFar = NO_STEPS
  #hasContact = true
  #busy = 0
  /** Of the inputs, to its server. */
  #movedBytes = 0
  #isWaiting = false
  #wake: () => void = () => undefined

  /** With `remoteId` it goes on where an earlier process stopped. */
  constructor(deps: FieldRunDeps, ref: LeaseRef, requestId: string, remoteId: string | null) {
    this.#deps = deps
    this.ref = ref
    this.#requestId = requestId
    this.#remoteId = remoteId
    setMaxListeners(0, this.#giveUp.signal)
    // Whoever waits for it is told by the signal.
    this.#acceptance.promise.catch(() => undefined)
    this.ended = this.#run().catch((error: unknown) => {
      deps.log.error('a run of a field worker ended badly; its lease will run out', { task: ref.task_id, error })
    })
  }

  get requestId(): string {
    return this.#requestId
  }

  get remoteId(): string | null {
    return this.#remoteId
  }

  /** Whether its server was heard of since the last call, or something is under way here: then the lease lives on. */
  takeContact(): boolean {
    const isAlive = this.#hasContact || this.#busy > 0
    this.#hasContact = false
    return isAlive
  }

  /** The board of progress is told what moved: a slow line is not a run that hangs. */
  async tellMoved(): Promise<void> {
    if (this.#remoteId !== null || this.#movedBytes === 0) return
    const { parts, workerId } = this.#deps
    const update = { stage: 'inputs', progress: null, frame: null, totalFrames: null } as const
    await parts.queue.progress(this.ref, workerId, { ...update, movedBytes: this.#movedBytes })
  }

  answer(acceptance: Acceptance): void {
    this.#acceptance.resolve(acceptance)
  }

  /** There is news: asks now instead of at the next turn. */
  poke(): void {
    this.#wake()
  }

  /** The connection is gone: an acceptance that was waited for will not come any more. */
  unplug(): void {
    if (this.#isWaiting) this.abandon('unplugged')
  }

  abandon(reason: Reason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#giveUp.abort(new AppError('TASK_CANCELLED', { message: reason }))
    this.#wake()
  }

  async #run(): Promise<void> {
    const frame = await this.#endOfRun()
    if (frame !== undefined) await this.#settle(frame)
    if (this.#reason !== 'stop') this.#deps.table.end(this.ref)
  }

  /** How it ended; undefined when there is nothing to tell. */
  async #endOfRun(): Promise<ResultFrame | undefined> {
    try {
      const output = await this.#work()
      return output === undefined ? undefined : resultFrameOf(this.ref, { kind: 'done', output })
    } catch (error) {
      switch (this.#reason) {
        case 'stop':
        case 'revoked':
          return undefined
        case 'cancelled':
          return resultFrameOf(this.ref, { kind: 'cancelled' })
        case 'unplugged':
          return resultFrameOf(this.ref, { kind: 'lost' })
        default:
          // Nothing ran there yet: a machine that cannot be reached is a wait, not a failed try.
          if (this.#remoteId === null && isAppError(error, 'GPU_SERVER_UNREACHABLE')) {
            this.#deps.onUnreachable()
            return resultFrameOf(this.ref, { kind: 'lost' })
          }
          this.#deps.log.warn('a run on a field worker failed', { task: this.ref.task_id, error })
          return resultFrameOf(this.ref, endOf(error))
      }
    }
  }

  async #work(): Promise<TaskOutput | undefined> {
    const { parts, workerId } = this.#deps
    const { queue } = parts
    const holder = await queue.leaseHolder(this.ref.task_id)
    if (holder?.token !== this.ref.token || holder.task.epoch !== this.ref.epoch) return undefined
    const { task } = holder
    const { payload } = task
    if (!('audio' in payload)) throw new AppError('TASK_TYPE_UNKNOWN', { data: { known: HEYGEM_SUBMIT } })
    if (this.#remoteId === null) {
      // Dispatch gives such tasks to others; were one sent here, its option would be left out without a word.
      if (neededFeatures(payload.options).length > 0) {
        await parts.dispatcher.refuseOption(workerId, this.ref)
        return undefined
      }
      const isTaken = await queue.accept(this.ref, workerId)
      if (isTaken !== 'applied') return undefined
      this.#remoteId = await this.#whileBusy(() => this.#start(task, payload))
    }
    await this.#follow(this.#remoteId)
    return await this.#fetch(task, this.#remoteId)
  }

  async #start(task: StoredTask, payload: VideoPayload): Promise<string> {
    await this.#note({ stage: 'inputs', progress: null, frame: null, totalFrames: null })
    await this.#pushInputs(task.tenant, payload)
    const isSent = this.#deps.submit({
      ...{ type: 'gpu.job.submit', version: '1.0', task_type: task.taskType, request_id: this.#requestId },
      ...{ key: task.tenant, sender_fd: 0 },
      payload: {
        ...{ audio_hash: payload.audio.md5, audio_ext: payload.audio.ext },
        ...{ video_hash: payload.video.md5, video_ext: payload.video.ext },
      },
    })
    if (!isSent) {
      this.abandon('unplugged')
      this.#signal.throwIfAborted()
    }
    const acceptance = await this.#accepted()
    if (acceptance.kind === 'refused') {
      const { detail } = acceptance
      throw new AppError('GPU_SERVER_REFUSED', { message: detail, data: { detail }, retryable: true })
    }
    this.#deps.table.accepted(this.ref, acceptance.remoteId)
    return acceptance.remoteId
  }

  async #pushInputs(tenant: string, { audio, video }: VideoPayload): Promise<void> {
    const client = this.#client()
    for (const file of await client.missing([audio, video], { signal: this.#signal })) {
      const opened = await this.#deps.parts.pool.open(tenant, file.md5)
      if (opened === undefined) throw new AppError('INPUT_MISSING', { data: { missing: `${file.md5}${file.ext}` } })
      let moved = 0
      await client.upload(file, opened.path, {
        signal: this.#signal,
        onMoved: (bytes) => {
          this.#movedBytes += bytes - moved
          moved = bytes
        },
      })
    }
  }

  async #accepted(): Promise<Acceptance> {
    const { clock } = this.#deps.parts
    const enough = new AbortController()
    const signal = AbortSignal.any([enough.signal, this.#signal])
    this.#isWaiting = true
    try {
      const late = delay(clock, this.#deps.timings.acceptMs, signal).then(() => undefined)
      const acceptance = await Promise.race([this.#acceptance.promise, late])
      if (acceptance !== undefined) return acceptance
      this.#deps.onSilent()
      throw new AppError('RUN_NOT_TAKEN', { message: 'the worker did not answer to the job', retryable: true })
    } finally {
      this.#isWaiting = false
      enough.abort()
    }
  }

  /** Asks until the run has ended there. One question without an answer ends nothing: the lease decides. */
  async #follow(remoteId: string): Promise<void> {
    let unknown = 0
    for (;;) {
      const task = await this.#ask(remoteId)
      if (task === 'unknown') {
        unknown += 1
        if (unknown >= UNKNOWN_AT_MOST) {
          throw new AppError('RUN_FORGOTTEN', { message: `the server knows no task ${remoteId}`, retryable: true })
        }
      } else if (task !== undefined) {
        unknown = 0
        const { so, update } = stepOf(task, this.#steps)
        this.#steps = so
        if (task.status === 'error') throw engineFailed(task.error ?? 'no reason given')
        await this.#note(update)
        if (task.status === 'done') return
      }
      await this.#pause(this.#deps.timings.pollMs)
    }
  }

  async #ask(remoteId: string): Promise<Awaited<ReturnType<GpuServerClient['task']>> | 'unknown'> {
    const client = this.#deps.client()
    if (client === undefined) return undefined
    try {
      const task = await client.task(remoteId, { signal: this.#signal })
      this.#hasContact = true
      return task ?? 'unknown'
    } catch (error) {
      this.#signal.throwIfAborted()
      this.#deps.log.debug('a GPU server was asked in vain', { task: this.ref.task_id, error })
      return undefined
    }
  }

  async #fetch(task: StoredTask, remoteId: string): Promise<TaskOutput> {
    let [tries, bad] = [0, 0]
    for (;;) {
      tries += 1
      try {
        const output = await this.#fetchOnce(task, remoteId)
        if (output !== undefined) return output
        this.#hasContact = true
        if (tries >= FETCHES_AT_MOST) throw resultInvalid('the server says that it has a result, and brings none')
      } catch (error) {
        this.#signal.throwIfAborted()
        const code = error instanceof AppError ? error.code : 'INTERNAL'
        if (code === 'RESULT_INVALID') bad += 1
        if (OURS.has(code)) tries = 0
        if (bad >= TRIES_OF_A_RESULT || tries >= FETCHES_AT_MOST || !PASSING.has(code)) throw error
        if (code !== 'GPU_SERVER_UNREACHABLE') this.#hasContact = true
        this.#deps.log.warn('a result could not be taken; it is tried again', { task: this.ref.task_id, error })
      }
      await this.#pause(this.#deps.timings.againMs)
    }
  }

  async #fetchOnce(task: StoredTask, remoteId: string): Promise<TaskOutput | undefined> {
    const { pool, limits } = this.#deps.parts
    const path = join(this.#deps.tempDir, `${this.ref.task_id}-${String(this.ref.epoch)}.mp4`)
    // Bytes that come are a sign of life; a server that only lets us wait gives none, and its lease runs out.
    const onMoved = (): void => {
      this.#hasContact = true
    }
    const options = { signal: this.#signal, maxBytes: limits.maxFileBytes, onMoved }
    try {
      const outcome = await this.#client().download(remoteId, path, options)
      if (outcome.kind === 'not_finished') return undefined
      if (outcome.kind === 'gone') throw resultInvalid('the server has no result file')
      return await this.#whileBusy(() => publishResult(pool, task, path, this.#signal))
    } finally {
      await rm(path, { force: true })
    }
  }

  /** Until it is stored: the result is in the pool, and a database that fails for a moment must not cost the run. */
  async #settle(frame: ResultFrame): Promise<void> {
    const { parts, log, timings, workerId } = this.#deps
    for (;;) {
      try {
        const ack = await settleResult(parts, workerId, frame)
        if (ack.type !== 'gpu.job.result.ack' || ack.outcome !== 'retry') return
      } catch (error) {
        log.error('a result could not be stored; it is tried again', { task: this.ref.task_id, error })
      }
      if (this.#reason === 'stop') return
      await this.#pause(timings.againMs).catch(() => undefined)
    }
  }

  async #note(update: ProgressUpdate): Promise<void> {
    const { parts, workerId } = this.#deps
    if ((await noteProgress(parts, workerId, this.ref, update)) === 'stale') this.abandon('revoked')
    this.#signal.throwIfAborted()
  }

  async #whileBusy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      const done = await work()
      this.#hasContact = true
      return done
    } finally {
      this.#busy -= 1
    }
  }

  async #pause(durationMs: number): Promise<void> {
    const enough = new AbortController()
    this.#wake = () => {
      enough.abort()
    }
    await delay(this.#deps.parts.clock, durationMs, enough.signal).catch(() => undefined)
    this.#wake = () => undefined
    this.#signal.throwIfAborted()
  }

  get #signal(): AbortSignal {
    return this.#giveUp.signal
  }

  #client(): GpuServerClient {
    const client = this.#deps.client()
    if (client === undefined) throw new AppError('GPU_SERVER_UNREACHABLE', { message: 'no HTTP address is known' })
    return client
  }
}
