import { normalQuantile, normalShare } from './normal.ts'

/**
 * What is known of earlier runs of one task type on one engine. Times of runs are taken as log-normal: a median and
 * a spread (standard deviation of the logarithm) tell every percentile, and a few long runs do not spoil the middle.
 */
export interface RunStat {
  readonly taskType: string
  readonly engine: string
  /** `voiceBucket` of the voice, or ANY_VOICE for every run together. */
  readonly bucket: number
  readonly runs: number
  readonly medianMs: number
  /** Middle of the voices' lengths; null of ANY_VOICE. */
  readonly voiceMs: number | null
  readonly spread: number
}

/** How long one run is expected to take. */
export interface RunModel {
  readonly medianMs: number
  readonly spread: number
}

/** A model with the number of times it was learned from. */
export interface LearnedModel extends RunModel {
  readonly runs: number
}

export interface FinishedRun {
  readonly taskType: string
  readonly engine: string
  readonly voiceMs: number | null
  readonly durationMs: number
}

export const ANY_VOICE = -1

/** Buckets per doubling of the voice's length: two lengths in one bucket differ by a fifth at most from its middle. */
const PER_OCTAVE = 2
const STEP = Math.LN2 / PER_OCTAVE
/** Weight of the newest run once there are enough: about the last twelve count. */
const NEWEST_WEIGHT = 0.15
/** Until more runs tell better. */
const FIRST_SPREAD = 0.3
const MIN_SPREAD = 0.03
/**
 * One in ten then takes seven times the median. Wider than that the mean says nothing: it grows with the square of the
 * spread in its exponent, to a thousand times the median for three runs of seconds, minutes and hours.
 */
const MAX_SPREAD = 1.5
/** How much less a bucket says about the one beside it. */
const NEIGHBOUR_WEIGHT = 0.25
const MAX_RUN_WEIGHT = 8

/** Class of a voice's length: 0 = one second, one more per factor √2. */
export function voiceBucket(voiceMs: number | null): number {
  if (voiceMs === null) return ANY_VOICE
  return Math.round(PER_OCTAVE * Math.log2(Math.max(1, voiceMs / 1000)))
}

/** A model after one more time: moving averages of the logarithm and of its square distance. */
export function withTime(before: LearnedModel | undefined, timeMs: number): LearnedModel {
  const ms = Math.max(1, timeMs)
  if (before === undefined) return { runs: 1, medianMs: ms, spread: FIRST_SPREAD }
  const runs = before.runs + 1
  const weight = newestWeight(runs)
  const off = Math.log(ms / before.medianMs)
  const variance = (1 - weight) * (before.spread ** 2 + weight * off ** 2)
  return {
    runs,
    medianMs: before.medianMs * Math.exp(weight * off),
    spread: boundedSpread(Math.sqrt(variance)),
  }
}

/** A stat after one more run. */
export function withRun(before: RunStat | undefined, run: FinishedRun, bucket: number): RunStat {
  const { taskType, engine } = run
  const learned = withTime(before, run.durationMs)
  const voiceMs = bucket === ANY_VOICE ? null : run.voiceMs
  return { taskType, engine, bucket, ...learned, voiceMs: withVoice(before?.voiceMs ?? null, voiceMs, learned.runs) }
}

function withVoice(before: number | null, voiceMs: number | null, runs: number): number | null {
  if (before === null || voiceMs === null) return voiceMs
  return before * (voiceMs / before) ** newestWeight(runs)
}

function newestWeight(runs: number): number {
  return Math.max(NEWEST_WEIGHT, 1 / runs)
}

/**
 * The expected run of a voice on one engine, from its own bucket and its neighbours', whose times are scaled by
 * length; of an unknown length, from all runs. Null where that engine finished none of this type.
 */
export function runModelOf(stats: readonly RunStat[], voiceMs: number | null): RunModel | null {
  const any = stats.find((stat) => stat.bucket === ANY_VOICE)
  const known = stats.flatMap((stat) => (stat.voiceMs === null ? [] : [{ ...stat, voiceMs: stat.voiceMs }]))
  // What was stored before there was a bound is held to it here.
  if (voiceMs === null || known.length === 0)
    return any === undefined ? null : { ...any, spread: boundedSpread(any.spread) }
  let weights = 0
  let log = 0
  let variance = 0
  for (const stat of known) {
    const longer = Math.log(voiceMs / stat.voiceMs)
    const weight = Math.min(stat.runs, MAX_RUN_WEIGHT) * NEIGHBOUR_WEIGHT ** Math.abs(longer / STEP)
    weights += weight
    log += weight * (Math.log(stat.medianMs) + longer)
    variance += weight * stat.spread ** 2
  }
  return { medianMs: Math.exp(log / weights), spread: boundedSpread(Math.sqrt(variance / weights)) }
}

function boundedSpread(spread: number): number {
  return Math.min(MAX_SPREAD, Math.max(MIN_SPREAD, spread))
}

/** The time within which that share of the runs ends, 0 < share < 1. */
export function percentileMs({ medianMs, spread }: RunModel, share: number): number {
  return medianMs * Math.exp(spread * normalQuantile(share))
}

/** The mean is above the median: a sum of many runs grows by it. */
export function meanMs({ medianMs, spread }: RunModel): number {
  return medianMs * Math.exp(spread ** 2 / 2)
}

/** Percent of a run is not quite percent of its time: the less of it is done, the less its speed so far tells. */
const PACE_SPREAD = 0.5
const MIN_PACE_SPREAD = 0.05
/** Less than this says more about the beginning than about the run. */
const MIN_DONE = 0.05
/** Farther from what was learned than this is no chance: the run is another than those before. */
const SURPRISE = 3

/**
 * What earlier runs tell of one that says how far it is (`done`, 0–1), and what its own pace tells, each as far as it is
 * certain. A run that goes quite another way than was learned, as a voice of unknown length may, is taken at its pace.
 */
export function withPace(model: RunModel, elapsedMs: number, done: number): RunModel {
  if (done < MIN_DONE || elapsedMs <= 0) return model
  const paceMs = elapsedMs / Math.min(1, done)
  const paceSpread = PACE_SPREAD * (1 - Math.min(1, done)) + MIN_PACE_SPREAD
  const off = Math.log(paceMs / model.medianMs)
  if (Math.abs(off) > SURPRISE * Math.hypot(model.spread, paceSpread)) return { medianMs: paceMs, spread: paceSpread }
  const [learned, seen] = [model.spread ** -2, paceSpread ** -2]
  return {
    medianMs: model.medianMs * Math.exp((seen / (learned + seen)) * off),
    spread: (learned + seen) ** -0.5,
  }
}

/** What is left of a run that has taken so long already, at `share` of what may still come. Never negative. */
export function remainingMs(model: RunModel, elapsedMs: number, share = 0.5): number {
  if (elapsedMs <= 0) return percentileMs(model, share)
  const passed = normalShare(Math.log(elapsedMs / model.medianMs) / model.spread)
  const total = percentileMs(model, Math.min(passed + (1 - passed) * share, LONGEST_SHARE))
  const lateMs = Math.max(0, elapsedMs - percentileMs(model, LONGEST_SHARE))
  return Math.max(total - elapsedMs, model.spread * model.medianMs * 0.25, lateMs * LATE_SHARE)
}

const LONGEST_SHARE = 0.9999

/**
 * A run beyond everything seen is of another kind (a far longer voice whose length nobody told): the later it is, the
 * longer it may still take. Without a spread: one far wider than a run would be read as openings that may come at once.
 */
const LATE_SHARE = 0.5
