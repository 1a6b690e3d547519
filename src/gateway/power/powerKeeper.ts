import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PowerResult, PowerState } from '../../protocol/dsp/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { RunModel } from '../estimates/runModel.ts'
import type { Fleet, GpuServer } from '../fleet/port.ts'
import type { QueuePort } from '../queue/port.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { HookCaller } from './hookCaller.ts'
import { HookPauses } from './hookPauses.ts'
import type { HookOutcome, PowerControl, PowerHook, PowerRequest, StartOutlook } from './port.ts'
import { PowerBook } from './powerBook.ts'
import { serversToStop, serverToStart } from './powerRules.ts'
import type { PowerTimings } from './powerTimings.ts'
import { isThere, ServerStates } from './serverStates.ts'
import type { PowerNews } from './serverStates.ts'
import { hasWorkForGpu } from './waitingWork.ts'
import { WorkWatch } from './workWatch.ts'

export interface PowerKeeperDeps {
  readonly hook: PowerHook | undefined
  readonly queue: Pick<QueuePort, 'counts' | 'nextTenant' | 'onChange'>
  readonly fleet: Pick<Fleet, 'list' | 'get' | 'onChange' | 'onEvent' | 'setStarting' | 'setDraining'>
  readonly settings: Pick<LiveSettings, 'current' | 'onChange'>
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly timings: PowerTimings
  /** Resolves when no lease is being given that was decided before now. */
  readonly dispatchSettled: () => Promise<void>
  /** Whoever started this gateway starts a worker beside it. */
  readonly expectsWorker: boolean
}

/** Spread of a start nobody has seen yet. */
const UNSEEN_SPREAD = 0.3
const MINUTE_MS = 60_000

export class PowerKeeper implements PowerControl {
  readonly #deps: PowerKeeperDeps
  readonly #book: PowerBook
  readonly #caller: HookCaller | undefined
  readonly #states = new ServerStates()
  readonly #pauses: HookPauses
  readonly #watch: WorkWatch
  readonly #leave: readonly (() => void)[]
  readonly #startedMono: number
  readonly #isAnybodyExpected: boolean
  #timer: Timer | undefined
  #review: Promise<void> = Promise.resolve()
  #isReviewDue = false
  #isStopped = false

  constructor(deps: PowerKeeperDeps) {
    const { hook, clock, log, fleet, queue, settings } = deps
    this.#deps = deps
    this.#book = new PowerBook(deps.db)
    this.#caller = hook === undefined ? undefined : new HookCaller({ hook, book: this.#book, clock, log })
    this.#pauses = new HookPauses(clock, deps.timings)
    this.#watch = new WorkWatch(clock)
    this.#startedMono = clock.monotonic()
    this.#isAnybodyExpected = deps.expectsWorker || this.#book.isAnybodyHere()
    this.#resumeStart()
    const look = (): void => {
      this.#look()
    }
    this.#leave = [
      fleet.onChange(look),
      fleet.onEvent(look),
      settings.onChange(look),
      queue.onChange(({ task }) => {
        if (task.serverId !== null) this.#watch.worked(task.serverId)
        if (task.state === 'queued' && !this.#isAnybodyThere()) look()
      }),
    ]
    look()
  }

  get hasHook(): boolean {
    return this.#caller !== undefined
  }

  state(serverId?: string): PowerState {
    return serverId === undefined ? this.#states.overall() : this.#states.of(serverId)
  }

  async request(request: PowerRequest): Promise<PowerResult> {
    if (this.#caller === undefined) throw new AppError('NO_POWER_HOOK')
    const pending = this.#caller.pending(request)
    if (pending !== undefined) return pending
    return request.action === 'on' ? this.#turnOn(this.#caller, request) : this.#turnOff(this.#caller, request)
  }

  results(): readonly PowerResult[] {
    return this.#book.results()
  }

  learnedBootSeconds(serverId: string): number | null {
    const learned = this.#book.bootOfServer(serverId)
    return learned === undefined ? null : Math.round(learned.medianMs / 1000)
  }

  outlook(): StartOutlook {
    const nowMono = this.#deps.clock.monotonic()
    const start = this.#states.oldestStart()
    const serverId = start?.serverId ?? null
    return {
      kind: start !== undefined ? 'starting' : this.#isSettled() ? 'waiting' : 'arriving',
      boot: this.#bootOf(serverId),
      isLearned: this.#book.bootOf(serverId) !== undefined,
      elapsedMs: start === undefined ? (this.#watch.waitedMs() ?? 0) : nowMono - start.sinceMono,
      slots: this.#book.slotsOf(serverId),
    }
  }

  /** Resolves when whatever happened before now was looked at; a hook that was called may still run. */
  async reviewed(): Promise<void> {
    while (this.#isReviewDue) await this.#review
    await this.#review
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const unsubscribe of this.#leave) unsubscribe()
    this.#timer?.cancel()
    await this.#caller?.stop()
    await this.#review
  }

  /** Looks again in the next turn of the event loop: what happens in one turn is seen, and stored, by one look. */
  #look(): void {
    if (this.#isReviewDue || this.#isStopped) return
    this.#isReviewDue = true
    this.#review = this.#review.then(async () => {
      await nextTurn()
      this.#isReviewDue = false
      if (this.#isStopped) return
      try {
        await this.#reviewOnce()
      } catch (error) {
        this.#deps.log.error('the power rules failed; they are tried again', { error })
      }
      this.#arm()
    })
  }

  async #reviewOnce(): Promise<void> {
    const hasWork = await hasWorkForGpu(this.#deps.queue)
    if (this.#isStopped) return
    const { fleet, clock, timings } = this.#deps
    const servers = fleet.list()
    const nowMono = clock.monotonic()
    const startMs = (serverId: string | null): number => this.#bootOf(serverId).medianMs * timings.patience
    const news = this.#states.observe(servers, nowMono, { startMs, stopMs: timings.stopMs })
    const serverOf = new Map(servers.map((server) => [server.serverId, server]))
    for (const one of news) this.#take(one, serverOf)
    this.#writeBook()
    this.#watch.look(servers, hasWork, hasWork && this.#isSettled() && !servers.some(isThere))
    fleet.setStarting(this.#states.oldestStart() !== undefined)
    if (this.#caller !== undefined) await this.#act(this.#caller, hasWork, servers)
  }

  #take(news: PowerNews, serverOf: ReadonlyMap<string, GpuServer>): void {
    const { log, timings } = this.#deps
    switch (news.kind) {
      case 'arrived': {
        const bootMs = news.afterMs ?? this.#plausibleWaitMs()
        this.#book.arrived(news.serverId, serverOf.get(news.serverId)?.slots ?? 0, bootMs)
        this.#pauses.arrived()
        if (bootMs !== null) log.info('GPU server started', { server: news.serverId, boot_ms: Math.round(bootMs) })
        return
      }
      case 'left':
        this.#book.left(news.serverId)
        return
      case 'forgotten':
        this.#book.forget(news.serverId)
        this.#pauses.forget(news.serverId)
        return
      case 'missed': {
        const minutes = Math.round((this.#bootOf(news.serverId).medianMs * timings.patience) / MINUTE_MS)
        this.#pauses.failed(news.serverId)
        const request: PowerRequest = { action: 'on', serverId: news.serverId, cause: 'work' }
        this.#caller?.note(request, 'unknown', `it did not come online within ${String(minutes)} minutes`)
        return
      }
      case 'stayed': {
        const server = serverOf.get(news.serverId)
        if (server !== undefined) this.#deps.fleet.setDraining(server.workerId, false)
        this.#watch.restart(news.serverId)
        const request: PowerRequest = { action: 'off', serverId: news.serverId, cause: 'idle' }
        this.#caller?.note(request, 'running', 'it was turned off but is still online')
      }
    }
  }

  /** A whole fleet may come at once: one write for all of them. A disk that takes nothing keeps no server waiting. */
  #writeBook(): void {
    try {
      this.#book.write()
    } catch (error) {
      this.#deps.log.error('what was learned of GPU servers could not be stored; it is tried again', { error })
    }
  }

  async #act(caller: HookCaller, hasWork: boolean, servers: readonly GpuServer[]): Promise<void> {
    const nowMono = this.#deps.clock.monotonic()
    const idleMinutes = this.#deps.settings.current().idle_off_minutes
    const toStart = serverToStart({
      ...{ servers, nowMono, notBeforeMono: this.#pauses.notBeforeMono },
      hasWork: hasWork && this.#isSettled(),
      isStarting: this.#states.oldestStart() !== undefined,
      failuresOf: (serverId) => this.#pauses.failuresOf(serverId),
    })
    // Not awaited: a hook may take a minute, and arrivals are to be seen meanwhile.
    if (toStart !== undefined) void this.#turnOn(caller, { action: 'on', serverId: toStart, cause: 'work' })
    const idleMs = idleMinutes === null ? null : idleMinutes * MINUTE_MS
    for (const serverId of serversToStop({ servers, idleMs, idleSinceMono: this.#watch.idleSinceMono, nowMono })) {
      // Whatever comes of it, the next try is a whole idle time away.
      this.#watch.restart(serverId)
      await this.#turnOff(caller, { action: 'off', serverId, cause: 'idle' }).catch((error: unknown) => {
        this.#deps.log.info('an idle server got work just before it was turned off', { server: serverId, error })
      })
    }
  }

  #turnOn(caller: HookCaller, request: PowerRequest): Promise<PowerResult> {
    const earlier = this.#answerWithoutCall(request)
    if (earlier !== undefined) return Promise.resolve(earlier)
    const { clock, fleet } = this.#deps
    this.#states.starting(request.serverId, clock.monotonic())
    this.#pauses.called()
    fleet.setStarting(true)
    return caller.call(request, (outcome: HookOutcome) => {
      if (!outcome.success && !this.#isStopped) {
        this.#states.startFailed(request.serverId)
        this.#pauses.failed(request.serverId)
        this.#look()
      }
      return request.serverId === null ? this.#states.overall() : this.#states.of(request.serverId)
    })
  }

  /** What is on, or on its way, or was asked for a moment ago by somebody who may ask often, is not asked for again. */
  #answerWithoutCall(request: PowerRequest): PowerResult | undefined {
    const { serverId, cause } = request
    const status = this.state(serverId ?? undefined)
    const isTooSoon = cause === 'client' && !this.#pauses.isOver()
    if (status !== 'running' && status !== 'starting' && !isTooSoon) return undefined
    const last = this.#book.results().find((one) => one.action === 'on' && one.server_id === serverId)
    if (status !== 'running' && last !== undefined) return { ...last, status }
    return {
      ...{ action: 'on', server_id: serverId, cause, status, success: status === 'running' || status === 'starting' },
      msg:
        status === 'running' ? 'already running' : status === 'starting' ? 'already starting' : 'asked for just before',
      at: this.#deps.clock.now() / 1000,
      duration_ms: 0,
    }
  }

  async #turnOff(caller: HookCaller, request: PowerRequest): Promise<PowerResult> {
    const { fleet, clock, dispatchSettled } = this.#deps
    const isMeant = (server: GpuServer): boolean =>
      isThere(server) && (request.serverId === null || server.serverId === request.serverId)
    const meant = fleet.list().filter(isMeant)
    for (const server of meant) fleet.setDraining(server.workerId, true)
    const resume = (): void => {
      for (const server of meant) fleet.setDraining(server.workerId, false)
    }
    await dispatchSettled()
    const busy = fleet.list().find((server) => isMeant(server) && server.held > 0)
    if (busy !== undefined) {
      resume()
      throw new AppError('SERVER_BUSY', { data: { server: busy.serverId } })
    }
    // Somebody else may have asked for the same while this one waited.
    const pending = caller.pending(request)
    if (pending !== undefined) return pending
    for (const server of meant) this.#states.stopping(server.serverId, clock.monotonic())
    return caller.call(request, (outcome) => {
      if (!outcome.success) {
        for (const server of meant) this.#states.stopFailed(server.serverId, clock.monotonic())
        resume()
      }
      this.#look()
      return request.serverId === null ? this.#states.overall() : this.#states.of(request.serverId)
    })
  }

  /** A start that was asked for before a restart of this process goes on, instead of being asked for again. */
  #resumeStart(): void {
    const { clock, timings } = this.#deps
    const results = this.#book.results()
    const last = results.find((one) => one.action === 'on')
    if (last?.success !== true || this.#caller === undefined) return
    const elapsedMs = clock.now() - last.at * 1000
    const boundMs = this.#bootOf(last.server_id).medianMs * timings.patience
    if (elapsedMs < 0 || elapsedMs > boundMs || this.#book.isAnybodyHere()) return
    // It came, and was turned off again.
    if (results.slice(0, results.indexOf(last)).some((one) => one.action === 'off' && one.success)) return
    this.#states.starting(last.server_id, clock.monotonic() - elapsedMs)
  }

  /** Without a hook: a server that came soon after a task began to wait was turned on for it. */
  #plausibleWaitMs(): number | null {
    const waitedMs = this.#watch.waitedMs()
    return waitedMs !== null && waitedMs <= this.#deps.timings.plausibleBootMs ? waitedMs : null
  }

  #bootOf(serverId: string | null): RunModel {
    return this.#book.bootOf(serverId) ?? { medianMs: this.#deps.timings.defaultBootMs, spread: UNSEEN_SPREAD }
  }

  /** Right after a start it is not known yet who is off and who is only on the way back. */
  #isSettled(): boolean {
    if (!this.#isAnybodyExpected) return true
    return this.#deps.clock.monotonic() - this.#startedMono >= this.#deps.timings.arrivalMs
  }

  #isAnybodyThere(): boolean {
    return this.#states.overall() === 'running'
  }

  #arm(): void {
    this.#timer?.cancel()
    const isSomethingUnderWay = ['starting', 'stopping'].includes(this.#states.overall())
    const isIdleWatched = this.#deps.settings.current().idle_off_minutes !== null
    const isWaiting = this.#watch.waitedMs() !== null || !this.#isSettled()
    if (this.#isStopped || !(isSomethingUnderWay || isIdleWatched || isWaiting)) return
    this.#timer = this.#deps.clock.setTimer(() => {
      this.#look()
    }, this.#deps.timings.reviewMs)
  }
}
