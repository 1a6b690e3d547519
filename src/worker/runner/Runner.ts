import { join } from 'node:path'
import type { PoolClient } from '../../client/index.ts'
import { MAX_WORKER_SLOTS } from '../../protocol/dsp/index.ts'
import type { Job, LeaseRef, WorkerFrame } from '../../protocol/dsp/index.ts'
import { DELETE_ASSET, HEYGEM_SUBMIT } from '../../protocol/task/index.ts'
import { faultPoint } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { FileHasher, Logger } from '../../shared/node/index.ts'
import type { Engine } from '../engines/port.ts'
import type { InputCache } from '../inputs/inputCache.ts'
import type { Courier } from './Courier.ts'
import { decideJob } from './decide.ts'
import type { Rejection, RunnerView } from './decide.ts'
import type { Journal, Outcome } from './journal.ts'
import { noteOutcome } from './noteOutcome.ts'
import { outcomeOfFailure, RunStopped } from './outcome.ts'
import type { StopCause } from './outcome.ts'
import { createProgressReporter } from './progressReporter.ts'
import type { ProgressReporter, RunProgress } from './progressReporter.ts'
import { removeFiles } from './removeFiles.ts'
import { runTask } from './runTask.ts'

export const TASK_TYPES = [HEYGEM_SUBMIT, DELETE_ASSET] as const

export interface RunnerDeps {
  readonly engine: Engine
  readonly slots: number
  readonly notReadyReason: () => string | undefined
  readonly journal: Journal
  readonly courier: Courier
  readonly cache: InputCache
  readonly hasher: FileHasher
  readonly openPool: (taskId: string) => PoolClient
  readonly workRoot: string
  readonly spoolPath: (taskId: string) => string
  readonly send: (frame: WorkerFrame) => boolean
  readonly clock: Clock
  readonly log: Logger
}

export interface RunningTask extends LeaseRef {
  readonly progress: RunProgress
  /** Of its inputs. */
  readonly movedBytes: number
  /** Of files, which takes no slot. */
  readonly isRemoval: boolean
}

type Answer = { type: 'gpu.job.accept' } | ({ type: 'gpu.job.reject' } & Rejection)

interface Run {
  job: Job
  readonly controller: AbortController
  readonly reporter: ProgressReporter
  movedBytes: number
  /** Resolves when nothing of it is left. */
  ending: Promise<void>
}

/** Takes jobs, runs them in slots, and hands what they owe to the courier. Runs outlive the connection. */
export class Runner {
  readonly #deps: RunnerDeps
  readonly #runs = new Map<string, Run>()
  /** The gateway's word: taken back at the next registration. */
  #isDraining = false
  /** This worker's own: for good. */
  #isEnding = false
  readonly #waitingForIdle: (() => void)[] = []

  constructor(deps: RunnerDeps) {
    this.#deps = deps
  }

  get running(): readonly RunningTask[] {
    return [...this.#runs.values()].map(({ job, reporter, movedBytes }) => ({
      ...refOf(job),
      progress: reporter.latest,
      movedBytes,
      isRemoval: isRemoval(job),
    }))
  }

  /** Answers a job frame: accepts it, answers it from the journal, or rejects it with the reason. */
  take(job: Job): void {
    faultPoint('worker.task_received')
    const earlier = this.#runs.get(job.task_id)
    if (earlier?.controller.signal.aborted === true) {
      // A run that was ended cannot be gone on with: the job waits until its slot and its files are free.
      earlier.ending
        .then(() => {
          this.take(job)
        })
        .catch((error: unknown) => {
          this.#deps.log.error('a job that had waited could not be taken', { taskId: job.task_id, error })
        })
      return
    }
    const decision = decideJob(job, this.#viewFor(job.task_id))
    this.#deps.log.info('job', { taskId: job.task_id, epoch: job.epoch, decision: decision.kind })
    switch (decision.kind) {
      case 'run':
        this.#begin(job)
        return
      case 'goOn':
        this.#adopt(job)
        return
      case 'answer':
        this.#adopt(job)
        this.#deps.courier.deliver(job.task_id)
        return
      case 'reject': {
        const { reason, retryable, code } = decision
        this.#reply({ type: 'gpu.job.reject', reason, retryable, ...(code === undefined ? {} : { code }) }, job)
        return
      }
      case 'ignore':
        return
    }
  }

  /** Ends the run at once; false when the task does not run here. */
  end(taskId: string, reason: StopCause): boolean {
    const run = this.#runs.get(taskId)
    run?.controller.abort(new RunStopped(reason))
    return run !== undefined
  }

  /** The lease of `epoch` is over; a run that goes on under a newer one is not meant. */
  abandon(taskId: string, epoch: number | undefined): void {
    const runningEpoch = this.#runs.get(taskId)?.job.epoch ?? 0
    if (epoch === undefined || runningEpoch <= epoch) this.end(taskId, 'abandoned')
  }

  /** A newer capability for a task that runs or is owed. */
  renewCapability(taskId: string, capability: string): void {
    const run = this.#runs.get(taskId)
    if (run !== undefined) run.job = { ...run.job, capability }
    this.#deps.journal.renewCapability(taskId, capability)
  }

  capabilityOf(taskId: string): string | undefined {
    return this.#runs.get(taskId)?.job.capability ?? this.#deps.journal.find(taskId)?.capability
  }

  setDraining(isDraining: boolean): void {
    this.#isDraining = isDraining
  }

  /** Takes nothing more, for good; resolves when what runs has ended by itself. */
  drain(): Promise<void> {
    this.#isEnding = true
    if (this.#runs.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForIdle.push(resolve))
  }

  /** Hands every run back; resolves when no engine runs any more. */
  async stop(): Promise<void> {
    this.#isEnding = true
    for (const run of this.#runs.values()) run.controller.abort(new RunStopped('handedBack'))
    await Promise.all([...this.#runs.values()].map((run) => run.ending))
  }

  #viewFor(taskId: string): RunnerView {
    const { engine, journal, slots, notReadyReason } = this.#deps
    const owed = journal.find(taskId)
    return {
      taskTypes: TASK_TYPES,
      features: engine.features,
      freeSlots: slots - this.#slotsUsed(),
      // All it holds must fit into one registration, and no disk holds results without end.
      isBehind: this.#runs.size + journal.spooled().length >= MAX_WORKER_SLOTS,
      // A gateway that comes back while this worker stops knows nothing of it, and sends jobs.
      isDraining: this.#isDraining || this.#isEnding,
      notReadyReason: notReadyReason(),
      runningEpoch: this.#runs.get(taskId)?.job.epoch,
      owed: owed === undefined ? undefined : { epoch: owed.ref.epoch, outcome: owed.outcome },
    }
  }

  /** Files are removed beside the runs, not instead of one. */
  #slotsUsed(): number {
    return [...this.#runs.values()].filter(({ job }) => !isRemoval(job)).length
  }

  #begin(job: Job): void {
    const { clock, send } = this.#deps
    // Durable before the accept: a worker that dies after it knows at its next start what it left undone.
    if (!this.#noted(job)) return
    faultPoint('worker.before_accept')
    const run: Run = {
      job,
      controller: new AbortController(),
      reporter: createProgressReporter(clock, (progress) => send(toFrame(run.job, progress))),
      movedBytes: 0,
      ending: Promise.resolve(),
    }
    this.#runs.set(job.task_id, run)
    this.#reply({ type: 'gpu.job.accept' }, job)
    run.ending = execute(this.#deps, run).finally(() => {
      this.#runs.delete(job.task_id)
      if (this.#runs.size === 0) for (const resolve of this.#waitingForIdle.splice(0)) resolve()
    })
  }

  /** False, and the job rejected, when the journal cannot be written (a full disk): nothing runs unnoted. */
  #noted(job: Job): boolean {
    try {
      this.#deps.journal.begin(job)
      return true
    } catch (error) {
      this.#deps.log.error('a job could not be noted', { taskId: job.task_id, error })
      this.#reply({ type: 'gpu.job.reject', reason: 'the journal cannot be written', retryable: true }, job)
      return false
    }
  }

  /** The same work under a newer lease. */
  #adopt(job: Job): void {
    const run = this.#runs.get(job.task_id)
    if (run !== undefined) run.job = job
    this.#deps.journal.adopt(job)
    this.#reply({ type: 'gpu.job.accept' }, job)
  }

  #reply(answer: Answer, job: Job): void {
    this.#deps.send({ ...answer, version: '1.0', ...refOf(job) })
  }
}

/** Never throws: whatever happens becomes an outcome in the journal, or nothing when nobody waits for it. */
async function execute(deps: RunnerDeps, run: Run): Promise<void> {
  const taskId = run.job.task_id
  const outcome = await outcomeOf(deps, run)
  try {
    if (outcome === undefined) {
      deps.journal.forget(taskId)
      return
    }
    const ended = { jobNow: () => run.job, signal: run.controller.signal }
    const isOwed = await noteOutcome(deps, ended, outcome, () => {
      // It has ended: to the gateway it is a result that is not there yet, and no run that hangs.
      run.reporter.report({ stage: 'upload', percent: null, frame: null, totalFrames: null })
    })
    if (!isOwed) return
    faultPoint('worker.spool_fsynced')
    deps.courier.deliver(taskId)
  } catch (error) {
    deps.log.error('the end of a run could not be seen to', { taskId, error })
  } finally {
    run.reporter.stop()
  }
}

async function outcomeOf(deps: RunnerDeps, run: Run): Promise<Outcome | undefined> {
  const { job, controller, reporter } = run
  const { signal } = controller
  const taskId = job.task_id
  const pool = deps.openPool(taskId)
  const workDir = join(deps.workRoot, `${taskId}-${job.epoch}`)
  const { engine, cache, hasher } = deps
  try {
    if (isRemoval(job)) return await removeFiles(cache, job, signal)
    const runDeps = { engine, cache, pool, hasher, workDir, spoolPath: deps.spoolPath(taskId) }
    return await runTask(runDeps, job, signal, {
      report: (progress) => {
        reporter.report(progress)
      },
      onMoved: (movedBytes) => {
        run.movedBytes = movedBytes
      },
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    deps.log.warn('run ended without a result', { taskId, error: reason })
    return outcomeOfFailure(error, engine.name)
  } finally {
    reporter.stop()
    pool.close()
  }
}

function isRemoval(job: Job): boolean {
  return job.task_type === DELETE_ASSET
}

function refOf(job: Job): LeaseRef {
  return { task_id: job.task_id, epoch: job.epoch, token: job.token }
}

function toFrame(job: Job, progress: RunProgress): WorkerFrame {
  return {
    type: 'gpu.task.progress',
    version: '1.0',
    ...refOf(job),
    stage: progress.stage,
    progress: progress.percent,
    current_frame: progress.frame,
    total_frames: progress.totalFrames,
  }
}
