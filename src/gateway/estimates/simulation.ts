import type { GpuServer } from '../fleet/port.ts'
import type { StartOutlook } from '../power/index.ts'
import { createFakeClock } from '../../shared/index.ts'
import { submit } from '../queue/contract/fixture.ts'
import type { LeaseRequest, NewTask, StoredTask } from '../queue/port.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_TIMINGS } from '../queue/timings.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { normalQuantile } from './normal.ts'
import { WaitEstimator } from './waitEstimator.ts'

/** One task of a simulated day. Times in seconds. */
export interface SimulatedTask {
  readonly atSeconds: number
  readonly voiceSeconds: number | null
  readonly tenant?: string
  readonly priority?: StoredTask['priority']
}

export interface SimulatedServer {
  readonly slots: number
  readonly engine: string
  /** Seconds of work per second of voice, and how much that varies (spread of the logarithm). */
  readonly pace: (nowSeconds: number) => number
  readonly spread: number
}

export interface Shape {
  readonly servers: readonly SimulatedServer[]
  readonly tasks: readonly SimulatedTask[]
  /** Estimates made before so many tasks have ended are not judged: nothing is known yet. */
  readonly warmUp: number
  readonly seed: number
}

export interface Judged {
  readonly estimates: number
  /** Of |estimate − truth| ÷ truth, over every estimate made; see SHOWN_MS. */
  readonly medianError: number
  /** Share that began within `highSeconds`. */
  readonly keptShare: number
  readonly negatives: number
  /** Jumps above double without a reason. */
  readonly unexplainedJumps: number
}

const SECOND_MS = 1_000
const UNLIMITED = { queuedPerTenant: 1e6, queuedInAll: 1e6 }
/** The real length of a voice whose length nobody told. */
const UNTOLD_SECONDS = 60
const LOOK_EVERY_MS = 30 * SECOND_MS
/** People are told minutes: the error of a shorter wait is counted against one. */
const SHOWN_MS = 60 * SECOND_MS
const ONLINE: StartOutlook = {
  ...{ kind: 'waiting', isLearned: false, elapsedMs: 0, slots: 0 },
  boot: { medianMs: 120_000, spread: 0.3 },
}

interface Guess {
  readonly taskId: string
  readonly atMs: number
  readonly seconds: number
  readonly highSeconds: number
}

interface Running {
  readonly worker: number
  readonly endsMs: number
  readonly ref: { readonly task_id: string; readonly epoch: number; readonly token: string }
}

/** Runs a shape with the real queue in simulated time, asks for every waiting task now and then, and compares. */
export async function simulate(shape: Shape): Promise<Judged> {
  const clock = createFakeClock(0)
  const db = openMemoryGatewayDatabase()
  const queue = new SqliteQueue({ db, clock, timings: QUEUE_TIMINGS, limits: () => UNLIMITED })
  const running: Running[] = []
  const list = (): readonly GpuServer[] =>
    shape.servers.map((server, k) => serverOf(server, k, running.filter((run) => run.worker === k).length))
  const estimator = new WaitEstimator({
    queue,
    clock,
    outlook: () => ONLINE,
    fleet: { list, onChange: () => () => undefined },
  })
  const random = seeded(shape.seed)
  const arrivals = shape.tasks.toSorted((a, b) => a.atSeconds - b.atSeconds)
  const waiting = new Map<string, SimulatedTask>()
  const startedMs = new Map<string, number>()
  const guesses: Guess[] = []
  const jumps = new Jumps()
  let [next, ended, nextLookMs] = [0, 0, 0]

  const leaseAll = async (): Promise<void> => {
    for (let given = true; given;) {
      given = false
      for (const [k, server] of shape.servers.entries()) {
        const held = running.filter((run) => run.worker === k).length
        if (held >= server.slots) continue
        const workerId = `worker-${String(k)}`
        for (const { task, token } of await queue.lease(leaseRequestOf(shape, k, held))) {
          const ref = { task_id: task.id, epoch: task.epoch, token }
          await queue.accept(ref, workerId)
          const runMs = runTimeMs(server, waiting.get(task.id), clock.now(), random())
          running.push({ worker: k, endsMs: clock.now() + runMs, ref })
          startedMs.set(task.id, clock.now())
          waiting.delete(task.id)
          given = true
        }
      }
    }
  }

  while (next < arrivals.length || running.length > 0) {
    const arrivalMs = Math.ceil((arrivals[next]?.atSeconds ?? Number.POSITIVE_INFINITY) * SECOND_MS)
    const endMs = Math.min(...running.map((run) => run.endsMs), Number.POSITIVE_INFINITY)
    const lookMs = waiting.size > 0 ? nextLookMs : Number.POSITIVE_INFINITY
    clock.advance(Math.max(0, Math.min(arrivalMs, endMs, lookMs) - clock.now()))
    const nowMs = clock.now()
    for (let task = arrivals[next]; task !== undefined && task.atSeconds * SECOND_MS <= nowMs; task = arrivals[next]) {
      next += 1
      const stored = await submit(queue, `request-${String(next)}`, newTaskOf(task))
      waiting.set(stored.id, task)
    }
    for (const run of running.filter((one) => one.endsMs <= nowMs)) {
      running.splice(running.indexOf(run), 1)
      const engine = shape.servers[run.worker]?.engine ?? ''
      await queue.settle(run.ref, `worker-${String(run.worker)}`, { kind: 'succeeded', output: null, engine })
      ended += 1
    }
    await leaseAll()
    if (nowMs < nextLookMs) continue
    nextLookMs = nowMs + LOOK_EVERY_MS
    if (ended < shape.warmUp) continue
    for (const taskId of waiting.keys()) {
      const position = await queue.position(taskId)
      const estimate = position === null ? null : await estimator.of({ id: taskId, notBeforeMs: 0 }, position)
      if (estimate === null) continue
      jumps.take(taskId, nowMs, estimate.seconds, estimate.reason !== null)
      guesses.push({
        taskId,
        atMs: nowMs,
        seconds: estimate.seconds,
        highSeconds: estimate.highSeconds ?? estimate.seconds,
      })
    }
  }
  estimator.stop()
  await queue.close()
  db.close()
  return judge(guesses, startedMs, jumps.unexplained)
}

function leaseRequestOf(shape: Shape, k: number, held: number): LeaseRequest {
  const fleetSlots = shape.servers.reduce((sum, one) => sum + one.slots, 0)
  const who = { workerId: `worker-${String(k)}`, serverId: serverIdOf(k), taskTypes: ['heygem_submit'] }
  return { ...who, credit: 1, isIdle: held === 0, fleetSlots }
}

function runTimeMs(server: SimulatedServer, task: SimulatedTask | undefined, nowMs: number, share: number): number {
  const noise = Math.exp(server.spread * normalQuantile(share))
  return Math.round((task?.voiceSeconds ?? UNTOLD_SECONDS) * server.pace(nowMs / SECOND_MS) * noise * SECOND_MS)
}

function newTaskOf({ tenant = 't-alpha', priority = 'normal', voiceSeconds }: SimulatedTask): Partial<NewTask> {
  return { tenant, priority, ...(voiceSeconds === null ? {} : { voiceMs: Math.round(voiceSeconds * SECOND_MS) }) }
}

/** What a person would call a jump: more than double of what was left of the last estimate, by more than 30 s. */
class Jumps {
  unexplained = 0
  readonly #startsMs = new Map<string, number>()

  take(taskId: string, nowMs: number, seconds: number, isExplained: boolean): void {
    const before = this.#startsMs.get(taskId)
    const leftMs = Math.max(0, (before ?? Number.POSITIVE_INFINITY) - nowMs)
    const isJump = seconds * SECOND_MS > 2 * leftMs + SECOND_MS && seconds * SECOND_MS - leftMs > 31 * SECOND_MS
    if (isJump && !isExplained) this.unexplained += 1
    this.#startsMs.set(taskId, nowMs + seconds * SECOND_MS)
  }
}

function judge(guesses: readonly Guess[], startedMs: ReadonlyMap<string, number>, unexplainedJumps: number): Judged {
  const errors: number[] = []
  let kept = 0
  for (const { taskId, atMs, seconds, highSeconds } of guesses) {
    const truthMs = (startedMs.get(taskId) ?? Number.NaN) - atMs
    errors.push(Math.abs(seconds * SECOND_MS - truthMs) / Math.max(SHOWN_MS, truthMs))
    if (truthMs <= highSeconds * SECOND_MS) kept += 1
  }
  return {
    estimates: errors.length,
    medianError: errors.toSorted((a, b) => a - b)[Math.floor(errors.length / 2)] ?? Number.NaN,
    keptShare: kept / errors.length,
    negatives: guesses.filter(({ seconds }) => seconds < 0).length,
    unexplainedJumps,
  }
}

function serverOf({ slots, engine }: SimulatedServer, k: number, held: number): GpuServer {
  return {
    ...{ serverId: serverIdOf(k), workerId: `worker-${String(k)}`, name: `server ${String(k)}`, state: 'online' },
    ...{ slots, limit: slots, held, taskTypes: ['heygem_submit'], isDrained: false, load: null, connectedSinceMs: 0 },
    engines: [{ name: engine, version: '1', ready: true, features: [], lip_sync: true }],
    ...{ lastSeenMs: 0, reasons: [] },
  }
}

function serverIdOf(k: number): string {
  return `GPU-${String(k + 1).padStart(3, '0')}`
}

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
