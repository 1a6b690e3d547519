import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from '../auditor/audit.ts'
import type { Expectations, ProcessEnd, Violation } from '../auditor/evidence.ts'
import type { ClientFact, PoolFact, WorkerFact } from '../auditor/facts.ts'
import { openLedger } from '../auditor/ledger.ts'
import type { Ledger } from '../auditor/ledger.ts'
import { isTerminal } from '../../../src/protocol/task/index.ts'
import type { Clock } from '../../../src/shared/index.ts'
import { ChildProcess } from './childProcess.ts'
import type { ChildOptions } from './childProcess.ts'
import { createTrialClient } from './client.ts'
import type { TrialClient } from './client.ts'
import { collectEvidence } from './collect.ts'
import { outputVideo } from './fixtures.ts'
import { GatewayHandle } from './gatewayHandle.ts'
import type { Credentials, GatewayOverrides } from './messages.ts'
import { Proxy } from './proxy.ts'
import type { Random } from './random.ts'
import { createScaledClock } from './scaledClock.ts'
import type { ClockSetting } from './scaledClock.ts'
import { WorkerHandle } from './workerHandle.ts'

export interface WorldOptions {
  readonly random: Random
  /** How many times faster than real time; default 60. */
  readonly factor?: number
  readonly overrides?: GatewayOverrides
  /** Where the gateway's data lies; default a folder of the world. */
  readonly gatewayDir?: string
  /** Before the gateway's Node: `prlimit …`. */
  readonly gatewayWrapper?: readonly string[]
  readonly gatewayNodeOptions?: readonly string[]
  /** The gateway reads `credentials.json` in its data folder; the trial writes it. */
  readonly readsCredentials?: boolean
}

export const TENANT = 't-trial'
const DEFAULT_FACTOR = 60
const SETTLE_LIMIT_MS = 30_000
const SETTLE_POLL_MS = 20

/** Requests of a trial are not what rate limits are about; slow bodies and late registrations neither. */
const UNHURRIED: GatewayOverrides = {
  limits: {
    submitsPerMinute: 100_000,
    submitBurst: 100_000,
    requestsPerMinute: 1_000_000,
    queuedPerTenant: 100_000,
    queuedInAll: 100_000,
  },
  timings: { socketAuthMs: 120_000, jsonBodyMs: 600_000, uploadCheckMs: 600_000, downloadCheckMs: 600_000 },
  poolSettings: { lowDiskBytes: 0 },
}

/** One trial's own gateway, workers, clients and ledgers, in a folder of its own. */
export class World {
  readonly root: string
  readonly random: Random
  readonly clock: Clock
  readonly clockSetting: ClockSetting
  readonly credentials: Credentials
  readonly gateway: GatewayHandle
  readonly client: TrialClient
  readonly clientFacts: Ledger<ClientFact>
  readonly poolFacts: Ledger<PoolFact>
  /** For scripted workers, which live in this process. */
  readonly workerFacts: Ledger<WorkerFact>
  readonly ends: ProcessEnd[] = []
  /** Poison tasks and damaged files of this trial. */
  readonly poison = new Set<string>()
  readonly damaged = new Set<string>()
  readonly workers: WorkerHandle[] = []
  readonly #proxies: Proxy[] = []
  readonly #closers: (() => Promise<void> | void)[] = []
  #serial = 0

  private constructor(root: string, options: WorldOptions) {
    this.root = root
    this.random = options.random
    this.clockSetting = { factor: options.factor ?? DEFAULT_FACTOR, epochMs: Date.now(), skewMs: 0 }
    this.clock = createScaledClock(this.clockSetting)
    const secret = (name: string): string => options.random.fork(name).hex(24)
    this.credentials = {
      licenseKey: `lk_${secret('license')}`,
      workerSecret: `ws_${secret('worker')}`,
      adminToken: `ad_${secret('admin')}`,
      tenant: TENANT,
    }
    for (const dir of ['logs', 'scratch', 'ledgers']) mkdirSync(join(root, dir), { recursive: true })
    this.clientFacts = openLedger<'client'>(this.ledgerPath('client'))
    this.poolFacts = openLedger<'pool'>(this.ledgerPath('pool'))
    this.workerFacts = openLedger<'worker'>(this.ledgerPath('worker-scripted'))
    this.gateway = new GatewayHandle(this, {
      dataDir: options.gatewayDir ?? join(root, 'gateway'),
      wrapper: options.gatewayWrapper ?? [],
      nodeOptions: options.gatewayNodeOptions ?? [],
      readsCredentials: options.readsCredentials ?? false,
      overrides: merged(UNHURRIED, options.overrides ?? {}),
    })
    this.client = this.openClient()
  }

  static async open(options: WorldOptions): Promise<World> {
    return new World(await mkdtemp(join(tmpdir(), 'dhs-faults-')), options)
  }

  get proxyHosts(): readonly string[] {
    return this.#proxies.map((proxy) => `127.0.0.1:${String(proxy.port)}`)
  }

  get logDir(): string {
    return join(this.root, 'logs')
  }

  ledgerPath(name: string): string {
    return join(this.root, 'ledgers', `${name}.jsonl`)
  }

  /** A client of the tenant; all write into one ledger. `via`: through a proxy, under its own address. */
  openClient(via?: Proxy, licenseKey = this.credentials.licenseKey): TrialClient {
    return createTrialClient({
      tenant: TENANT,
      licenseKey,
      baseUrl: () => (via === undefined ? this.gateway.url : `http://127.0.0.1:${String(via.port)}`),
      clock: this.clock,
      scratchDir: join(this.root, 'scratch'),
      facts: this.clientFacts,
      pool: this.poolFacts,
    })
  }

  /** Call it before the gateway starts: the gateway is told its names then. */
  async openProxy(): Promise<Proxy> {
    const proxy = await Proxy.open()
    this.#proxies.push(proxy)
    if (this.gateway.port !== 0) proxy.target(this.gateway.port)
    return proxy
  }

  retargetProxies(port: number): void {
    for (const proxy of this.#proxies) proxy.target(port)
  }

  /** A real worker in a process of its own, connected once the gateway is there. */
  async startWorker(
    options: {
      readonly name?: string
      readonly slots?: number
      readonly via?: Proxy
      readonly ffmpegPath?: string
    } = {},
  ): Promise<WorkerHandle> {
    const name = options.name ?? `worker-${String(this.workers.length + 1)}`
    const worker = new WorkerHandle(this, {
      name,
      slots: options.slots ?? 2,
      via: options.via,
      ffmpegPath: options.ffmpegPath ?? null,
      outputPath: outputVideo(),
    })
    this.workers.push(worker)
    await worker.start()
    return worker
  }

  /** Names of the visible files of the tenant's pool. */
  poolFiles(): readonly string[] {
    const dir = join(this.gateway.dataDir, 'pool', TENANT)
    return existsSync(dir) ? readdirSync(dir) : []
  }

  spawn(options: Omit<ChildOptions, 'logDir'>): ChildProcess {
    this.#serial += 1
    const child = new ChildProcess({ ...options, logDir: this.logDir }, this.#serial)
    void child.ended.then((end) => this.ends.push(end))
    return child
  }

  onClose(close: () => Promise<void> | void): void {
    this.#closers.unshift(close)
  }

  /** Waits until every task is at its end and nobody owes a result; brings a dead gateway back first. */
  async settle(limitMs = SETTLE_LIMIT_MS): Promise<boolean> {
    const deadline = performance.now() + limitMs
    while (performance.now() < deadline) {
      if (!this.gateway.isAlive) await this.gateway.start()
      const views = await this.client.list()
      const isDone = views?.every((view) => isTerminal(view.state)) === true
      if (isDone && (await this.#nothingIsOwed())) return true
      await new Promise((resolvePoll) => setTimeout(resolvePoll, SETTLE_POLL_MS))
    }
    return false
  }

  /** Settles, stops everything in order and looks at what is left. */
  async verify(expectations: Partial<Expectations> = {}): Promise<Violation[]> {
    await this.settle()
    const evidence = await collectEvidence(this, {
      isSettled: true,
      poison: this.poison,
      damaged: this.damaged,
      ...expectations,
    })
    return audit(evidence)
  }

  /** Ends whatever still runs. `keep`: the folder stays, for a person to look at. */
  async close(keep = false): Promise<void> {
    for (const close of this.#closers) await close()
    await Promise.all([...this.workers.map((worker) => worker.kill()), this.gateway.end()])
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
    for (const ledger of [this.clientFacts, this.poolFacts, this.workerFacts]) ledger.close()
    if (!keep) await rm(this.root, { recursive: true, force: true })
  }

  async #nothingIsOwed(): Promise<boolean> {
    const owed = await Promise.all(this.workers.map((worker) => worker.owes()))
    return owed.every((count) => count === 0)
  }
}

function merged(base: GatewayOverrides, given: GatewayOverrides): GatewayOverrides {
  return {
    ...base,
    ...given,
    limits: { ...base.limits, ...given.limits },
    timings: { ...base.timings, ...given.timings },
    poolSettings: { ...base.poolSettings, ...given.poolSettings },
  }
}
