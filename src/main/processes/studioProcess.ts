import { MessageChannelMain } from 'electron'
import type { MessagePortMain } from 'electron'
import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { createProcessHost } from '../../shared/node/index.ts'
import type { ProcessHost, ProcessHostDeps } from '../../shared/node/index.ts'
import { fromChildSchema } from '../../protocol/process/index.ts'
import type { StudioStart, ToChild } from '../../protocol/process/index.ts'
import { createDoorLink } from './doorClient.ts'
import type { DoorLink } from './doorClient.ts'
import { utilityAdapter } from './utilityAdapter.ts'

const RESTART = { backoff: { baseMs: 300, factor: 2, capMs: 5_000 }, breaker: { crashes: 3, windowMs: 60_000 } }
const READY_TIMEOUT_MS = 20_000
/** Uploads write their checkpoint well within it. */
const STOP_TIMEOUT_MS = 4_000
const STOP: ToChild = { kind: 'stop' }
const PAGE_PORT: ToChild = { kind: 'port' }

type GatewayAt = StudioStart['gateway']

export interface StudioProcessDeps {
  readonly entry: string
  readonly env: Readonly<Record<string, string>>
  readonly config: Omit<StudioStart, 'kind' | 'role' | 'gateway'>
  /** Serves the platform contract on a port until that port closes. */
  readonly servePlatform: (port: MessagePortMain) => void
  readonly clock: Clock
  readonly log: ProcessHostDeps['log']
}

/** The studio as a utility process: started, watched, and given its ports at every life. */
export interface StudioProcess {
  readonly host: ProcessHost
  readonly door: DoorLink
  /** Its own explanation of why its last life could not start, if it gave one. */
  lastFailure(): AppError | undefined
  /** Tells the studio where the embedded gateway is; remembered for its later lives. */
  setGateway(gateway: GatewayAt): void
  /** Hands a page's port over; false while the studio does not run. */
  connectPage(port: MessagePortMain): boolean
  stop(): Promise<void>
}

export function createStudioProcess(deps: StudioProcessDeps): StudioProcess {
  const door = createDoorLink()
  let gateway: GatewayAt = null
  let lastFailure: AppError | undefined
  const adapter = utilityAdapter({
    entry: deps.entry,
    serviceName: 'Digital Human Studio: studio',
    env: deps.env,
    firstPorts: () => {
      const { port1, port2 } = new MessageChannelMain()
      deps.servePlatform(port1)
      return [port2, door.renew()]
    },
  })
  const host = createProcessHost({
    name: 'studio',
    spawn: adapter,
    hello: (): StudioStart => ({ kind: 'start', role: 'studio', ...deps.config, gateway }),
    ...RESTART,
    clock: deps.clock,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    stopMessage: STOP,
    isReady: (message) => fromChildSchema.safeParse(message).data?.kind === 'ready',
    log: deps.log,
  })
  host.onMessage((message) => {
    const told = fromChildSchema.safeParse(message).data
    if (told?.kind === 'ready') lastFailure = undefined
    if (told?.kind !== 'failed') return
    lastFailure = AppError.fromJSON(told.error)
    deps.log({ event: 'process.failed', name: 'studio', error: told.error })
  })
  const tellGateway = (): void => {
    const message: ToChild = { kind: 'gateway', gateway }
    host.send(message)
  }
  // It may have come between the start message and the ready one.
  host.onState(({ kind }) => {
    if (kind === 'running') tellGateway()
  })
  return {
    host,
    door,
    lastFailure: () => lastFailure,
    setGateway(next) {
      gateway = next
      tellGateway()
    },
    connectPage: (port) => host.state.kind === 'running' && adapter.post(PAGE_PORT, [port]),
    async stop() {
      await host.stop()
      door.close()
    },
  }
}
