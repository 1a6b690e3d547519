import { meanMs, percentileMs, remainingMs, runModelOf } from '../runModel/runModel.ts'
import type { RunModel, RunStat } from '../runModel/runModel.ts'
import type { WaitingKind, WaitingTask } from './queueWatch.ts'
import type { Slot } from './startTime.ts'
import { NINE_IN_TEN } from './startTime.ts'

export interface NextRun {
  readonly runMs: number
  readonly runSpreadMs: number
}

/** Voices have any length: so many answers are kept. */
const MAX_MODELS = 4_096
/** Percentile behind NINE_IN_TEN. */
const HIGH = 0.9

/** What the stored runs say, for as long as they stay the same. */
export class RunForecast {
  readonly stats: readonly RunStat[]
  readonly #models = new Map<string, RunModel | null>()

  constructor(stats: readonly RunStat[]) {
    this.stats = stats
  }

  /** Of the first of the engines that has finished such a run; of any engine where `engines` is null. */
  model(engines: readonly string[] | null, taskType: string, voiceMs: number | null): RunModel | null {
    const key = `${engines?.join(',') ?? '*'} ${taskType} ${String(voiceMs)}`
    const known = this.#models.get(key)
    if (known !== undefined) return known
    const ofType = this.stats.filter((stat) => stat.taskType === taskType)
    const names = engines ?? [...new Set(ofType.map((stat) => stat.engine))]
    let model: RunModel | null = null
    for (const name of names)
      model ??= runModelOf(
        ofType.filter((stat) => stat.engine === name),
        voiceMs,
      )
    if (this.#models.size >= MAX_MODELS) this.#models.clear()
    this.#models.set(key, model)
    return model
  }

  /** The next run of a server, whichever of the waiting tasks it will be. Null where nothing is known. */
  nextRun(engines: readonly string[] | null, waiting: readonly WaitingKind[], taskType: string): NextRun | null {
    const kinds = waiting.length === 0 ? [{ taskType, voiceMs: null, count: 1 }] : waiting
    let count = 0
    let sum = 0
    let squares = 0
    for (const kind of kinds) {
      const model = this.model(engines, kind.taskType, kind.voiceMs) ?? this.model(engines, taskType, null)
      if (model === null) continue
      const mean = meanMs(model)
      count += kind.count
      sum += kind.count * mean
      squares += kind.count * mean ** 2 * Math.exp(model.spread ** 2)
    }
    if (count === 0) return null
    const runMs = sum / count
    return { runMs, runSpreadMs: Math.sqrt(Math.max(0, squares / count - runMs ** 2)) }
  }
}

/**
 * How much longer (or shorter) than the mean of all that wait the first of the line are: element `n` is of the first
 * n tasks together, 1 = like the rest.
 */
export function lineFactors(forecast: RunForecast, line: readonly WaitingTask[], next: NextRun): readonly number[] {
  const factors = [1]
  let sum = 0
  for (const [k, { taskType, voiceMs }] of line.entries()) {
    const model = forecast.model(null, taskType, voiceMs)
    sum += model === null ? next.runMs : meanMs(model)
    factors.push(sum / ((k + 1) * next.runMs))
  }
  return factors
}

/** A spread wider than the next run would count the runs that follow an early end, and tell the first of them too soon. */
const MAX_FREE_SPREAD = 0.5

/** A slot that becomes free when something that has taken `elapsedMs` already ends. */
export function slotAfter(model: RunModel, elapsedMs: number, next: NextRun): Slot {
  const freeInMs = remainingMs(model, elapsedMs)
  const highMs = elapsedMs <= 0 ? percentileMs(model, HIGH) : remainingMs(model, elapsedMs, HIGH)
  const spreadMs = Math.max(0, highMs - freeInMs) / NINE_IN_TEN
  return { freeInMs, freeSpreadMs: Math.min(spreadMs, MAX_FREE_SPREAD * next.runMs), ...next }
}

export function freeSlot(next: NextRun): Slot {
  return { freeInMs: 0, freeSpreadMs: 0, ...next }
}
