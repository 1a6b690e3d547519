import { existsSync, mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChildOptions, ChildProcess } from './childProcess.ts'
import { entryPath } from './entries.ts'
import type { Fault } from './faultPlan.ts'
import type { Credentials } from './messages.ts'
import type { Proxy } from './proxy.ts'
import type { ClockSetting } from './scaledClock.ts'

export interface WorkerSetup {
  readonly name: string
  readonly slots: number
  readonly outputPath: string
  readonly via: Proxy | undefined
  /** See `workerStartSchema`. */
  readonly ffmpegPath: string | null
}

/** What a worker needs of its world. */
export interface WorkerHost {
  readonly root: string
  readonly logDir: string
  readonly credentials: Pick<Credentials, 'workerSecret'>
  readonly clockSetting: ClockSetting
  readonly gateway: { readonly dspUrl: string }
  ledgerPath(name: string): string
  spawn(options: Omit<ChildOptions, 'logDir'>): ChildProcess
}

/** One worker of a world through all its lives: same folder, so the same identity and journal. */
export class WorkerHandle {
  readonly name: string
  readonly dataDir: string
  readonly #world: WorkerHost
  readonly #setup: WorkerSetup
  #child: ChildProcess | undefined

  constructor(world: WorkerHost, setup: WorkerSetup) {
    this.#world = world
    this.#setup = setup
    this.name = setup.name
    this.dataDir = join(world.root, setup.name)
  }

  get isAlive(): boolean {
    return this.#child?.isAlive === true
  }

  get process(): ChildProcess {
    if (this.#child === undefined) throw new Error(`${this.name} was never started`)
    return this.#child
  }

  /** A new life on the same folder. */
  async start(faults: readonly Fault[] = []): Promise<void> {
    if (this.isAlive) return
    const { name, slots, outputPath, via, ffmpegPath } = this.#setup
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 })
    const child = this.#world.spawn({ name, entry: entryPath('worker') })
    this.#child = child
    if (faults.some((fault) => fault.action === 'kill')) child.expectEnd()
    const gatewayUrl = via === undefined ? this.#world.gateway.dspUrl : `ws://127.0.0.1:${String(via.port)}/dsp`
    await child.start({
      ...{ dataDir: this.dataDir, gatewayUrl, slots, name, outputPath, ffmpegPath, faults },
      workerSecret: this.#world.credentials.workerSecret,
      clock: this.#world.clockSetting,
      logFile: join(this.#world.logDir, `${name}.jsonl`),
      ledgerPath: this.#world.ledgerPath(`worker-${name}`),
    })
  }

  arm(faults: readonly Fault[]): Promise<void> {
    return this.process.arm(faults)
  }

  async kill(): Promise<void> {
    await this.#child?.kill()
  }

  async stop(): Promise<void> {
    await this.#child?.stop()
  }

  freeze(): void {
    this.process.signal('SIGSTOP')
  }

  thaw(): void {
    this.process.signal('SIGCONT')
  }

  /** Results that are made and not yet taken by the gateway. */
  async owes(): Promise<number> {
    const spool = join(this.dataDir, 'spool')
    return existsSync(spool) ? (await readdir(spool)).length : 0
  }
}
