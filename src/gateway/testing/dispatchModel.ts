import type { Job, LeaseRef } from '../../protocol/dsp/index.ts'
import type { StrategyName } from '../../protocol/admin/index.ts'
import { neededFeatures } from '../../protocol/task/index.ts'
import type { TaskOptions } from '../../protocol/task/index.ts'
import { newTask, SUCCESS } from '../queue/contract/fixture.ts'
import { neededBy } from '../queue/kindOfTask.ts'
import type { Settlement } from '../queue/port.ts'
import { openDispatchBench } from './dispatchBench.ts'
import type { BenchWorker, DispatchBench } from './dispatchBench.ts'

/** One thing that happens; numbers choose among what is there. */
export type ModelStep =
  | { readonly kind: 'submit'; readonly tenant: number; readonly options: number }
  | {
      readonly kind: 'connect' | 'cut' | 'accept' | 'finish' | 'overload' | 'reject' | 'refuse' | 'drain' | 'resume'
      readonly worker: number
    }
  | { readonly kind: 'crash'; readonly worker: number }
  | { readonly kind: 'cancel'; readonly task: number }
  | { readonly kind: 'strategy'; readonly name: number }
  | { readonly kind: 'wait'; readonly seconds: number; readonly beats: boolean }

export const MODEL_WORKERS = [1, 2, 4] as const
/** What their engines can do. */
const FEATURES = [[], ['ai_badge'], ['loop', 'ai_badge']] as const
export const MODEL_OPTIONS: readonly TaskOptions[] = [
  ...[{}, { ai_badge: true }, { ai_badge: true, loop: 'pingpong' } as const, { super_resolution: true }],
]

const STRATEGIES: readonly StrategyName[] = ['round-robin', 'least-busy', 'sticky']

const RATE_LIMITED: Settlement = { kind: 'failed', failure: { code: 'RATE_LIMITED' }, retryable: true }

interface ModelWorker {
  readonly id: string
  readonly slots: number
  readonly features: readonly string[]
  connection: BenchWorker | undefined
  /** Accepted and not ended; outlives the connection, not a crash. */
  readonly running: Map<string, LeaseRef>
}

/** Workers as a random sequence moves them, over the real queue, fleet and dispatcher. */
export class DispatchModel {
  readonly at: DispatchBench = openDispatchBench({ timings: { cancelGraceMs: 5_000 } })
  readonly #workers: readonly ModelWorker[]
  readonly #tasks: { readonly id: string; readonly tenant: string }[] = []

  constructor() {
    this.#workers = MODEL_WORKERS.map((slots, number) => ({
      ...{ id: `worker-${String(number + 1)}`, slots, connection: undefined, running: new Map<string, LeaseRef>() },
      features: FEATURES[number] ?? [],
    }))
  }

  async take(step: ModelStep): Promise<void> {
    await this.#act(step)
    await this.at.quiet()
    await this.#check(step)
  }

  /** Everybody is well again: everything that waits must end. Answers what did not, or not as it should. */
  async heal(): Promise<readonly string[]> {
    for (const { serverId } of this.at.fleet.list()) this.at.fleet.resume(serverId)
    for (const worker of this.#workers) await this.#connect(worker)
    for (let round = 0; round < 400 && (await this.#unfinished()).length > 0; round++) {
      await this.at.quiet()
      for (const worker of this.#workers) {
        while ((await this.#accept(worker)) || (await this.#end(worker, SUCCESS))) await this.at.quiet()
      }
      await this.#wait(10, true)
    }
    return this.#unfinished()
  }

  async #act(step: ModelStep): Promise<void> {
    switch (step.kind) {
      case 'submit': {
        const tenant = `t-${String(step.tenant)}`
        const plain = newTask(`request-${String(this.#tasks.length)}`, { tenant })
        const payload = { ...plain.payload, options: MODEL_OPTIONS[step.options % MODEL_OPTIONS.length] ?? {} }
        const outcome = await this.at.queue.submit({ ...plain, payload })
        if (outcome.kind === 'created') this.#tasks.push({ id: outcome.task.id, tenant })
        return
      }
      case 'cancel': {
        const task = this.#tasks[step.task % Math.max(1, this.#tasks.length)]
        if (task !== undefined) await this.at.queue.cancel(task.tenant, task.id)
        return
      }
      case 'strategy':
        this.at.settings.change({ strategy: STRATEGIES[step.name % STRATEGIES.length] ?? 'sticky' })
        return
      case 'wait':
        await this.#wait(step.seconds, step.beats)
        return
      default:
        await this.#actOn(this.#workerAt(step.worker), step.kind)
    }
  }

  async #actOn(worker: ModelWorker, kind: Extract<ModelStep, { readonly worker: number }>['kind']): Promise<void> {
    const { connection } = worker
    switch (kind) {
      case 'connect':
        return this.#connect(worker)
      case 'crash':
      case 'cut':
        if (kind === 'crash') worker.running.clear()
        worker.connection = undefined
        return connection?.cut()
      case 'accept':
        await this.#accept(worker)
        return
      case 'finish':
        await this.#end(worker, SUCCESS)
        return
      case 'overload':
        await this.#end(worker, RATE_LIMITED)
        return
      case 'reject': {
        const job = this.#unanswered(worker)
        if (connection !== undefined && job !== undefined) {
          await this.at.dispatcher.reject(connection.link, refOf(job), 'no room', true)
        }
        return
      }
      case 'refuse': {
        const job = this.#unanswered(worker)
        if (job !== undefined && neededFeatures(job.options).length > 0) {
          await this.at.dispatcher.refuseOption(worker.id, refOf(job))
        }
        return
      }
      case 'drain':
      case 'resume': {
        const server = this.at.fleet.list().find((one) => one.workerId === worker.id)
        if (server !== undefined) this.at.fleet[kind](server.serverId)
      }
    }
  }

  async #connect(worker: ModelWorker): Promise<void> {
    const resume = [...worker.running.values()]
    const engine = { name: 'any', version: '1', ready: true, features: [...worker.features], lip_sync: true }
    worker.connection = await this.at.connect(worker.id, { max_concurrent: worker.slots, engines: [engine] }, resume)
    for (const taskId of worker.running.keys()) {
      if (this.at.dispatcher.held.find(taskId)?.workerId !== worker.id) worker.running.delete(taskId)
    }
  }

  async #accept(worker: ModelWorker): Promise<boolean> {
    const job = this.#unanswered(worker)
    if (worker.connection === undefined || job === undefined) return false
    await worker.connection.accept(job)
    worker.running.set(job.task_id, refOf(job))
    return true
  }

  async #end(worker: ModelWorker, settlement: Settlement): Promise<boolean> {
    const [first] = worker.running
    if (worker.connection === undefined || first === undefined) return false
    worker.running.delete(first[0])
    await this.at.queue.settle(first[1], worker.id, settlement)
    return true
  }

  /** A job this connection was sent whose lease is still to be answered. */
  #unanswered(worker: ModelWorker): Job | undefined {
    return worker.connection?.jobs().find((job) => {
      const lease = this.at.dispatcher.held.find(job.task_id)
      return lease?.token === job.token && lease.task.state === 'leased'
    })
  }

  async #wait(seconds: number, beats: boolean): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.at.clock.advance(1_000)
      if (beats && second % 5 === 0) await this.#beat()
      await this.at.queue.reap()
      await this.at.quiet()
    }
  }

  async #beat(): Promise<void> {
    for (const { id, connection, running } of this.#workers) {
      if (connection === undefined) continue
      this.at.fleet.heartbeat(id)
      const { revoked } = await this.at.queue.extend(id, [...running.values()])
      for (const taskId of revoked) running.delete(taskId)
    }
  }

  async #check(step: ModelStep): Promise<void> {
    const { byState } = await this.at.queue.statistics()
    const held = this.#workers.flatMap(({ id }) => this.at.dispatcher.held.of(id))
    const stored = byState.leased + byState.running + byState.cancelling
    const faults = [
      ...(held.length === stored ? [] : [`${String(stored)} live leases, ${String(held.length)} known`]),
      ...this.#workers.flatMap((worker) => this.#faultsOf(worker)),
    ]
    if (faults.length > 0) throw new Error(`after ${JSON.stringify(step)}: ${faults.join('; ')}`)
  }

  #faultsOf(worker: ModelWorker): readonly string[] {
    const { held } = this.at.dispatcher
    const own = held.of(worker.id)
    const sent = new Set(worker.connection?.jobs().map((job) => job.token))
    const server = this.at.fleet.list().find((one) => one.workerId === worker.id)
    const needed = (worker.connection?.jobs() ?? []).flatMap((job) => neededFeatures(job.options))
    const leased = own.filter(({ task }) => task.state === 'leased')
    return [
      ...(own.length > worker.slots ? [`${worker.id} holds ${String(own.length)}`] : []),
      ...(server !== undefined && server.held !== own.length ? [`${worker.id}: the fleet counts otherwise`] : []),
      ...(held.isAlone(worker.id) && own.length > 1 ? [`${worker.id} does not run its task alone`] : []),
      ...(leased.some(({ token }) => !sent.has(token ?? '')) ? [`${worker.id} holds what it was never sent`] : []),
      ...(needed.some((feature) => !worker.features.includes(feature))
        ? [`${worker.id} was sent what it cannot do`]
        : []),
      ...(server?.isDrained === true && leased.length > 0 ? [`${worker.id} is drained and was given a task`] : []),
    ]
  }

  async #unfinished(): Promise<readonly string[]> {
    const found: string[] = []
    for (const { id, tenant } of this.#tasks) {
      const task = await this.at.queue.get(tenant, id)
      if (task?.finishedAtMs === null) found.push(`${id} ${task.state}`)
      const isRefused = task?.failure?.code === 'OPTION_UNSUPPORTED'
      if (isRefused && neededBy(task).length === 0) found.push(`${id} asked for nothing and was refused`)
    }
    return found
  }

  #workerAt(number: number): ModelWorker {
    const worker = this.#workers[number % this.#workers.length]
    if (worker === undefined) throw new Error('no workers')
    return worker
  }
}

function refOf({ task_id, epoch, token }: LeaseRef): LeaseRef {
  return { task_id, epoch, token }
}
