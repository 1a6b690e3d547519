import type { WorkerFact } from '../auditor/facts.ts'
import { readLedger } from '../auditor/ledger.ts'
import type { WorkerHandle } from '../rig/workerHandle.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'

const START_LIMIT_MS = 10_000

/** Waits until an engine has begun a run. Throws when none does. */
export async function firstRun(world: World, workers: readonly WorkerHandle[] = world.workers): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (performance.now() < deadline) {
    if (workers.some((worker) => factsOf(world, worker).some((fact) => fact.kind === 'started'))) return
    await pause(5)
  }
  throw new Error('no task was begun')
}

export interface FullLoad {
  /** Runs, uploads and submits go on at once. */
  readonly isFull: Promise<void>
  readonly answered: Promise<void>
}

/** Two busy days: the second begins when a run of the first one has. */
export function startFullLoad(world: World): FullLoad {
  const first = startBusyDay(world, { isRough: true, hasLongRun: true })
  const second = firstRun(world).then(() => startBusyDay(world, { isRough: true }))
  const answered = Promise.all([first.answered, second.then((day) => day.answered)]).then(() => undefined)
  // Whoever waits for it is told; until then a refusal is nobody's unhandled one.
  answered.catch(() => undefined)
  return { isFull: second.then(() => undefined), answered }
}

/** Tasks that these workers had begun by then, and whose result the gateway had not answered yet. Ask it afterwards. */
export function runsAt(world: World, at: number, workers: readonly WorkerHandle[] = world.workers): string[] {
  const facts = workers.flatMap((worker) => factsOf(world, worker)).filter((fact) => fact.at < at)
  const begun = facts.filter((fact) => fact.kind === 'started')
  const isAnswered = (start: WorkerFact): boolean =>
    facts.some(
      (fact) =>
        fact.kind === 'result.acked' &&
        fact.outcome !== 'retry' &&
        fact.taskId === start.taskId &&
        fact.worker === start.worker &&
        fact.at > start.at,
    )
  return [...new Set(begun.filter((start) => !isAnswered(start)).map((start) => start.taskId))]
}

/** What a worker's engine and its wire have written down so far. */
export function factsOf(world: World, worker: WorkerHandle): WorkerFact[] {
  return readLedger('worker', world.ledgerPath(`worker-${worker.name}`))
}
