import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from './childProcess.ts'
import { entryPath } from './entries.ts'
import type { Fault } from './faultPlan.ts'
import type { StudioJob } from './messages.ts'
import type { World } from './world.ts'

/** The app's studio of a world through all its lives: same folder, same jobs. */
export class StudioHandle {
  readonly outputDir: string
  readonly ledgerPath: string
  readonly #world: World
  readonly #jobs: readonly StudioJob[]
  #child: ChildProcess | undefined

  constructor(world: World, jobs: readonly StudioJob[]) {
    this.#world = world
    this.#jobs = jobs
    this.outputDir = join(world.root, 'videos')
    this.ledgerPath = world.ledgerPath('studio')
    world.onClose(() => this.kill())
  }

  get isAlive(): boolean {
    return this.#child?.isAlive === true
  }

  get process(): ChildProcess {
    if (this.#child === undefined) throw new Error('the studio was never started')
    return this.#child
  }

  async start(faults: readonly Fault[] = []): Promise<void> {
    if (this.isAlive) return
    const dataDir = join(this.#world.root, 'studio')
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const child = this.#world.spawn({ name: 'studio', entry: entryPath('studio') })
    this.#child = child
    if (faults.some((fault) => fault.action === 'kill')) child.expectEnd()
    await child.start({
      ...{ dataDir, outputDir: this.outputDir, ledgerPath: this.ledgerPath, jobs: this.#jobs, faults },
      gateway: { url: this.#world.gateway.url, token: this.#world.credentials.licenseKey },
      clock: this.#world.clockSetting,
      logFile: join(this.#world.logDir, 'studio.jsonl'),
    })
  }

  /** Waits until every job is at its end; answers how each ended. */
  async untilDone(limitMs: number): Promise<Readonly<Record<string, string>>> {
    let last: Readonly<Record<string, string>> = {}
    await new Promise<void>((resolve) => {
      const leave = this.process.on((report) => {
        if (report.type !== 'phases') return
        last = report.phases
        if (Object.values(last).every((phase) => /^(?:done|failed|cancelled)/.test(phase))) finish()
      })
      const timer = setTimeout(() => {
        finish()
      }, limitMs)
      const finish = (): void => {
        clearTimeout(timer)
        leave()
        resolve()
      }
      void this.process.ended.then(finish)
    })
    return last
  }

  async kill(): Promise<void> {
    await this.#child?.kill()
  }

  async stop(): Promise<void> {
    await this.#child?.stop()
  }
}
