import { normalShare } from './normal.ts'

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
const STEPS = 40
/** So many runs after the first one, how many have begun follows from the mean alone. */
const SETTLED_RUNS = 8
/** More slots than these are looked at in samples: they say the same. */
const MAX_SLOTS = 256

/**
 * When the `position`-th waiting task begins (1 = next), from how many openings of all slots are to be expected by a
 * time. Null without slots.
 */
export function startOf(slots: readonly Slot[], position: number): StartRange | null {
  if (slots.length === 0) return null
  const free = slots.filter((slot) => slot.freeInMs <= 0).length
  if (position <= free) return { medianMs: 0, highMs: 0 }
  const { sample, weight } = sampleOf(slots)
  const openings = (timeMs: number, deviations: number): number => {
    let expected = 0
    let variance = 0
    for (const slot of sample) {
      const counted = openingsOf(slot, timeMs)
      expected += counted.expected
      variance += counted.variance
    }
    return weight * expected - deviations * Math.sqrt(weight * variance)
  }
  const medianMs = solve((timeMs) => openings(timeMs, 0), position - HALF)
  const highMs = solve((timeMs) => openings(timeMs, NINE_IN_TEN), position - HALF)
  return { medianMs, highMs: Math.max(medianMs, highMs) }
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

/** The least time at which a rising count reaches `target`. */
function solve(countAt: (timeMs: number) => number, target: number): number {
  let high = 1_000
  while (countAt(high) < target) {
    high *= 2
    if (high > 1e12) return high
  }
  let low = 0
  for (let step = 0; step < STEPS && high - low > 1; step += 1) {
    const middle = (low + high) / 2
    if (countAt(middle) < target) low = middle
    else high = middle
  }
  return high
}

function sampleOf(slots: readonly Slot[]): { readonly sample: readonly Slot[]; readonly weight: number } {
  if (slots.length <= MAX_SLOTS) return { sample: slots, weight: 1 }
  const sorted = slots.toSorted((a, b) => a.freeInMs - b.freeInMs)
  const every = slots.length / MAX_SLOTS
  const sample = Array.from({ length: MAX_SLOTS }, (_, k) => sorted[Math.floor((k + HALF) * every)] ?? slots[0])
  return { sample: sample.filter((slot) => slot !== undefined), weight: every }
}
