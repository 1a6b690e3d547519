import { afterEach, describe, expect, it } from 'vitest'
import { startOne, submit } from '../queue/contract/fixture.ts'
import { openDispatchBench } from '../testing/dispatchBench.ts'
import type { BenchWorker, DispatchBench } from '../testing/dispatchBench.ts'
import { simulateWork } from '../testing/simulatedWork.ts'
import type { EndedRun } from '../testing/simulatedWork.ts'

/** Hours of a clock that only a test moves, in seconds of a machine that may be busy. */
const SIMULATION_LIMIT_MS = 60_000

const RULES = { runMs: 10_000, untilMs: 3_600_000 }
const SLOTS = 4

let at: DispatchBench

afterEach(async () => {
  await at.close()
})

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
function lastSeconds(ended: readonly EndedRun[], ids: ReadonlySet<string>): number {
  return Math.max(...ended.filter((one) => ids.has(one.taskId)).map((one) => one.atMs)) / 1_000
}

describe('tasks that must run alone', { timeout: SIMULATION_LIMIT_MS }, () => {
  it('run alone, all of them, and cost the others on two workers no more than a fifth', async () => {
    at = openDispatchBench()
    const suspects = await submitSuspects(40)
    const others = await submitOthers(200)
    const ended = await simulateWork(at, await connectWorkers(2), 240, RULES)
    expect(ended.length).toBe(240)
    expect(ended.filter((one) => suspects.has(one.taskId)).map((one) => one.beside)).toEqual(Array(40).fill(1))
    // 200 runs of 10 s on 8 slots: 250 s at best.
    expect(lastSeconds(ended, others)).toBeLessThanOrEqual(250 / 0.8)
  })

  it('get their turn on a single worker that is never idle by itself', async () => {
    at = openDispatchBench()
    const suspects = await submitSuspects(2)
    const others = await submitOthers(100)
    const ended = await simulateWork(at, await connectWorkers(1), 102, RULES)
    expect(ended.length).toBe(102)
    expect(lastSeconds(ended, suspects)).toBeLessThan(lastSeconds(ended, others))
  })

  it('use every idle worker when nothing else waits', async () => {
    at = openDispatchBench()
    const suspects = await submitSuspects(4)
    const ended = await simulateWork(at, await connectWorkers(4), 4, RULES)
    expect(ended.map((one) => one.beside)).toEqual([1, 1, 1, 1])
    expect(lastSeconds(ended, suspects)).toBeLessThan(25)
  })
})

describe('a task that kills its worker', { timeout: SIMULATION_LIMIT_MS }, () => {
  it('is given up after three runs at most, ends nobody else, and leaves others four fifths of the work', async () => {
    at = openDispatchBench()
    const poison = await submit(at.queue, 'poison-1', { tenant: 't-poison' })
    const others = await submitOthers(200)
    let killed = 0
    const ended = await simulateWork(at, await connectWorkers(2), 200, {
      ...RULES,
      restartMs: 20_000,
      kills: (job) => {
        if (job.task_id !== poison.id) return false
        killed += 1
        return true
      },
    })
    expect([ended.length, (await at.queue.get('t-poison', poison.id))?.state]).toEqual([200, 'dead'])
    expect(killed).toBeLessThanOrEqual(3)
    expect(lastSeconds(ended, others)).toBeLessThanOrEqual(250 / 0.8)
  })
})
