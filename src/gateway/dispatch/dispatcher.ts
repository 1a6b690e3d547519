import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { LeaseRef } from '../../protocol/dsp/index.ts'
import { faultPoint } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { Auth } from '../auth/port.ts'
import type { Fleet, FleetEvent } from '../fleet/port.ts'
import { takesTasks } from '../fleet/takesTasks.ts'
import { isErrand } from '../queue/errand.ts'
import { isOverload } from '../queue/life/failureClasses.ts'
import type { Applied, ExtendOutcome, Lease, QueueChange, QueuePort, StoredTask } from '../queue/port.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { Abilities } from './abilities.ts'
import { Delivery, refOf } from './delivery.ts'
import { HeldLeases } from './heldLeases.ts'
import type { HeldLease } from './heldLeases.ts'
import { Homes } from './homes.ts'
import { Pass } from './pass.ts'
import { Penalties } from './penalties.ts'
import { Refusals } from './refusals.ts'
import { rosterOf } from './roster.ts'
import type { Roster } from './roster.ts'
import { cancelFrame, DRAIN_FRAME } from './workerFrames.ts'
import type { WorkerLink } from './workerLink.ts'

export interface DispatcherDeps {
  readonly queue: QueuePort
  readonly fleet: Fleet
  readonly auth: Auth
  readonly clock: Clock
  readonly log: Logger
  readonly settings: Pick<LiveSettings, 'current' | 'onChange'>
  readonly leaseMs: number
  readonly penaltyMs: number
}

/**
 * Gives queued tasks to workers, by pull: a task is leased only for a worker whose connection is here and which has
 * room. One pass runs at a time; whoever needs an outcome awaits `kick()`.
 */
export class Dispatcher {
  readonly held: HeldLeases
  readonly #deps: DispatcherDeps
  readonly #links = new Map<string, WorkerLink>()
  /** Connections that took no frame any more, though their end was not told yet. */
  readonly #closing = new WeakSet<WorkerLink>()
  /** Connected since the last pass: their backlog goes out as one batch. */
  readonly #fresh = new Set<string>()
  /** How many of its connections are naming their leases at this moment. */
  readonly #resuming = new Map<string, number>()
  readonly #penalties: Penalties
  readonly #refusals = new Refusals()
  readonly #abilities = new Abilities()
  readonly #homes = new Homes()
  readonly #delivery: Delivery
  readonly #pass: Pass
  readonly #unsubscribes: readonly (() => void)[]
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #isStopped = false

  constructor(deps: DispatcherDeps) {
    this.#deps = deps
    this.#penalties = new Penalties(deps.clock, deps.penaltyMs)
    this.held = new HeldLeases((workerId, held) => {
      deps.fleet.setHeld(workerId, held)
    })
    this.#delivery = new Delivery({
      ...deps,
      held: this.held,
      openLink: (workerId) => this.#openLink(workerId),
      onClosed: (link) => this.#closing.add(link),
    })
    this.#pass = new Pass({
      queue: deps.queue,
      roster: () => this.#roster(),
      takeFresh: () => this.#takeFresh(),
      isAlone: (workerId) => this.held.isAlone(workerId),
      homeOf: (tenant) => this.#homes.of(tenant),
      strategy: () => deps.settings.current().strategy,
      nowMono: () => deps.clock.monotonic(),
      isStopped: () => this.#isStopped,
      deliver: (workerId, leases) => this.#deliver(workerId, leases),
    })
    this.#unsubscribes = [
      deps.queue.onChange((change) => {
        this.#onChange(change)
      }),
      deps.queue.onArrival(() => {
        // Its lease then shares the commit of the submit. With nobody free, the pass after that is soon enough.
        if (this.#pass.mayHaveRoom) void this.kick()
      }),
      deps.fleet.onEvent((event) => {
        this.#onFleet(event)
      }),
      deps.settings.onChange(() => void this.kick()),
    ]
  }

  /** Resolves when a pass that began after this call has ended: the caller's task was tried. */
  kick(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      if (this.#isStopped) return
      this.#running = this.#pass.run().catch((error: unknown) => {
        this.#deps.log.error('dispatch pass failed', { error })
      })
      return this.#running
    })
    return this.#next
  }

  /**
   * A worker registered; its backlog goes out first, as one batch. Of two connections of one worker the newer stays,
   * whichever of them got here first. It gets nothing for `restMs`.
   */
  attach(link: WorkerLink, restMs = 0): void {
    const { workerId } = link
    const other = this.#links.get(workerId)
    const isNewer = other === undefined || other.connectionId < link.connectionId
    const replaced = isNewer ? other : link
    replaced?.close(DSP_CLOSE.replaced, 'another connection of this worker is newer')
    if (!isNewer) return
    this.#links.set(workerId, link)
    this.#abilities.trust(workerId)
    if (restMs > 0) this.#penalties.rest(workerId, restMs)
    else this.#penalties.forgive(workerId)
    if (this.#deps.fleet.get(link.serverId)?.isDrained === true) link.send(DRAIN_FRAME)
    // Sent over an older connection and not resumed over this one: never arrived, or not taken.
    void this.#delivery.takeBack(workerId)
    this.#fresh.add(workerId)
    void this.kick()
  }

  link(workerId: string): WorkerLink | undefined {
    return this.#links.get(workerId)
  }

  /** What a worker that came back still holds; the fleet must know it already, `attach` comes after. */
  async resume(workerId: string, refs: readonly LeaseRef[]): Promise<ExtendOutcome> {
    this.#resuming.set(workerId, (this.#resuming.get(workerId) ?? 0) + 1)
    try {
      const resumed = await this.#deps.queue.resume(workerId, refs)
      // After a restart of this process nobody here knows the running tasks until their workers come back.
      for (const ref of resumed.alive) {
        const holder = await this.#deps.queue.leaseHolder(ref.task_id)
        if (holder !== undefined) this.held.resume(holder.task, ref.token)
      }
      return resumed
    } finally {
      const others = (this.#resuming.get(workerId) ?? 1) - 1
      if (others === 0) this.#resuming.delete(workerId)
      else this.#resuming.set(workerId, others)
    }
  }

  /** A connection is gone: what it had not accepted goes back at once, what runs stays leased for its return. */
  async detach(link: WorkerLink): Promise<void> {
    if (this.#links.get(link.workerId)?.connectionId !== link.connectionId) return
    this.#links.delete(link.workerId)
    this.#fresh.delete(link.workerId)
    await this.#delivery.takeBack(link.workerId)
    void this.kick()
  }

  /**
   * A worker will not run a job: the task goes back and the worker is left alone for a while. One that every worker
   * refused for good (`retryable` false) fails with their reason.
   */
  async reject(link: WorkerLink, ref: LeaseRef, reason: string, retryable: boolean): Promise<Applied> {
    const { workerId } = link
    this.#penalties.punish(workerId)
    const lease = this.held.find(ref.task_id)
    if (retryable || lease?.token !== ref.token) return this.#deps.queue.release(ref, workerId)
    const { taskType } = lease.task
    const able = this.#deps.fleet.list().filter((one) => one.state === 'online' && one.taskTypes.includes(taskType))
    const isEnough = this.#refusals.note(
      ref.task_id,
      workerId,
      able.map((one) => one.workerId),
    )
    if (!isEnough) return this.#deps.queue.release(ref, workerId)
    const failure = { code: 'TASK_REFUSED', detail: reason, data: { times: this.#refusals.count(ref.task_id) } }
    const outcome = await this.#deps.queue.settle(ref, workerId, { kind: 'failed', failure, retryable: false })
    return outcome === 'ok' ? 'applied' : 'stale'
  }

  /**
   * A worker's engine cannot do what a job asks for, which is nobody's fault: the task goes back, for a server that can;
   * where none is known it fails.
   */
  async refuseOption(workerId: string, ref: LeaseRef): Promise<Applied> {
    const lease = this.held.find(ref.task_id)
    if (lease?.token === ref.token) {
      this.#abilities.refuse(workerId, lease.task)
      const verdict = this.#abilities.verdict(lease.task, workerId, this.#deps.fleet)
      if (typeof verdict === 'object') return this.#failUnsupported(workerId, ref, verdict.missing)
    }
    return this.#delivery.release(workerId, ref)
  }

  /** Gives no more leases and hands back those nobody accepted; running ones stay alive. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    await this.#running
    await Promise.all([...this.#links.keys()].map((workerId) => this.#delivery.takeBack(workerId)))
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
  }

  #openLink(workerId: string): WorkerLink | undefined {
    const link = this.#isStopped ? undefined : this.#links.get(workerId)
    // Drained while the lease was being stored.
    return link === undefined || this.#deps.fleet.get(link.serverId)?.state === 'draining' ? undefined : link
  }

  /** What this server cannot do is not sent to it: it was leased to be told so, or before the server changed. */
  async #deliver(workerId: string, leases: readonly Lease[]): Promise<boolean> {
    const sendable: Lease[] = []
    for (const lease of leases) {
      const verdict = this.#abilities.verdict(lease.task, workerId, this.#deps.fleet)
      if (verdict === 'here') sendable.push(lease)
      else if (verdict === 'elsewhere') await this.#delivery.handBack(workerId, [refOf(lease)])
      else await this.#failUnsupported(workerId, refOf(lease), verdict.missing)
    }
    return this.#delivery.deliver(workerId, sendable)
  }

  async #failUnsupported(workerId: string, ref: LeaseRef, option: string): Promise<Applied> {
    const failure = { code: 'OPTION_UNSUPPORTED', data: { option } }
    const outcome = await this.#deps.queue.settle(ref, workerId, { kind: 'failed', failure, retryable: false })
    return outcome === 'ok' ? 'applied' : 'stale'
  }

  #isLinked(workerId: string): boolean {
    const link = this.#links.get(workerId)
    return link !== undefined && !this.#closing.has(link)
  }

  #roster(): Roster {
    return rosterOf(this.#deps.fleet.list(), {
      isLinked: (workerId) => this.#isLinked(workerId),
      isResting: (workerId) => this.#penalties.isResting(workerId),
      held: (workerId) => this.held.count(workerId),
      isAlone: (workerId) => this.held.isAlone(workerId),
      kindsOf: (server) => this.#abilities.of(server),
      undoable: (taskTypes, servers) => this.#abilities.undoable(taskTypes, servers),
    })
  }

  #takeFresh(): readonly string[] {
    const fresh = [...this.#fresh]
    this.#fresh.clear()
    return fresh
  }

  #onChange({ task, cause }: QueueChange): void {
    const before = this.held.observe(task)
    if (cause === 'accept' || task.finishedAtMs !== null) this.#refusals.forget(task.id)
    const isRun = cause === 'lease' && !isErrand(task)
    if (isRun && task.workerId !== null) this.#homes.set(task.tenant, task.workerId)
    if (before !== undefined) this.#judge(before, task, cause)
    if (cause === 'cancel') this.#sendCancel(before, task)
    // A new task or a freed slot; a back-off that is not over yet is found by the reaper's own kick.
    if (task.state === 'queued' || (before !== undefined && this.held.find(task.id) === undefined)) void this.kick()
  }

  /** What a change of its task says about the worker that held it. */
  #judge({ workerId }: HeldLease, task: StoredTask, cause: QueueChange['cause']): void {
    switch (cause) {
      case 'accept':
        this.#penalties.forgive(workerId)
        break
      case 'release':
        // Nor is one to blame that came back without a job which never got there.
        if (this.#delivery.isHandingBack(task.id) || this.#resuming.has(workerId)) break
        if (!this.#penalties.isResting(workerId)) this.#penalties.punish(workerId)
        break
      case 'retry':
      case 'fail':
        if (isOverload(task.failure?.code ?? '')) this.#deps.fleet.overloaded(workerId, task.failure?.code ?? '')
        break
      case 'giveUpCancel':
        // One that came back without the run has nothing to end.
        if (!this.#resuming.has(workerId)) this.#deps.fleet.distrust(workerId, 'cancel_ignored')
        break
      default:
    }
  }

  #onFleet({ server, note }: FleetEvent): void {
    const { workerId } = server
    const link = this.#links.get(workerId)
    if (note.code === 'drained' || note.code === 'draining') {
      if (note.code === 'drained') link?.send(DRAIN_FRAME)
      void this.#delivery.takeBack(workerId)
    } else if (note.code === 'resumed') {
      // It drains until it registers anew: its runs go on over the next connection.
      if (link !== undefined) this.#closing.add(link)
      link?.close(DSP_CLOSE.restart, 'resumed by an operator')
    } else if (takesTasks(server)) {
      void this.kick()
    }
  }

  #sendCancel(before: HeldLease | undefined, task: StoredTask): void {
    // A cancel of a leased task moves the epoch: the worker knows the one before.
    const told = before?.task ?? task
    const workerId = before?.workerId ?? task.workerId
    if (workerId === null) return
    faultPoint('cancel.before_send')
    this.#links.get(workerId)?.send(cancelFrame(task.id, told.epoch))
  }
}
