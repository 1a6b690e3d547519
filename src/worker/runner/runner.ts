import { join } from 'node:path'
import type { PoolClient } from '../../client/index.ts'
import type { Job, LeaseRef, WorkerFrame } from '../../protocol/dsp/index.ts'
import { HEYGEM_SUBMIT } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { FileHasher, Logger } from '../../shared/node/index.ts'
import type { Engine } from '../engines/port.ts'
import type { InputCache } from '../inputs/inputCache.ts'
import type { Courier } from './courier.ts'
import { decideJob } from './decide.ts'
import type { Journal } from './journal.ts'
import { outcomeOfFailure, RunStopped } from './outcome.ts'
import type { StopCause } from './outcome.ts'
import { createProgressReporter } from './progressReporter.ts'
import type { ProgressReporter, RunProgress } from './progressReporter.ts'
import { runTask } from './runTask.ts'

export const TASK_TYPES = [HEYGEM_SUBMIT] as const

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
}

/** Takes jobs, runs them in slots, and hands what they owe to the courier. Runs outlive the connection. */
export interface Runner {
  take(job: Job): void
  /** Ends the run at once; false when the task does not run here. */
  end(taskId: string, reason: StopCause): boolean
  /** A newer capability for a task that runs or is owed. */
  renewCapability(taskId: string, capability: string): void
  capabilityOf(taskId: string): string | undefined
  readonly running: readonly RunningTask[]
  setDraining(isDraining: boolean): void
  /** Hands every run back; resolves when no engine runs any more. */
  stop(): Promise<void>
}

interface Run {
  job: Job
  readonly controller: AbortController
  readonly reporter: ProgressReporter
}

export function createRunner(deps: RunnerDeps): Runner {
  const runs = new Map<string, Run>()
  const endings = new Set<Promise<void>>()
  let isDraining = false

  const reply = (type: 'gpu.job.accept' | 'gpu.job.reject', job: Job, reason?: string): void => {
    const base = { version: '1.0', ts: deps.clock.now(), ...refOf(job) } as const
    deps.send(type === 'gpu.job.accept' ? { type, ...base } : { type, ...base, reason: reason ?? '' })
  }

  const begin = (job: Job): void => {
    // Durable before the accept: a worker that dies after it knows at its next start what it left undone.
    deps.journal.begin(job)
    const run: Run = {
      job,
      controller: new AbortController(),
      reporter: createProgressReporter(deps.clock, (progress) =>
        deps.send(toFrame(run.job, progress, deps.clock.now())),
      ),
    }
    runs.set(job.task_id, run)
    reply('gpu.job.accept', job)
    const ending = execute(deps, run).finally(() => {
      runs.delete(job.task_id)
      endings.delete(ending)
    })
    endings.add(ending)
  }

  return {
    take(job) {
      const owed = deps.journal.find(job.task_id)
      const decision = decideJob(job, {
        taskTypes: TASK_TYPES,
        freeSlots: deps.slots - runs.size,
        isDraining,
        notReadyReason: deps.notReadyReason(),
        runningEpoch: runs.get(job.task_id)?.job.epoch,
        owed: owed === undefined ? undefined : { epoch: owed.ref.epoch, outcome: owed.outcome },
      })
      deps.log.info('job', { taskId: job.task_id, epoch: job.epoch, decision: decision.kind })
      switch (decision.kind) {
        case 'run':
          begin(job)
          return
        case 'goOn': {
          const run = runs.get(job.task_id)
          if (run !== undefined) run.job = job
          deps.journal.adopt(job)
          reply('gpu.job.accept', job)
          return
        }
        case 'answer':
          deps.journal.adopt(job)
          reply('gpu.job.accept', job)
          deps.courier.deliver(job.task_id)
          return
        case 'reject':
          reply('gpu.job.reject', job, decision.reason)
          return
        case 'ignore':
          return
      }
    },
    end(taskId, reason) {
      const run = runs.get(taskId)
      if (run === undefined) return false
      run.controller.abort(new RunStopped(reason))
      return true
    },
    renewCapability(taskId, capability) {
      const run = runs.get(taskId)
      if (run !== undefined) run.job = { ...run.job, capability }
      deps.journal.renewCapability(taskId, capability)
    },
    capabilityOf: (taskId) => runs.get(taskId)?.job.capability ?? deps.journal.find(taskId)?.capability,
    get running() {
      return [...runs.values()].map(({ job, reporter }) => ({ ...refOf(job), progress: reporter.latest }))
    },
    setDraining(draining) {
      isDraining = draining
    },
    async stop() {
      isDraining = true
      for (const run of runs.values()) run.controller.abort(new RunStopped('handedBack'))
      await Promise.allSettled(endings)
    },
  }
}

/** Never throws: whatever happens becomes an outcome in the journal, or nothing when nobody waits for it. */
async function execute(deps: RunnerDeps, run: Run): Promise<void> {
  const { job, controller, reporter } = run
  const taskId = job.task_id
  const pool = deps.openPool(taskId)
  const workDir = join(deps.workRoot, `${taskId}-${job.epoch}`)
  const spoolPath = deps.spoolPath(taskId)
  const { engine, cache, hasher } = deps
  try {
    const runDeps = { engine, cache, pool, hasher, workDir, spoolPath }
    deps.journal.spool(taskId, await runTask(runDeps, job, controller.signal, reporter.report))
    deps.courier.deliver(taskId)
  } catch (error) {
    const outcome = outcomeOfFailure(error, engine.name)
    deps.log.warn('run ended without a result', {
      taskId,
      error: error instanceof Error ? error.message : String(error),
    })
    if (outcome === undefined) deps.journal.forget(taskId)
    else {
      deps.journal.spool(taskId, outcome)
      deps.courier.deliver(taskId)
    }
  } finally {
    reporter.stop()
    pool.close()
  }
}

function refOf(job: Job): LeaseRef {
  return { task_id: job.task_id, epoch: job.epoch, token: job.token }
}

function toFrame(job: Job, progress: RunProgress, nowMs: number): WorkerFrame {
  return {
    type: 'gpu.task.progress',
    version: '1.0',
    ts: nowMs,
    ...refOf(job),
    stage: progress.stage,
    progress: progress.percent,
    current_frame: progress.frame,
    total_frames: progress.totalFrames,
  }
}
