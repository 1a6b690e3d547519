import { AppError } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import type { Certificate, Logger, TlsFiles } from '../shared/node/index.ts'
import { fewDaysLeft, readCertificate, replaceCertificate, systemClock, toListenError } from '../shared/node/index.ts'
import { assembleGateway } from './app.ts'
import type { AssembledGateway, AssembleOptions } from './app.ts'
import type { GatewayCredentials } from './auth/credentials.ts'
import type { DoorPolicy } from './http/index.ts'
import { addressAt, policyAt } from './ownNames.ts'
import type { GatewayAddress, Reachability } from './ownNames.ts'

type PassedOn =
  | 'metricsTenants'
  | 'timings'
  | 'queueTimings'
  | 'fleetTimings'
  | 'poolSettings'
  | 'powerTimings'
  | 'limits'
  | 'settings'
  | 'power'
  | 'expectsWorker'
  | 'fieldWorkers'

export interface GatewayOptions extends Reachability, Pick<AssembleOptions, PassedOn> {
  /** Existing folder; the gateway owns `gateway.db`, `pool/` and `spool/` in it while it runs. */
  readonly dataDir: string
  /** 0 = any free port. */
  readonly port: number
  readonly credentials: GatewayCredentials
  readonly version: string
  readonly log: Logger
  readonly clock?: Clock
  /** Serves https and wss with this certificate. */
  readonly tls?: TlsFiles
}

export interface Gateway {
  /**
   * Opens the data folder and listens. Throws DB_IN_USE, DB_CORRUPT, DB_FROM_FUTURE, SECRET_WEAK, SECRET_SHARED,
   * PORT_IN_USE, PORT_FORBIDDEN, TLS_*; then nothing stays open. Starts once.
   */
  start(): Promise<GatewayAddress>
  /**
   * Gives no more leases, hands back those nobody accepted, leaves running ones alive, closes sockets with 1012, lets
   * requests end, and flushes: all within `deadlineMs` (8 s when not given). Idempotent.
   */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
  /** Reads the certificate's files again, for connections from now on. Throws TLS_*; the old one is kept then. */
  reloadCertificate(): Promise<void>
}

const STOP_DEADLINE_MS = 8_000
/** Share of the stop's deadline after which nobody is waited for; the rest is for the stores. */
const CUT_AT = 0.75
/** Until the port is known nobody is let in. */
const CLOSED: DoorPolicy = {
  ...{ hosts: new Set(), origins: new Set() },
  ...{ isStopping: false, trustsProxy: false, certificateEndsMs: null, takesDspToken: false },
}

/** A gateway on one data folder and one port. Nothing happens before `start()`. */
export function createGateway(options: GatewayOptions): Gateway {
  const clock = options.clock ?? systemClock
  let policy: DoorPolicy = { ...CLOSED, takesDspToken: options.fieldWorkers !== undefined }
  let starting: Promise<Running> | undefined
  let stopping: Promise<void> | undefined

  return {
    async start() {
      starting ??= run(options, clock, () => policy).then((running) => {
        policy = { ...policy, ...policyAt(options, running.address.port, running.certificate) }
        return running
      })
      return (await starting).address
    },
    stop({ deadlineMs = STOP_DEADLINE_MS } = {}) {
      policy = { ...policy, isStopping: true }
      stopping ??= (starting ?? Promise.resolve(undefined)).then(
        (running) => (running === undefined ? undefined : halt(running, options.log, clock, deadlineMs)),
        // A start that failed has closed everything itself.
        () => undefined,
      )
      return stopping
    },
    async reloadCertificate() {
      const running = await starting
      if (running === undefined || options.tls === undefined) return
      const certificate = await readAndJudge(options.tls, options.log, clock)
      replaceCertificate(running.gateway.app.server, certificate)
      policy = { ...policy, ...policyAt(options, running.address.port, certificate) }
      options.log.info('certificate read again', { validUntil: new Date(certificate.notAfterMs).toISOString() })
    },
  }
}

interface Running {
  readonly gateway: AssembledGateway
  readonly certificate: Certificate | undefined
  readonly address: GatewayAddress
}

async function run(options: GatewayOptions, clock: Clock, policy: () => DoorPolicy): Promise<Running> {
  const certificate = options.tls === undefined ? undefined : await readAndJudge(options.tls, options.log, clock)
  const gateway = await assembleGateway({
    ...options,
    ...{ clock, policy, certificate, trustsProxy: options.trustsProxy ?? false },
  })
  try {
    const port = await listen(gateway, options.host, options.port)
    const address = addressAt(options.host, port, certificate)
    options.log.info('gateway listens', {
      url: address.url,
      version: options.version,
      proxy: options.trustsProxy ?? false,
    })
    gateway.startReaper()
    return { gateway, address, certificate }
  } catch (error) {
    // What fails here is in the log; the reason why it could not start is the one to tell.
    await gateway.stop().catch(() => undefined)
    throw error
  }
}

async function readAndJudge(files: TlsFiles, log: Logger, clock: Clock): Promise<Certificate> {
  const certificate = await readCertificate(files, clock.now())
  const daysLeft = fewDaysLeft(certificate, clock.now())
  if (daysLeft !== undefined) log.warn('the certificate ends soon', { daysLeft })
  return certificate
}

async function listen(gateway: AssembledGateway, host: string, port: number): Promise<number> {
  try {
    await gateway.app.listen({ host, port, exclusive: true })
  } catch (error) {
    throw toListenError(error, host, port)
  }
  const bound = gateway.app.server.address()
  if (bound === null || typeof bound === 'string') throw new AppError('INTERNAL', { message: 'no port was bound' })
  return bound.port
}

async function halt({ gateway }: Running, log: Logger, clock: Clock, deadlineMs: number): Promise<void> {
  const { app, upgrades } = gateway
  const cut = clock.setTimer(() => {
    upgrades.destroyAll()
    app.server.closeAllConnections()
  }, deadlineMs * CUT_AT)
  await gateway.stop().finally(() => {
    cut.cancel()
  })
  log.info('gateway stopped')
}
