import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildOptions, ChildProcess } from './childProcess.ts'
import { entryPath } from './entries.ts'
import type { Fault } from './faultPlan.ts'
import type { Credentials, GatewayOverrides, StoreFault } from './messages.ts'
import type { ClockSetting } from './scaledClock.ts'

export interface GatewaySetup {
  readonly dataDir: string
  readonly wrapper: readonly string[]
  readonly nodeOptions: readonly string[]
  readonly overrides: GatewayOverrides
  readonly readsCredentials: boolean
}

/** What a gateway needs of its world. */
export interface GatewayHost {
  readonly logDir: string
  readonly credentials: Credentials
  readonly clockSetting: ClockSetting
  readonly proxyHosts: readonly string[]
  retargetProxies(port: number): void
  spawn(options: Omit<ChildOptions, 'logDir'>): ChildProcess
}

/** The gateway of a world through all its lives: same folder, same port. */
export class GatewayHandle {
  readonly dataDir: string
  readonly #world: GatewayHost
  readonly #setup: GatewaySetup
  #child: ChildProcess | undefined
  #starting: Promise<void> | undefined
  #port = 0
  #url = 'http://127.0.0.1:1'
  #lives = 0
  #isKeptAlive = false

  constructor(world: GatewayHost, setup: GatewaySetup) {
    this.#world = world
    this.#setup = setup
    this.dataDir = setup.dataDir
  }

  get isAlive(): boolean {
    return this.#child?.isAlive === true
  }

  get url(): string {
    return this.#url
  }

  get dspUrl(): string {
    return `${this.#url.replace('http', 'ws')}/dsp`
  }

  get port(): number {
    return this.#port
  }

  /** How often it was started. */
  get lives(): number {
    return this.#lives
  }

  get logFile(): string {
    return join(this.#world.logDir, 'gateway.jsonl')
  }

  /** The process of this life. Throws when there is none. */
  get process(): ChildProcess {
    if (this.#child === undefined) throw new Error('the gateway was never started')
    return this.#child
  }

  /** A new life; `faults` are armed before anything of the product runs. Throws the gateway's own error. */
  start(faults: readonly Fault[] = []): Promise<void> {
    this.#starting ??= this.#begin(faults).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #begin(faults: readonly Fault[]): Promise<void> {
    if (this.isAlive) return
    const { dataDir, wrapper, nodeOptions, overrides, readsCredentials } = this.#setup
    const { clockSetting: clock, credentials, proxyHosts } = this.#world
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const child = this.#world.spawn({ name: 'gateway', entry: entryPath('gateway'), wrapper, nodeOptions })
    this.#child = child
    this.#lives += 1
    if (faults.some((fault) => fault.action === 'kill')) child.expectEnd()
    const allowedHosts = [...proxyHosts, ...(overrides.allowedHosts ?? [])]
    const { port, url } = await child.start({
      ...{ dataDir, port: this.#port, credentials, readsCredentials, clock, faults, logFile: this.logFile },
      overrides: { ...overrides, allowedHosts },
    })
    this.#port = port
    this.#url = url
    this.#world.retargetProxies(port)
  }

  /** Comes back by itself whenever it dies, as under a service manager; until `kill` or `stop`. */
  keepAlive(): void {
    this.#isKeptAlive = true
    const watch = (): void => {
      void this.process.ended.then(async () => {
        if (!this.#isKeptAlive) return
        await this.start()
        watch()
      })
    }
    watch()
  }

  arm(faults: readonly Fault[]): Promise<void> {
    return this.process.arm(faults)
  }

  armStore(fault: StoreFault | null): Promise<void> {
    return this.process.armStore(fault)
  }

  /** SIGKILL; it stays dead unless it is kept alive. */
  async kill(): Promise<void> {
    await this.#child?.kill()
  }

  async stop(): Promise<void> {
    this.#isKeptAlive = false
    await this.#starting?.catch(() => undefined)
    await this.#child?.stop()
  }

  /** For good. */
  async end(): Promise<void> {
    this.#isKeptAlive = false
    await this.#starting?.catch(() => undefined)
    await this.#child?.kill()
  }

  freeze(): void {
    this.process.signal('SIGSTOP')
  }

  thaw(): void {
    this.process.signal('SIGCONT')
  }
}
