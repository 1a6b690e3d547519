import type { GpuServer } from '../fleet/port.ts'
import type { StartOutlook } from '../power/index.ts'
import { createEmitter, createFakeClock } from '../../shared/index.ts'
import { submit } from '../queue/contract/fixture.ts'
import type { LeaseRequest, NewTask, StoredTask } from '../queue/port.ts'
import { SqliteQueue } from '../queue/sqliteQueue.ts'
import { QUEUE_TIMINGS } from '../queue/timings.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { judge, Jumps, seeded } from './judgement.ts'
import type { Guess, Judged } from './judgement.ts'
import { normalQuantile } from '../runModel/normal.ts'
import { WaitEstimator } from '../estimates/waitEstimator.ts'

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
  /** How often each waiting task is asked for. */
  readonly lookEverySeconds: number
  readonly seed: number
}

const SECOND_MS = 1_000
const UNLIMITED = { queuedPerTenant: 1e6, queuedInAll: 1e6 }
/** The real length of a voice whose length nobody told. */
const UNTOLD_SECONDS = 60
const ONLINE: StartOutlook = {
  ...{ kind: 'waiting', isLearned: false, elapsedMs: 0, slots: 0 },
  boot: { medianMs: 120_000, spread: 0.3 },
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
    ...{ queue, clock, progress: createEmitter() },
    outlook: () => ONLINE,
    fleet: { list, onChange: () => () => undefined },
  })
  const random = seeded(shape.seed)
  const arrivals = shape.tasks.toSorted((a, b) => a.atSeconds - b.atSeconds)
  const waiting = new Map<string, SimulatedTask>()
  const startsMs = new Map<string, number[]>()
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
          startsMs.set(task.id, [clock.now()])
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
    nextLookMs = nowMs + shape.lookEverySeconds * SECOND_MS
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
  return judge(guesses, startsMs, jumps.unexplained)
}

function leaseRequestOf(shape: Shape, k: number, held: number): LeaseRequest {
  const fleetSlots = shape.servers.reduce((sum, one) => sum + one.slots, 0)
  const who = { workerId: `worker-${String(k)}`, serverId: serverIdOf(k), kinds: ['heygem_submit'] }
  return { ...who, credit: 1, isIdle: held === 0, fleetSlots }
}

function runTimeMs(server: SimulatedServer, task: SimulatedTask | undefined, nowMs: number, share: number): number {
  const noise = Math.exp(server.spread * normalQuantile(share))
  return Math.round((task?.voiceSeconds ?? UNTOLD_SECONDS) * server.pace(nowMs / SECOND_MS) * noise * SECOND_MS)
}

function newTaskOf({ tenant = 't-alpha', priority = 'normal', voiceSeconds }: SimulatedTask): Partial<NewTask> {
  return { tenant, priority, ...(voiceSeconds === null ? {} : { voiceMs: Math.round(voiceSeconds * SECOND_MS) }) }
}

function serverOf({ slots, engine }: SimulatedServer, k: number, held: number): GpuServer {
  return {
    ...{ serverId: serverIdOf(k), workerId: `worker-${String(k)}`, name: `server ${String(k)}`, state: 'online' },
    ...{
      slots,
      limit: slots,
      held,
      taskTypes: ['heygem_submit'],
      kinds: ['heygem_submit'],
      knownKinds: ['heygem_submit'],
      isDrained: false,
      load: null,
      connectedSinceMs: 0,
    },
    engines: [{ name: engine, version: '1', ready: true, features: [], lip_sync: true }],
    ...{ lastSeenMs: 0, reasons: [] },
  }
}

function serverIdOf(k: number): string {
  return `GPU-${String(k + 1).padStart(3, '0')}`
}
