import type { ETA_BASES } from '../../protocol/task/index.ts'
import { HEYGEM_SUBMIT } from '../../protocol/task/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Fleet, GpuServer } from '../fleet/port.ts'
import type { StartOutlook } from '../power/index.ts'
import type { QueuePort, StoredTask } from '../queue/port.ts'
import { QueueWatch } from './queueWatch.ts'
import type { QueueWatchDeps } from './queueWatch.ts'
import { freeSlot, lineFactors, RunForecast, slotAfter } from './runForecast.ts'
import type { NextRun } from './runForecast.ts'
import { percentileMs, remainingMs, withPace } from '../runModel/runModel.ts'
import { StartCurve } from './startTime.ts'
import type { Slot, StartRange } from './startTime.ts'
import { ToldEstimates } from './toldEstimates.ts'
import type { EtaReason } from './toldEstimates.ts'

/** When a waiting task begins. */
export interface Estimate {
  /** As likely sooner as later. */
  readonly seconds: number
  /** Nine in ten begin sooner; null where only one figure is known. */
  readonly highSeconds: number | null
  readonly basis: (typeof ETA_BASES)[number]
  /** Why it is so much later than what was told before. */
  readonly reason: EtaReason | null
}

export interface WaitEstimatorDeps extends QueueWatchDeps {
  readonly queue: QueueWatchDeps['queue'] & Pick<QueuePort, 'runStats'>
  readonly fleet: Pick<Fleet, 'list' | 'onChange'>
  readonly outlook: () => StartOutlook
  readonly clock: Clock
}

/** What tasks wait for: a start of a GPU, if none is there, and then the slots. */
interface Prospect {
  readonly delay: StartRange
  /** Null: not known; no more is said than the delay. */
  readonly curve: StartCurve | null
  readonly slots: number
  /** See `lineFactors`. */
  readonly factors: readonly number[]
  readonly isOnline: boolean
  readonly basis: Estimate['basis']
}

/** As it was at one moment; good until something changes, or for a second. */
interface Picture {
  readonly prospect: Prospect | null
  readonly madeMono: number
  /** How long it took to make. */
  readonly costMs: number
  readonly version: string
}

const PICTURE_MS = 1_000
/** Hundreds of servers change all the time: at most one part in so many of this process's time goes into pictures. */
const COST_SHARE = 20
const HIGH = 0.9
const AT_ONCE: StartRange = { medianMs: 0, highMs: 0 }

/**
 * Tells when waiting tasks begin: what runs now ends, what waits before takes its turn, on the slots that are there;
 * while no GPU is, after the start that is expected. Null where nothing is known: never invented.
 */
export class WaitEstimator {
  readonly #deps: WaitEstimatorDeps
  readonly #watch: QueueWatch
  readonly #told: ToldEstimates
  readonly #leave: readonly (() => void)[]
  #forecast = new RunForecast([])
  #picture: Picture | undefined
  #fleetVersion = 0
  #statsVersion = 0

  constructor(deps: WaitEstimatorDeps) {
    this.#deps = deps
    this.#watch = new QueueWatch(deps)
    this.#told = new ToldEstimates(deps.clock)
    this.#leave = [
      deps.fleet.onChange(() => {
        this.#fleetVersion += 1
      }),
      deps.queue.onChange(({ task }) => {
        if (task.state !== 'queued') this.#told.forget(task.id)
      }),
    ]
  }

  /** Of one waiting task, whose next estimates then say why they are later. Never sooner than its back-off ends. */
  async of(task: Pick<StoredTask, 'id' | 'notBeforeMs'>, position: number): Promise<Estimate | null> {
    const prospect = await this.#look()
    const turn = prospect === null ? null : rangeOf(prospect, position)
    if (prospect === null || turn === null) return null
    const backoffMs = task.notBeforeMs - this.#deps.clock.now()
    const range = { medianMs: Math.max(turn.medianMs, backoffMs), highMs: Math.max(turn.highMs, backoffMs) }
    const { slots, isOnline } = prospect
    const grounds = { position, slots, isOnline, taken: this.#watch.taken }
    return estimateOf(prospect, range, this.#told.reasonFor(task.id, range.medianMs, grounds))
  }

  /** Of a task that would be submitted now. */
  async at(position: number): Promise<Estimate | null> {
    const prospect = await this.#look()
    const range = prospect === null ? null : rangeOf(prospect, position)
    return prospect === null || range === null ? null : estimateOf(prospect, range, null)
  }

  stop(): void {
    this.#watch.stop()
    for (const unsubscribe of this.#leave) unsubscribe()
  }

  async #look(): Promise<Prospect | null> {
    await this.#watch.loaded
    const stats = await this.#deps.queue.runStats()
    if (stats !== this.#forecast.stats) {
      this.#forecast = new RunForecast(stats)
      this.#statsVersion += 1
    }
    const madeMono = this.#deps.clock.monotonic()
    const version = `${String(this.#watch.liveVersion)} ${String(this.#fleetVersion)} ${String(this.#statsVersion)}`
    const last = this.#picture
    if (last !== undefined && madeMono - last.madeMono < goodForMs(last, version)) return last.prospect
    const able = this.#deps.fleet.list().filter(isAble)
    const prospect = able.length > 0 ? this.#online(able) : this.#offline()
    this.#picture = { prospect, madeMono, version, costMs: this.#deps.clock.monotonic() - madeMono }
    return prospect
  }

  #online(servers: readonly GpuServer[]): Prospect | null {
    const { waiting } = this.#watch
    const anyEngine = this.#forecast.nextRun(null, waiting, HEYGEM_SUBMIT)
    const known = servers.map((server) => ({
      server,
      next: this.#forecast.nextRun(readyEngines(server), waiting, HEYGEM_SUBMIT),
    }))
    // A server that is new is taken to be like the others; where all are, nothing is known.
    if (anyEngine === null || known.every(({ next }) => next === null)) return null
    const live = this.#liveByWorker()
    const slots = known.flatMap(({ server, next }) => this.#slotsOf(server, next ?? anyEngine, live))
    return { delay: AT_ONCE, ...this.#curveOf(slots, anyEngine), isOnline: true, basis: 'runs' }
  }

  #slotsOf(server: GpuServer, next: NextRun, live: ReadonlyMap<string, readonly LiveRun[]>): readonly Slot[] {
    const nowMono = this.#deps.clock.monotonic()
    const engines = readyEngines(server)
    const running = (live.get(server.workerId) ?? []).map(({ taskType, voiceMs, startedMono, done }) => {
      const model = this.#forecast.model(engines, taskType, voiceMs) ?? this.#forecast.model(null, taskType, null)
      const like = model ?? { medianMs: next.runMs, spread: next.runSpreadMs / next.runMs }
      const elapsedMs = startedMono === null ? 0 : nowMono - startedMono
      return slotAfter(done === null ? like : withPace(like, elapsedMs, done), elapsedMs, next)
    })
    const sorted = running.toSorted((a, b) => a.freeInMs - b.freeInMs)
    // Where more run than may, the first ones to end make room for nobody.
    const counting = sorted.slice(Math.max(0, sorted.length - server.limit))
    return [...counting, ...Array.from({ length: Math.max(0, server.limit - sorted.length) }, () => freeSlot(next))]
  }

  #offline(): Prospect | null {
    const { kind, boot, isLearned, elapsedMs, slots } = this.#deps.outlook()
    // A start that nobody asked for, and that did not come in the time it takes, is not promised any longer.
    if (kind === 'arriving' || kind === 'withheld' || (kind === 'waiting' && elapsedMs >= boot.medianMs)) return null
    const delay: StartRange =
      kind === 'starting'
        ? { medianMs: remainingMs(boot, elapsedMs), highMs: remainingMs(boot, elapsedMs, HIGH) }
        : { medianMs: boot.medianMs - elapsedMs, highMs: percentileMs(boot, HIGH) - elapsedMs }
    const next = this.#forecast.nextRun(null, this.#watch.waiting, HEYGEM_SUBMIT)
    const basis = isLearned ? 'startup_learned' : 'startup_default'
    if (next === null || slots === 0) return { delay, curve: null, slots: 0, factors: [], isOnline: false, basis }
    const expected = Array.from({ length: slots }, () => freeSlot(next))
    return { delay, ...this.#curveOf(expected, next), isOnline: false, basis }
  }

  #curveOf(slots: readonly Slot[], next: NextRun): Pick<Prospect, 'curve' | 'slots' | 'factors'> {
    const factors = lineFactors(this.#forecast, this.#watch.line(), next)
    return { curve: new StartCurve(slots), slots: slots.length, factors }
  }

  #liveByWorker(): ReadonlyMap<string, readonly LiveRun[]> {
    const byWorker = new Map<string, LiveRun[]>()
    for (const task of this.#watch.live.values()) {
      const tasks = byWorker.get(task.workerId)
      if (tasks === undefined) byWorker.set(task.workerId, [task])
      else tasks.push(task)
    }
    return byWorker
  }
}

type LiveRun = QueueWatch['live'] extends ReadonlyMap<string, infer T> ? T : never

function goodForMs({ version, costMs }: Picture, versionNow: string): number {
  return version === versionNow ? PICTURE_MS : Math.min(PICTURE_MS, COST_SHARE * costMs)
}

function isAble(server: GpuServer): boolean {
  return server.state === 'online' && server.limit > 0 && readyEngines(server).length > 0
}

function readyEngines(server: GpuServer): readonly string[] {
  return server.engines.filter((engine) => engine.ready).map((engine) => engine.name)
}

function rangeOf({ delay, curve, factors }: Prospect, position: number): StartRange | null {
  if (curve === null) return delay
  const range = curve.at(position)
  if (range === null) return null
  // The first in line takes the first slot; only what comes after waits for those before it.
  const first = curve.at(1) ?? AT_ONCE
  const factor = factors[Math.min(position - 1, factors.length - 1)] ?? 1
  // A line that goes on behind the last one counted is like the mean from there on.
  const counted = Math.min(1, (factors.length - 1) / Math.max(1, position - 1))
  const longer = 1 + (factor - 1) * counted
  const scale = (ms: number, firstMs: number): number => firstMs + (ms - firstMs) * longer
  const medianMs = scale(range.medianMs, first.medianMs)
  return { medianMs: delay.medianMs + medianMs, highMs: delay.highMs + scale(range.highMs, first.highMs) }
}

function estimateOf({ basis }: Prospect, { medianMs, highMs }: StartRange, reason: EtaReason | null): Estimate {
  const highSeconds = basis === 'startup_default' ? null : Math.ceil(highMs / 1000)
  return { seconds: Math.round(medianMs / 1000), highSeconds, basis, reason }
}
