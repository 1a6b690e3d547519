import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { WebSocket } from 'ws'
import { DSP_CLOSE } from '../../../protocol/dsp/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import { isSameSecret } from '../../auth/secrets.ts'
import { splitTarget } from '../../sockets/splitTarget.ts'
import type { GatewayParts } from '../../parts.ts'
import { errorBody, errorFrame } from '../frames.ts'
import { FieldConnection } from './FieldConnection.ts'
import type { FieldWorkerOptions } from './fieldOptions.ts'
import { FIELD_TIMINGS } from './fieldOptions.ts'
import { FieldRunTable } from './fieldRunTable.ts'
import { FieldWorker } from './FieldWorker.ts'
import { fieldWorkerId, plainAddress } from './serverAddress.ts'
import type { FieldServer } from './serverAddress.ts'

export interface FieldDoorDeps {
  readonly parts: GatewayParts
  readonly db: Database
  readonly options: FieldWorkerOptions
  readonly workerSecret: string
  readonly dataDir: string
}

/** The part of `/dsp` that speaks the dialect of field workers. */
export class FieldDoor {
  readonly #deps: FieldDoorDeps
  readonly #table: FieldRunTable
  readonly #tempDir: string
  readonly #workers = new Map<string, FieldWorker>()
  readonly #connections = new Set<FieldConnection>()
  #lastConnectionId = 0
  /** Who has the one address that is for anybody. */
  #defaultHolder: string | undefined

  private constructor(deps: FieldDoorDeps, tempDir: string) {
    this.#deps = deps
    this.#table = new FieldRunTable(deps.db)
    this.#tempDir = tempDir
  }

  /** Goes on with the runs that an earlier process began. */
  static async open(deps: FieldDoorDeps): Promise<FieldDoor> {
    const tempDir = join(deps.dataDir, 'field')
    // Half-fetched results of an earlier process are fetched again.
    await rm(tempDir, { recursive: true, force: true })
    await mkdir(tempDir, { recursive: true, mode: 0o700 })
    const door = new FieldDoor(deps, tempDir)
    for (const row of door.#table.all()) door.#worker(row.workerId).restore(row)
    return door
  }

  /** Whether an upgrade brings the token of a field worker; everybody else proves himself in the core dialect. */
  isFieldWorker(request: IncomingMessage): boolean {
    const { options, workerSecret } = this.#deps
    const given = tokenOf(request)
    if (given === undefined) return false
    const isSecret = isSameSecret(workerSecret, given)
    return options.token === undefined ? isSecret : isSameSecret(options.token, given) || isSecret
  }

  welcome(socket: WebSocket, request: IncomingMessage): void {
    this.#lastConnectionId += 1
    const connection = new FieldConnection(
      {
        parts: this.#deps.parts,
        connectionId: this.#lastConnectionId,
        address: plainAddress(this.#deps.parts.addressOf(request)),
        onRegister: (one) => this.#register(one),
        onFrame: ({ address }, frame) => {
          this.#workers.get(fieldWorkerId(address))?.onFrame(frame)
        },
        onClose: async (one) => {
          await this.#workers.get(fieldWorkerId(one.address))?.detach(one)
        },
      },
      socket,
    )
    this.#connections.add(connection)
    void connection.ended.then(() => this.#connections.delete(connection))
  }

  /** Closes every socket with 1012 and leaves the runs to the next start. */
  async stop(): Promise<void> {
    const open = [...this.#connections]
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()))
    for (const connection of open) connection.close(DSP_CLOSE.restart, 'the gateway is stopping')
    await Promise.all(open.map((connection) => connection.ended))
  }

  /**
   * A worker that lost its connection comes back while the old one still looks open here; another machine behind the
   * same address looks just alike. Whose old connection answers is another machine: they must not evict each other in
   * turns, so the first one stays.
   */
  async #register(connection: FieldConnection): Promise<void> {
    const { parts, options } = this.#deps
    const worker = this.#worker(fieldWorkerId(connection.address))
    const older = worker.connection
    const probeMs = options.timings?.probeMs ?? FIELD_TIMINGS.probeMs
    if (older !== undefined && (await older.isAlive(probeMs))) {
      parts.log.warn('two field workers come from one address; the second one is turned away', {
        address: connection.address,
      })
      connection.send(errorFrame(errorBody('WORKER_REPLACED')))
      connection.close(DSP_CLOSE.replaced, 'another machine has this address')
      return
    }
    await worker.attach(connection)
  }

  #worker(workerId: string): FieldWorker {
    const known = this.#workers.get(workerId)
    if (known !== undefined) return known
    const { parts, options } = this.#deps
    const worker = new FieldWorker({
      ...{ parts, table: this.#table, workerId, tempDir: this.#tempDir },
      timings: { ...FIELD_TIMINGS, ...options.timings },
      server: () => this.#serverOf(workerId),
    })
    this.#workers.set(workerId, worker)
    return worker
  }

  #serverOf(workerId: string): Omit<FieldServer, 'address'> | undefined {
    const { servers, serverUrl: url, serverSecret: secret } = this.#deps.options
    const own = servers.find(({ address }) => fieldWorkerId(address) === workerId)
    if (own !== undefined) return own
    return url !== undefined && this.#mayHaveDefault(workerId, url) ? { url, secret } : undefined
  }

  /** One address is one machine: the one it names, else the first that came, as long as that one is in use. */
  #mayHaveDefault(workerId: string, url: string): boolean {
    const named = this.#workers.get(fieldWorkerId(new URL(url).hostname.replace(/^\[|\]$/g, '')))
    if (named?.isInUse === true) return named.workerId === workerId
    const holder = this.#defaultHolder === undefined ? undefined : this.#workers.get(this.#defaultHolder)
    if (holder?.isInUse !== true && this.#defaultHolder !== workerId) {
      this.#deps.parts.log.info('the one HTTP address for field workers is this one’s', { worker: workerId })
      this.#defaultHolder = workerId
    }
    return this.#defaultHolder === workerId
  }
}

function tokenOf(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  return new URLSearchParams(splitTarget(request.url ?? '').query).get('token') ?? undefined
}
