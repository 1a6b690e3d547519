import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PowerResult, PowerState } from '../../protocol/dsp/index.ts'
import { AppError, MINUTE_MS } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { RunModel } from '../runModel/runModel.ts'
import type { Fleet, GpuServer } from '../fleet/port.ts'
import type { QueuePort } from '../queue/port.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'
import { HookCaller } from './hookCaller.ts'
import { HookPauses } from './hookPauses.ts'
import type { KeptPauses } from './hookPauses.ts'
import type { PowerControl, PowerHook, PowerRequest, StartOutlook } from './port.ts'
import { PowerBook } from './powerBook.ts'
import { isServed, mayAnyCome, serversToStop, serverToStart } from './powerRules.ts'
import { PowerSwitch } from './powerSwitch.ts'
import type { PowerTimings } from './powerTimings.ts'
import { ServerStates } from './serverStates.ts'
import type { PowerNews } from './serverStates.ts'
import { stillUnderWay } from './underWay.ts'
import { waitingWork } from './waitingWork.ts'
import { WorkWatch } from './workWatch.ts'

export interface PowerKeeperDeps {
  readonly hook: PowerHook | undefined
  readonly queue: Pick<QueuePort, 'counts' | 'nextTenant' | 'onChange'>
  readonly fleet: Pick<Fleet, 'list' | 'onChange' | 'onEvent' | 'setStarting' | 'setLeaving'>
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

export class PowerKeeper implements PowerControl {
  readonly #deps: PowerKeeperDeps
  readonly #book: PowerBook
  readonly #caller: HookCaller | undefined
  readonly #switch: PowerSwitch | undefined
  readonly #states: ServerStates
  readonly #pauses: HookPauses
  readonly #watch: WorkWatch
  readonly #leave: readonly (() => void)[]
  readonly #startedMono: number
  readonly #isAnybodyExpected: boolean
  #timer: Timer | undefined
  #review: Promise<void> = Promise.resolve()
  #isReviewDue = false
  #isStopped = false
  /** As of the last look. */
  #isServed = false
  /** Tasks wait, ready or not, and nobody is there: a back-off or a pause ends without a word to this. */
  #isAnythingWaiting = false
  #isIdleStopAsked = false

  constructor(deps: PowerKeeperDeps) {
    const { hook, clock, log, fleet, queue, settings, timings } = deps
    this.#deps = deps
    this.#book = new PowerBook(deps.db)
    this.#caller = hook === undefined ? undefined : new HookCaller({ hook, book: this.#book, clock, log })
    const startMs = (serverId: string | null): number => this.#patienceMs(serverId)
    this.#states = new ServerStates({ startMs, stopMs: timings.stopMs, returnMs: timings.arrivalMs })
    const keep = (pauses: KeptPauses): void => {
      this.#book.setPauses(pauses)
    }
    this.#pauses = new HookPauses({ clock, timings, kept: this.#book.pauses, keep })
    this.#watch = new WorkWatch(clock)
    this.#startedMono = clock.monotonic()
    this.#isAnybodyExpected = deps.expectsWorker || this.#book.isAnybodyHere()
    const look = (): void => {
      this.#look()
    }
    this.#switch = this.#caller === undefined ? undefined : this.#newSwitch(this.#caller)
    this.#goOn()
    this.#leave = [
      fleet.onChange(look),
      fleet.onEvent(look),
      settings.onChange(look),
      queue.onChange(({ task }) => {
        if (task.serverId !== null) this.#watch.worked(task.serverId)
        if (task.state === 'queued' && !this.#isServed) look()
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
    if (this.#switch === undefined) throw new AppError('NO_POWER_HOOK')
    return this.#switch.request(request)
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
      kind: start === undefined ? this.#outlookUnasked() : 'starting',
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
        this.#isAnythingWaiting = true
      }
      this.#arm()
    })
  }

  async #reviewOnce(): Promise<void> {
    const { queued, isReady } = await waitingWork(this.#deps.queue)
    if (this.#isStopped) return
    const { fleet, clock } = this.#deps
    const servers = fleet.list()
    const serverOf = new Map(servers.map((server) => [server.serverId, server]))
    for (const one of this.#states.observe(servers, clock.monotonic())) this.#take(one, serverOf)
    this.#writeBook()
    this.#isServed = isServed(servers, (serverId) => this.#states.of(serverId) === 'stopping')
    this.#isAnythingWaiting = queued > 0 && !this.#isServed
    this.#watch.look(servers, isReady, isReady && this.#isSettled() && !this.#isServed)
    fleet.setStarting(this.#states.oldestStart() !== undefined)
    this.#switch?.tellLeaving()
    if (this.#switch !== undefined) await this.#act(this.#switch, isReady, servers)
  }

  #take(news: PowerNews, serverOf: ReadonlyMap<string, GpuServer>): void {
    const { log, timings } = this.#deps
    const slots = (serverId: string): number => serverOf.get(serverId)?.slots ?? 0
    switch (news.kind) {
      case 'arrived': {
        const tookMs = news.afterMs ?? this.#plausibleWaitMs()
        const bootMs = tookMs !== null && tookMs >= timings.leastBootMs ? tookMs : null
        this.#book.arrived(news.serverId, slots(news.serverId), bootMs)
        this.#pauses.arrived()
        if (bootMs !== null) log.info('GPU server started', { server: news.serverId, boot_ms: Math.round(bootMs) })
        return
      }
      case 'returned':
        this.#book.arrived(news.serverId, slots(news.serverId), null)
        return
      case 'left':
        this.#book.left(news.serverId)
        return
      case 'forgotten':
        this.#book.forget(news.serverId)
        this.#pauses.forget(news.serverId)
        this.#switch?.forget(news.serverId)
        return
      case 'missed': {
        const within = timeWords(this.#patienceMs(news.serverId))
        this.#pauses.failed(news.serverId)
        const request: PowerRequest = { action: 'on', serverId: news.serverId, cause: 'work' }
        this.#caller?.note(request, 'unknown', `it did not come online within ${within}`)
        return
      }
      case 'stayed': {
        this.#book.arrived(news.serverId, slots(news.serverId), null)
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

  async #act(power: PowerSwitch, isReady: boolean, servers: readonly GpuServer[]): Promise<void> {
    const nowMono = this.#deps.clock.monotonic()
    power.grantWishes()
    const toStart = serverToStart({
      ...{ servers, nowMono, notBeforeMono: this.#pauses.notBeforeMono },
      hasWork: isReady && this.#isSettled(),
      isStarting: this.#states.oldestStart() !== undefined,
      isStopping: (serverId) => this.#states.of(serverId) === 'stopping',
      failuresOf: (serverId) => this.#pauses.failuresOf(serverId),
    })
    // Not awaited: a hook may take a minute, and arrivals are to be seen meanwhile.
    if (toStart !== undefined) void power.turnOn({ action: 'on', serverId: toStart, cause: 'work' })
    const idleMinutes = this.#deps.settings.current().idle_off_minutes
    if (idleMinutes === null || this.#isIdleStopAsked) return
    const idleMs = idleMinutes * MINUTE_MS
    const [idle] = serversToStop({ servers, idleMs, idleSinceMono: this.#watch.idleSinceMono, nowMono })
    if (idle !== undefined) await this.#stopIdle(power, idle)
  }

  /** One at a time: by the time its hook has answered there may be work for the next. */
  async #stopIdle(power: PowerSwitch, serverId: string): Promise<void> {
    // Whatever comes of it, the next try is a whole idle time away.
    this.#watch.restart(serverId)
    this.#isIdleStopAsked = true
    const isOver = (): void => {
      this.#isIdleStopAsked = false
      this.#look()
    }
    try {
      const { answer } = await power.turnOff({ action: 'off', serverId, cause: 'idle' })
      void answer.then(isOver, isOver)
    } catch (error) {
      isOver()
      this.#deps.log.info('an idle server got work just before it was turned off', { server: serverId, error })
    }
  }

  #newSwitch(caller: HookCaller): PowerSwitch {
    const { fleet, clock, dispatchSettled } = this.#deps
    return new PowerSwitch({
      ...{ caller, fleet, clock, dispatchSettled, states: this.#states, pauses: this.#pauses, book: this.#book },
      isStopped: () => this.#isStopped,
      remember: () => {
        this.#writeBook()
      },
      look: () => {
        this.#look()
      },
    })
  }

  /** With what an earlier process asked for and did not see the end of. */
  #goOn(): void {
    const { clock, timings, fleet } = this.#deps
    // Without a hook nobody could ask again, and no start is promised.
    if (this.#caller === undefined) return
    const memory = {
      ...{ results: this.#book.results(), nowMs: clock.now(), stopMs: timings.stopMs },
      servers: fleet.list().map(({ serverId }) => serverId),
      wasHere: (serverId: string) => this.#book.isHere(serverId),
      wasAnybodyHere: this.#book.isAnybodyHere(),
      startMs: (serverId: string | null) => this.#patienceMs(serverId),
    }
    for (const { action, serverId, elapsedMs } of stillUnderWay(memory)) {
      const sinceMono = clock.monotonic() - elapsedMs
      if (action === 'on') this.#states.starting(serverId, sinceMono)
      else if (serverId !== null) this.#states.stopping(serverId, sinceMono)
    }
    this.#switch?.tellLeaving()
  }

  /** Without a hook: a server that came soon after a task began to wait was turned on for it. */
  #plausibleWaitMs(): number | null {
    const waitedMs = this.#watch.waitedMs()
    return waitedMs !== null && waitedMs <= this.#deps.timings.plausibleBootMs ? waitedMs : null
  }

  #bootOf(serverId: string | null): RunModel {
    return this.#book.bootOf(serverId) ?? { medianMs: this.#deps.timings.defaultBootMs, spread: UNSEEN_SPREAD }
  }

  #patienceMs(serverId: string | null): number {
    const { patience, defaultBootMs } = this.#deps.timings
    // Whoever came a few seconds after being asked for may have been on the way already.
    return Math.max(this.#bootOf(serverId).medianMs * patience, defaultBootMs)
  }

  #outlookUnasked(): StartOutlook['kind'] {
    if (!this.#isSettled()) return 'arriving'
    const isStopping = (serverId: string): boolean => this.#states.of(serverId) === 'stopping'
    return mayAnyCome(this.#deps.fleet.list(), isStopping) ? 'waiting' : 'withheld'
  }

  /** Right after a start, or a broken connection, it is not known yet who is off and who is only on the way back. */
  #isSettled(): boolean {
    const nowMono = this.#deps.clock.monotonic()
    if (this.#states.isAnyReturning(nowMono)) return false
    return !this.#isAnybodyExpected || nowMono - this.#startedMono >= this.#deps.timings.arrivalMs
  }

  #arm(): void {
    this.#timer?.cancel()
    const isUnderWay = this.#states.isUnderWay(this.#deps.clock.monotonic()) || this.#switch?.hasWishes === true
    const isIdleWatched = this.#deps.settings.current().idle_off_minutes !== null
    const isWaiting = this.#isAnythingWaiting || this.#watch.waitedMs() !== null || !this.#isSettled()
    if (this.#isStopped || !(isUnderWay || isIdleWatched || isWaiting)) return
    this.#timer = this.#deps.clock.setTimer(() => {
      this.#look()
    }, this.#deps.timings.reviewMs)
  }
}

function timeWords(ms: number): string {
  return ms < 2 * MINUTE_MS
    ? `${String(Math.round(ms / 1000))} seconds`
    : `${String(Math.round(ms / MINUTE_MS))} minutes`
}
