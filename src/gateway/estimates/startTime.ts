import { normalShare } from '../runModel/normal.ts'

/** One place where a task can run. Milliseconds; spreads are standard deviations. */
export interface Slot {
  /** Until the run that is in it ends; 0 = free now. */
  readonly freeInMs: number
  readonly freeSpreadMs: number
  /** How long each of the next runs in it takes. */
  readonly runMs: number
  readonly runSpreadMs: number
}

export interface StartRange {
  readonly medianMs: number
  /** Nine in ten begin sooner. */
  readonly highMs: number
}

/** Standard deviations to the value below which nine in ten lie. */
export const NINE_IN_TEN = 1.2816
/** A slot counts from the n-th opening on, each opening is one task that begins. */
const HALF = 0.5
/** So many runs after the first one, how many have begun follows from the mean alone. */
const SETTLED_RUNS = 4
/** More slots than these are looked at in samples: they say the same. */
const MAX_SLOTS = 32
/**
 * Runs that vary by more than their mean are taken to vary by it: a normal distribution would have many of them end before
 * they begin, and counting those takes as many steps as the square of what they vary by – minutes, for a few odd runs.
 */
const MAX_RUN_SPREAD = 1
const POINTS = 64
/** Points lie closer where more is asked: soon. */
const POINTS_BEND = 1.6
/** How far off the learned run times are, all in one direction: nine in ten of a long line's waits need it too. */
const LEARNING_ERROR = 0.17

/**
 * When each waiting task begins (position 1 = next), from how many openings of all slots are to be expected by a
 * time. Drawn once for a set of slots, then read off for any position.
 */
export class StartCurve {
  readonly #free: number
  readonly #slots: readonly Slot[]
  readonly #weight: number
  readonly #timesMs: readonly number[]
  readonly #points: readonly Openings[]

  constructor(slots: readonly Slot[]) {
    const { sample, weight } = sampleOf(slots.map(bounded))
    this.#free = slots.filter((slot) => slot.freeInMs <= 0).length
    this.#slots = sample
    this.#weight = weight
    const lastMs = Math.max(1, ...sample.map((slot) => slot.freeInMs + (SETTLED_RUNS + 1) * slot.runMs))
    this.#timesMs = Array.from({ length: POINTS + 1 }, (_, k) => lastMs * (k / POINTS) ** POINTS_BEND)
    this.#points = this.#timesMs.map((timeMs) => this.#openingsAt(timeMs))
  }

  /** Null without slots. */
  at(position: number): StartRange | null {
    if (this.#slots.length === 0) return null
    if (position <= this.#free) return { medianMs: 0, highMs: 0 }
    const medianMs = this.#timeOf(position - HALF, 0)
    const byChanceMs = Math.max(0, this.#timeOf(position - HALF, NINE_IN_TEN) - medianMs)
    const byErrorMs = NINE_IN_TEN * LEARNING_ERROR * medianMs
    return { medianMs, highMs: medianMs + Math.hypot(byChanceMs, byErrorMs) }
  }

  /** The first time by which so many openings are to be expected, less some deviations. */
  #timeOf(target: number, deviations: number): number {
    const count = (openings: Openings | undefined): number =>
      openings === undefined ? 0 : openings.expected - deviations * Math.sqrt(openings.variance)
    const at = this.#points.findIndex((point) => count(point) >= target)
    if (at < 0) return this.#timeBeyond(target, deviations)
    const beforeMs = this.#timesMs[at - 1] ?? 0
    const afterMs = this.#timesMs[at] ?? beforeMs
    const [before, after] = [count(this.#points[at - 1]), count(this.#points[at])]
    return beforeMs + (afterMs - beforeMs) * ((target - before) / Math.max(1e-9, after - before))
  }

  /** Behind the last point both counts grow by the same for ever. */
  #timeBeyond(target: number, deviations: number): number {
    const lastMs = this.#timesMs.at(-1) ?? 0
    const last = this.#points.at(-1) ?? { expected: 0, variance: 0 }
    const perMs = this.#weight * sum(this.#slots, ({ runMs }) => 1 / runMs)
    const variancePerMs = this.#weight * sum(this.#slots, ({ runMs, runSpreadMs }) => runSpreadMs ** 2 / runMs ** 3)
    let timeMs = lastMs
    for (let round = 0; round < 6; round += 1) {
      const deviation = Math.sqrt(last.variance + variancePerMs * (timeMs - lastMs))
      timeMs = lastMs + Math.max(0, target - last.expected + deviations * deviation) / perMs
    }
    return timeMs
  }

  #openingsAt(timeMs: number): Openings {
    let [expected, variance] = [0, 0]
    for (const slot of this.#slots) {
      const counted = openingsOf(slot, timeMs)
      expected += counted.expected
      variance += counted.variance
    }
    return { expected: this.#weight * expected, variance: this.#weight * variance }
  }
}

interface Openings {
  readonly expected: number
  readonly variance: number
}

function openingsOf(slot: Slot, timeMs: number): Openings {
  const { freeInMs, freeSpreadMs, runMs, runSpreadMs } = slot
  const sinceFirstMs = timeMs - freeInMs
  const variation = (runSpreadMs / runMs) ** 2
  if (sinceFirstMs > SETTLED_RUNS * runMs) {
    const runs = sinceFirstMs / runMs
    return { expected: runs + (1 + variation) / 2, variance: variation * runs + (freeSpreadMs / runMs) ** 2 }
  }
  let expected = 0
  let variance = 0
  for (let run = 0; ; run += 1) {
    const spreadMs = Math.sqrt(freeSpreadMs ** 2 + run * runSpreadMs ** 2)
    const share = run === 0 ? firstShare(slot, timeMs) : shareBelow(timeMs - freeInMs - run * runMs, spreadMs)
    expected += share
    variance += share * (1 - share)
    // The openings come later and later: what follows one that is out of reach is too.
    if (share < 0.001) return { expected, variance }
  }
}

/** Of the run that is in the slot it is known that it has not ended yet. */
function firstShare({ freeInMs, freeSpreadMs }: Slot, timeMs: number): number {
  if (freeInMs <= 0) return 1
  const before = shareBelow(-freeInMs, freeSpreadMs)
  return Math.max(0, (shareBelow(timeMs - freeInMs, freeSpreadMs) - before) / (1 - before))
}

function shareBelow(distanceMs: number, spreadMs: number): number {
  if (spreadMs <= 0) return distanceMs >= 0 ? 1 : 0
  return normalShare(distanceMs / spreadMs)
}

function bounded(slot: Slot): Slot {
  return { ...slot, runSpreadMs: Math.min(slot.runSpreadMs, MAX_RUN_SPREAD * slot.runMs) }
}

function sum(slots: readonly Slot[], of: (slot: Slot) => number): number {
  return slots.reduce((total, slot) => total + of(slot), 0)
}

function sampleOf(slots: readonly Slot[]): { readonly sample: readonly Slot[]; readonly weight: number } {
  if (slots.length <= MAX_SLOTS) return { sample: slots, weight: 1 }
  const sorted = slots.toSorted((a, b) => a.freeInMs - b.freeInMs)
  const every = slots.length / MAX_SLOTS
  const sample = Array.from({ length: MAX_SLOTS }, (_, k) => sorted[Math.floor((k + HALF) * every)] ?? slots[0])
  return { sample: sample.filter((slot) => slot !== undefined), weight: every }
}
