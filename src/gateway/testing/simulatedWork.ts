import type { Job, LeaseRef } from '../../protocol/dsp/index.ts'
import type { Settlement } from '../queue/port.ts'
import { SUCCESS } from '../queue/contract/fixture.ts'
import type { BenchWorker, DispatchBench } from './dispatchBench.ts'

const STEP_MS = 1_000
const BEAT_MS = 15_000

/** How workers behave. Times are those of the bench's clock since the start. */
export interface WorkRules {
  readonly runMs: number
  /** Stops by then, whatever is left. */
  readonly untilMs: number
  /** Answers at once instead of running; `running` counts the runs that worker has already. */
  readonly refuse?: (nowMs: number, running: number) => Settlement | undefined
  /** Looked at each second. */
  readonly onSecond?: (nowMs: number) => void
}

export interface EndedRun {
  readonly taskId: string
  readonly atMs: number
  /** Most runs at once on its worker while it ran. */
  readonly beside: number
}

interface Run {
  readonly job: Job
  readonly worker: BenchWorker
  readonly endsMs: number
  beside: number
}

/** Workers that accept what they get and finish each run after its time, until `tasks` have ended. */
export async function simulateWork(
  at: DispatchBench,
  workers: readonly BenchWorker[],
  tasks: number,
  rules: WorkRules,
): Promise<readonly EndedRun[]> {
  const startMs = at.clock.monotonic()
  const now = (): number => at.clock.monotonic() - startMs
  const work = new Work(at, rules, now)
  while (work.ended.length < tasks && now() < rules.untilMs) {
    await at.quiet()
    for (const worker of workers) await work.takeNew(worker)
    at.clock.advance(STEP_MS)
    if (now() % BEAT_MS === 0) for (const worker of workers) await work.beat(worker)
    await work.finish()
    rules.onSecond?.(now())
    await at.queue.reap()
    void at.dispatcher.kick()
  }
  return work.ended
}

class Work {
  readonly ended: EndedRun[] = []
  readonly #at: DispatchBench
  readonly #rules: WorkRules
  readonly #now: () => number
  readonly #runs = new Map<string, Run>()
  readonly #seen = new Map<BenchWorker, number>()

  constructor(at: DispatchBench, rules: WorkRules, now: () => number) {
    this.#at = at
    this.#rules = rules
    this.#now = now
  }

  async takeNew(worker: BenchWorker): Promise<void> {
    const jobs = worker.jobs()
    for (const job of jobs.slice(this.#seen.get(worker) ?? 0)) await this.#take(worker, job)
    this.#seen.set(worker, jobs.length)
    const own = this.#runsOf(worker)
    for (const run of own) run.beside = Math.max(run.beside, own.length)
  }

  async beat(worker: BenchWorker): Promise<void> {
    const { workerId } = worker.link
    this.#at.fleet.heartbeat(workerId)
    await this.#at.queue.extend(
      workerId,
      this.#runsOf(worker).map(({ job }) => refOf(job)),
    )
  }

  async finish(): Promise<void> {
    const atMs = this.#now()
    for (const [taskId, { job, worker, endsMs, beside }] of this.#runs) {
      if (endsMs > atMs) continue
      this.#runs.delete(taskId)
      await this.#at.queue.settle(refOf(job), worker.link.workerId, SUCCESS)
      this.ended.push({ taskId, atMs, beside })
    }
  }

  async #take(worker: BenchWorker, job: Job): Promise<void> {
    await worker.accept(job)
    const refusal = this.#rules.refuse?.(this.#now(), this.#runsOf(worker).length)
    if (refusal !== undefined) await this.#at.queue.settle(refOf(job), worker.link.workerId, refusal)
    else this.#runs.set(job.task_id, { job, worker, endsMs: this.#now() + this.#rules.runMs, beside: 0 })
  }

  #runsOf(worker: BenchWorker): readonly Run[] {
    return [...this.#runs.values()].filter((run) => run.worker === worker)
  }
}

function refOf({ task_id, epoch, token }: LeaseRef): LeaseRef {
  return { task_id, epoch, token }
}
