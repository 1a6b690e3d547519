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
  /** The worker's process dies of this task, with all its runs, and is back after `restartMs`. */
  readonly kills?: (job: Job) => boolean
  readonly restartMs?: number
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
  const ended: EndedRun[] = []
  const seats = workers.map((worker) => new Seat(at, worker, rules, now, ended))
  while (ended.length < tasks && now() < rules.untilMs) {
    await at.quiet()
    for (const seat of seats) await seat.takeNew()
    at.clock.advance(STEP_MS)
    for (const seat of seats) await seat.step()
    rules.onSecond?.(now())
    await at.queue.reap()
    void at.dispatcher.kick()
  }
  return ended
}

/** One worker, over all its lives. */
class Seat {
  readonly #at: DispatchBench
  readonly #rules: WorkRules
  readonly #now: () => number
  readonly #ended: EndedRun[]
  readonly #runs = new Map<string, Run>()
  #worker: BenchWorker
  #seen = 0
  #backMs: number | undefined

  constructor(at: DispatchBench, worker: BenchWorker, rules: WorkRules, now: () => number, ended: EndedRun[]) {
    this.#at = at
    this.#worker = worker
    this.#rules = rules
    this.#now = now
    this.#ended = ended
  }

  async takeNew(): Promise<void> {
    const jobs = this.#worker.jobs()
    const fresh = jobs.slice(this.#seen)
    this.#seen = jobs.length
    for (const job of fresh) if (this.#backMs === undefined) await this.#take(job)
    for (const run of this.#runs.values()) run.beside = Math.max(run.beside, this.#runs.size)
  }

  async step(): Promise<void> {
    if (this.#backMs !== undefined) {
      if (this.#now() >= this.#backMs) await this.#comeBack()
      return
    }
    if (this.#now() % BEAT_MS === 0) await this.#beat()
    for (const [taskId, run] of this.#runs) if (run.endsMs <= this.#now()) await this.#finish(taskId, run)
  }

  async #take(job: Job): Promise<void> {
    await this.#worker.accept(job)
    if (this.#rules.kills?.(job) === true) {
      this.#runs.clear()
      this.#backMs = this.#now() + (this.#rules.restartMs ?? 0)
      await this.#worker.cut()
      return
    }
    const refusal = this.#rules.refuse?.(this.#now(), this.#runs.size)
    if (refusal !== undefined) await this.#at.queue.settle(refOf(job), this.#worker.link.workerId, refusal)
    else this.#runs.set(job.task_id, { job, endsMs: this.#now() + this.#rules.runMs, beside: 0 })
  }

  async #comeBack(): Promise<void> {
    this.#backMs = undefined
    this.#seen = 0
    this.#worker = await this.#worker.reconnect()
  }

  async #beat(): Promise<void> {
    const { workerId } = this.#worker.link
    this.#at.fleet.heartbeat(workerId)
    await this.#at.queue.extend(
      workerId,
      [...this.#runs.values()].map(({ job }) => refOf(job)),
    )
  }

  async #finish(taskId: string, { job, beside }: Run): Promise<void> {
    this.#runs.delete(taskId)
    await this.#at.queue.settle(refOf(job), this.#worker.link.workerId, SUCCESS)
    this.#ended.push({ taskId, atMs: this.#now(), beside })
  }
}

function refOf({ task_id, epoch, token }: LeaseRef): LeaseRef {
  return { task_id, epoch, token }
}
