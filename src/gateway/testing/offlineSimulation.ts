import { createEmitter } from '../../shared/index.ts'
import { asks, newTask } from '../queue/contract/fixture.ts'
import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { openPowerBench } from './powerBench.ts'
import { judge, Jumps, seeded } from './judgement.ts'
import type { Guess, Judged } from './judgement.ts'
import { normalQuantile } from '../runModel/normal.ts'
import { WaitEstimator } from '../estimates/waitEstimator.ts'

/** Times that one GPU is off, is started for what waits, works it off and goes off again. */
export interface OfflineShape {
  readonly hasHook: boolean
  readonly times: number
  /** The first ones are not judged: nobody has seen a start or a run yet. */
  readonly warmUp: number
  readonly tasks: number
  readonly everySeconds: number
  readonly slots: number
  readonly bootSeconds: number
  readonly bootSpread: number
  /** Share of runs that end with "not now", and are tried again after a back-off. */
  readonly refusedShare: number
  /** The machine dies in the middle of the first run of each time, and has to be started again. */
  readonly dies: boolean
  readonly seed: number
}

interface Run {
  readonly ref: LeaseRef
  readonly endsMs: number
  readonly isRefused: boolean
}

const SECOND_MS = 1_000
const TICK_MS = 5 * SECOND_MS
const LOOK_EVERY_MS = 30 * SECOND_MS
const REST_MS = 5 * 60 * SECOND_MS
const WORKER = 'worker-1'
const RUN_SECONDS = 70
const RUN_SPREAD = 0.25
const ENGINE = 'lips'

/** The real queue, fleet and power rules in simulated time; the machine is the only thing that is made up. */
export async function simulateOffline(shape: OfflineShape): Promise<Judged> {
  const random = seeded(shape.seed)
  const bench = openPowerBench({ random, ...(shape.hasHook ? {} : { hook: 'none' }) })
  const { clock, queue, fleet, keeper } = bench
  const estimator = new WaitEstimator({
    ...{ queue, fleet, clock, progress: createEmitter() },
    outlook: () => keeper.outlook(),
  })
  const machine = new Machine(bench, shape, random)
  const asked = new Asked(shape.warmUp)
  for (let time = 0; time < shape.times; time += 1) {
    machine.diesAfterMs = shape.dies ? (RUN_SECONDS / 2) * SECOND_MS : null
    let submitted = 0
    const beganMs = clock.now()
    for (
      let left = shape.tasks;
      left > 0;
      left = (await queue.counts()).queued + machine.busy + shape.tasks - submitted
    ) {
      while (submitted < shape.tasks && clock.now() - beganMs >= submitted * shape.everySeconds * SECOND_MS) {
        submitted += 1
        await queue.submit(newTask(`request-${String(time)}-${String(submitted)}`, { voiceMs: 45 * SECOND_MS }))
      }
      await bench.pass(TICK_MS, machine.isOn ? [WORKER] : [])
      await machine.goOn((taskId) => {
        asked.began(taskId, clock.now())
      })
      await queue.reap()
      if ((clock.now() - beganMs) % LOOK_EVERY_MS === 0) await asked.askAll(bench, estimator, time)
    }
    machine.turnOff()
    await bench.pass(REST_MS)
  }
  estimator.stop()
  return judge(asked.guesses, asked.startsMs, asked.jumps.unexplained)
}

type Bench = ReturnType<typeof openPowerBench>

/** What was told of each waiting task, and when it began. */
class Asked {
  readonly guesses: Guess[] = []
  readonly jumps = new Jumps()
  readonly startsMs = new Map<string, number[]>()
  readonly #warmUp: number

  constructor(warmUp: number) {
    this.#warmUp = warmUp
  }

  began(taskId: string, nowMs: number): void {
    this.startsMs.set(taskId, [...(this.startsMs.get(taskId) ?? []), nowMs])
    this.jumps.forget(taskId)
  }

  async askAll({ queue, clock }: Bench, estimator: WaitEstimator, time: number): Promise<void> {
    const { tasks } = await queue.listAll({ states: ['queued'], limit: 1_000 })
    for (const task of tasks) {
      const position = await queue.position(task.id)
      const estimate = position === null ? null : await estimator.of(task, position)
      if (estimate === null || time < this.#warmUp) continue
      const { seconds, highSeconds, reason } = estimate
      this.jumps.take(task.id, clock.now(), seconds, reason !== null)
      this.guesses.push({ taskId: task.id, atMs: clock.now(), seconds, highSeconds: highSeconds ?? seconds })
    }
  }
}

/** A machine with one worker: boots when it is asked to, runs what it gets, may die once in between. */
class Machine {
  readonly #bench: Bench
  readonly #shape: OfflineShape
  readonly #random: () => number
  readonly #runs: Run[] = []
  #worker: { leave(): void } | undefined
  #isUpMs: number | null = null
  #callsSeen = 0
  /** After the first run has begun; null = never. */
  diesAfterMs: number | null = null

  constructor(bench: Bench, shape: OfflineShape, random: () => number) {
    this.#bench = bench
    this.#shape = shape
    this.#random = random
  }

  get isOn(): boolean {
    return this.#worker !== undefined
  }

  get busy(): number {
    return this.#runs.length
  }

  turnOff(): void {
    this.#worker?.leave()
    this.#worker = undefined
    this.#isUpMs = null
  }

  async goOn(began: (taskId: string) => void): Promise<void> {
    const { clock, queue, calls, join, keeper } = this.#bench
    const nowMs = clock.now()
    // Without a hook somebody sees that work waits, and presses the button.
    const isAsked = this.#shape.hasHook ? calls.length > this.#callsSeen : (await queue.counts()).queued > 0
    this.#callsSeen = calls.length
    if (isAsked && !this.isOn) this.#isUpMs ??= nowMs + this.#drawMs(this.#shape.bootSeconds, this.#shape.bootSpread)
    if (!this.isOn && this.#isUpMs !== null && this.#isUpMs <= nowMs) {
      this.#worker = join(WORKER, this.#shape.slots)
      await keeper.reviewed()
    }
    if (!this.isOn) return
    await this.#endRuns(nowMs)
    await this.#take(nowMs, began)
    if (this.diesAfterMs !== null && this.#runs.length > 0) this.diesAfterMs -= TICK_MS
    if (this.diesAfterMs !== null && this.diesAfterMs <= 0) {
      this.diesAfterMs = null
      this.#runs.length = 0
      this.turnOff()
    }
  }

  async #endRuns(nowMs: number): Promise<void> {
    const { queue } = this.#bench
    for (const run of this.#runs.filter((one) => one.endsMs <= nowMs)) {
      this.#runs.splice(this.#runs.indexOf(run), 1)
      const failure = { code: 'RATE_LIMITED' }
      if (run.isRefused) await queue.settle(run.ref, WORKER, { kind: 'failed', failure, retryable: true })
      else await queue.settle(run.ref, WORKER, { kind: 'succeeded', output: null, engine: ENGINE })
    }
    await queue.extend(
      WORKER,
      this.#runs.map((run) => run.ref),
    )
  }

  async #take(nowMs: number, began: (taskId: string) => void): Promise<void> {
    const { queue, fleet } = this.#bench
    const { slots, refusedShare } = this.#shape
    while (this.#runs.length < slots) {
      const request = asks({ workerId: WORKER, isIdle: this.#runs.length === 0, fleetSlots: slots })
      const [lease] = await queue.lease(request)
      if (lease === undefined) break
      const ref = { task_id: lease.task.id, epoch: lease.task.epoch, token: lease.token }
      await queue.accept(ref, WORKER)
      began(lease.task.id)
      const isRefused = this.#random() < refusedShare
      const endsMs = nowMs + (isRefused ? TICK_MS : this.#drawMs(RUN_SECONDS, RUN_SPREAD))
      this.#runs.push({ ref, endsMs, isRefused })
    }
    fleet.setHeld(WORKER, this.#runs.length)
  }

  #drawMs(medianSeconds: number, spread: number): number {
    return medianSeconds * Math.exp(spread * normalQuantile(this.#random())) * SECOND_MS
  }
}
