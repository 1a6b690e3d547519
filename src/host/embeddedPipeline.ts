import { AppError, createEmitter, randomHex } from '../shared/index.ts'
import type { Clock, Emitter } from '../shared/index.ts'
import { createProcessHost } from '../shared/node/index.ts'
import type { HostState, ProcessHost, SpawnAdapter } from '../shared/node/index.ts'
import { fromChildSchema } from '../protocol/process/index.ts'
import type { FromChild, GatewayStart, ToChild, WorkerStart } from '../protocol/process/index.ts'

/** The tenant of everything made on this PC through the embedded gateway. */
const EMBEDDED_TENANT = 'this-pc'

const RESTART = { backoff: { baseMs: 500, factor: 2, capMs: 10_000 }, breaker: { crashes: 3, windowMs: 60_000 } }
const STOP: ToChild = { kind: 'stop' }

export interface EmbeddedPipelineDeps {
  /** Holds `gateway/` and `worker/`. */
  readonly dataDir: string
  readonly spawn: { readonly gateway: SpawnAdapter; readonly worker: SpawnAdapter }
  readonly engine: string
  readonly slots: number
  readonly ffmpegPath: string | null
  readonly clock: Clock
  readonly log: (line: { readonly event: string; readonly name: string; readonly [key: string]: unknown }) => void
}

/** Where the embedded gateway listens, and this launch's key to it. */
export interface GatewayAddress {
  readonly url: string
  readonly token: string
}

export interface PipelineState {
  readonly gateway: HostState['kind']
  readonly worker: HostState['kind']
}

/** A gateway and a worker on this PC, started, watched and stopped together. */
export interface EmbeddedPipeline {
  /** Resolves when the gateway listens; rejects with the child's own reason (DB_IN_USE, DISK_FULL, …). */
  start(): Promise<GatewayAddress>
  readonly state: PipelineState
  onState(listener: (state: PipelineState) => void): () => void
  /** A part crashed three times in a minute and stays down; the error is its own explanation where it gave one. */
  onBroken(listener: (error: AppError) => void): () => void
  /** A restarted gateway found its port taken and listens elsewhere. */
  onMoved(listener: (address: GatewayAddress) => void): () => void
  /** Closes an open breaker and starts again. */
  reset(): void
  /** Worker first, so that it can hand its leases back. Idempotent. */
  stop(): Promise<void>
}

interface Part {
  readonly name: string
  readonly host: ProcessHost
  /** The child's own explanation of its last exit. */
  readonly failures: Emitter<AppError>
  /** The explanation of the life that ended last; undefined when that one said nothing. */
  lastFailure(): AppError | undefined
}

export function createEmbeddedPipeline(deps: EmbeddedPipelineDeps): EmbeddedPipeline {
  const secrets = { licenseKey: `lk_${randomHex(32)}`, workerSecret: randomHex(32), adminToken: randomHex(32) }
  const states = createEmitter<PipelineState>()
  const broken = createEmitter<AppError>()
  const moved = createEmitter<GatewayAddress>()
  let address: GatewayAddress | undefined
  let port = 0
  let isStopped = false

  const gateway = createPart('gateway', deps, deps.spawn.gateway, (): GatewayStart => ({
    kind: 'start',
    role: 'gateway',
    dataDir: `${deps.dataDir}/gateway`,
    host: '127.0.0.1',
    // The port it had before, so that worker and studio find a restarted gateway where it was.
    port,
    tenant: EMBEDDED_TENANT,
    ...secrets,
  }))
  const worker = createPart('worker', deps, deps.spawn.worker, (): WorkerStart => ({
    kind: 'start',
    role: 'worker',
    dataDir: `${deps.dataDir}/worker`,
    gatewayUrl: address?.url ?? '',
    workerSecret: secrets.workerSecret,
    slots: deps.slots,
    engine: deps.engine,
    ffmpegPath: deps.ffmpegPath,
  }))

  const readState = (): PipelineState => ({ gateway: gateway.host.state.kind, worker: worker.host.state.kind })
  const announce = (): void => {
    states.emit(readState())
  }
  for (const part of [gateway, worker]) watch(part, announce, broken)
  gateway.host.onMessage((message) => {
    const ready = parse(message)
    if (ready?.kind !== 'ready' || ready.url === undefined) return
    port = ready.port ?? port
    const before = address
    address = { url: ready.url, token: secrets.licenseKey }
    if (before !== undefined && before.url !== address.url) {
      // A worker knows only the address it was started with.
      void worker.host.stop()
      moved.emit(address)
    }
    // A gateway that was told to stop while it started may say "ready" on its way out.
    if (!isStopped) worker.host.start()
  })
  gateway.failures.on((error) => {
    // Somebody took the port while the gateway was down: any other will do, and everybody is told of it.
    if (error.code === 'PORT_IN_USE') port = 0
  })

  return {
    async start() {
      isStopped = false
      await startPart(gateway)
      if (address === undefined) throw new AppError('INTERNAL', { message: 'the gateway told no address' })
      return address
    },
    get state() {
      return readState()
    },
    onState: (listener) => states.on(listener),
    onBroken: (listener) => broken.on(listener),
    onMoved: (listener) => moved.on(listener),
    reset() {
      gateway.host.reset()
      worker.host.reset()
    },
    async stop() {
      isStopped = true
      await worker.host.stop()
      await gateway.host.stop()
    },
  }
}

function watch(part: Part, announce: () => void, broken: Emitter<AppError>): void {
  part.host.onState((state) => {
    announce()
    if (state.kind === 'broken') broken.emit(part.lastFailure() ?? crashed(part.name))
  })
}

function createPart(
  name: string,
  deps: EmbeddedPipelineDeps,
  spawn: SpawnAdapter,
  hello: () => GatewayStart | WorkerStart,
): Part {
  const failures = createEmitter<AppError>()
  const host = createProcessHost({
    name,
    spawn,
    hello,
    ...RESTART,
    clock: deps.clock,
    readyTimeoutMs: 20_000,
    stopTimeoutMs: 9_000,
    stopMessage: STOP,
    isReady: (message) => parse(message)?.kind === 'ready',
    log: deps.log,
  })
  let last: AppError | undefined
  host.onState((state) => {
    if (state.kind === 'starting') last = undefined
  })
  host.onMessage((message) => {
    const parsed = parse(message)
    if (parsed?.kind !== 'failed') return
    last = AppError.fromJSON(parsed.error)
    failures.emit(last)
  })
  return { name, host, failures, lastFailure: () => last }
}

function crashed(name: string): AppError {
  return new AppError('PROCESS_CRASHED', { data: { process: name, times: RESTART.breaker.crashes } })
}

/** A child that explains its failure is believed at once; starting it again could not go otherwise. */
async function startPart(part: Part): Promise<void> {
  const explained = Promise.withResolvers<undefined>()
  const leave = part.failures.on(explained.reject)
  part.host.start()
  try {
    await Promise.race([part.host.whenRunning(), explained.promise])
  } catch (error) {
    await part.host.stop()
    throw error
  } finally {
    leave()
    explained.resolve(undefined)
  }
}

function parse(message: unknown): FromChild | undefined {
  const result = fromChildSchema.safeParse(message)
  return result.success ? result.data : undefined
}
