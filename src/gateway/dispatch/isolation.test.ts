import { afterEach, describe, expect, it } from 'vitest'
import type { Job, LeaseRef } from '../../protocol/dsp/index.ts'
import { startOne, SUCCESS, submit } from '../queue/contract/fixture.ts'
import { openDispatchBench } from '../testing/dispatchBench.ts'
import type { BenchWorker, DispatchBench } from '../testing/dispatchBench.ts'

const RUN_MS = 10_000
const STEP_MS = 1_000
const BEAT_MS = 15_000
const SLOTS = 4

let at: DispatchBench

afterEach(async () => {
  await at.close()
})

interface Ended {
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

/** Tasks under each of which a worker has vanished once. */
async function submitSuspects(count: number): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let number = 1; number <= count; number++) {
    const { id } = await submit(at.queue, `suspect-${String(number)}`, { tenant: 't-suspect' })
    await startOne(at.queue, 'ghost')
    await at.queue.resume('ghost', [])
    ids.add(id)
  }
  return ids
}

function refOf({ task_id, epoch, token }: LeaseRef): LeaseRef {
  return { task_id, epoch, token }
}

/** Workers that accept what they get and finish each run after 10 s, until `untilMs` or until everything has ended. */
async function work(workers: readonly BenchWorker[], tasks: number): Promise<readonly Ended[]> {
  const runs = new Map<string, Run>()
  const ended: Ended[] = []
  const taken = new Set<string>()
  const startMs = at.clock.monotonic()
  while (ended.length < tasks && at.clock.monotonic() - startMs < 3_600_000) {
    await at.quiet()
    for (const worker of workers) await takeNew(worker, taken, runs)
    at.clock.advance(STEP_MS)
    const nowMs = at.clock.monotonic()
    if ((nowMs - startMs) % BEAT_MS === 0) await beat(workers, runs)
    for (const [taskId, run] of runs) {
      if (run.endsMs > nowMs) continue
      runs.delete(taskId)
      await at.queue.settle(refOf(run.job), run.worker.link.workerId, SUCCESS)
      ended.push({ taskId, atMs: nowMs - startMs, beside: run.beside })
    }
    await at.queue.reap()
    void at.dispatcher.kick()
  }
  return ended
}

async function takeNew(worker: BenchWorker, taken: Set<string>, runs: Map<string, Run>): Promise<void> {
  for (const job of worker.jobs()) {
    if (taken.has(job.token)) continue
    taken.add(job.token)
    await worker.accept(job)
    runs.set(job.task_id, { job, worker, endsMs: at.clock.monotonic() + RUN_MS, beside: 0 })
  }
  const own = [...runs.values()].filter((run) => run.worker === worker)
  for (const run of own) run.beside = Math.max(run.beside, own.length)
}

async function beat(workers: readonly BenchWorker[], runs: ReadonlyMap<string, Run>): Promise<void> {
  for (const worker of workers) {
    at.fleet.heartbeat(worker.link.workerId)
    const own = [...runs.values()].filter((run) => run.worker === worker)
    await at.queue.extend(
      worker.link.workerId,
      own.map((run) => refOf(run.job)),
    )
  }
}

async function submitOthers(count: number): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let number = 1; number <= count; number++) {
    ids.add((await submit(at.queue, `other-${String(number)}`, { tenant: `t-${String(number % 4)}` })).id)
  }
  return ids
}

async function connectWorkers(count: number): Promise<readonly BenchWorker[]> {
  const workers: BenchWorker[] = []
  for (let number = 1; number <= count; number++) {
    workers.push(await at.connect(`worker-${String(number)}`, { max_concurrent: SLOTS }))
  }
  return workers
}

/** When the last of them ended, seconds. */
function lastSeconds(ended: readonly Ended[], ids: ReadonlySet<string>): number {
  return Math.max(...ended.filter((one) => ids.has(one.taskId)).map((one) => one.atMs)) / 1_000
}

describe('tasks that must run alone', () => {
  it('run alone, all of them, and cost the others on two workers no more than a fifth', async () => {
    at = openDispatchBench()
    const suspects = await submitSuspects(40)
    const others = await submitOthers(200)
    const ended = await work(await connectWorkers(2), 240)
    expect(ended.length).toBe(240)
    expect(ended.filter((one) => suspects.has(one.taskId)).map((one) => one.beside)).toEqual(Array(40).fill(1))
    // 200 runs of 10 s on 8 slots: 250 s at best.
    expect(lastSeconds(ended, others)).toBeLessThanOrEqual(250 / 0.8)
  })

  it('get their turn on a single worker that is never idle by itself', async () => {
    at = openDispatchBench()
    const suspects = await submitSuspects(2)
    const others = await submitOthers(100)
    const ended = await work(await connectWorkers(1), 102)
    expect(ended.length).toBe(102)
    expect(lastSeconds(ended, suspects)).toBeLessThan(lastSeconds(ended, others))
  })

  it('use every idle worker when nothing else waits', async () => {
    at = openDispatchBench()
    const suspects = await submitSuspects(4)
    const ended = await work(await connectWorkers(4), 4)
    expect(ended.map((one) => one.beside)).toEqual([1, 1, 1, 1])
    expect(lastSeconds(ended, suspects)).toBeLessThan(2 * (RUN_MS / 1_000) + 5)
  })
})
