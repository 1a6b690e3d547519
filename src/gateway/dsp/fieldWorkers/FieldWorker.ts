import { createGpuServerClient } from '../../../client/index.ts'
import type { GpuServerClient } from '../../../client/index.ts'
import { DSP_CLOSE } from '../../../protocol/dsp/index.ts'
import type { EngineInfo, GatewayFrame, Job, LeaseRef, WorkerInfo } from '../../../protocol/dsp/index.ts'
import { HEYGEM_SUBMIT, isTerminal } from '../../../protocol/task/index.ts'
import { AppError, randomHex } from '../../../shared/index.ts'
import type { Timer } from '../../../shared/index.ts'
import type { WorkerLink } from '../../dispatch/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { errorBody, errorFrame } from '../frames.ts'
import { acceptanceOf } from './fieldFrames.ts'
import type { FieldFrame } from './fieldFrames.ts'
import type { FieldConnection } from './FieldConnection.ts'
import type { FieldTimings } from './fieldOptions.ts'
import type { FieldRunRow, FieldRunTable } from './fieldRunTable.ts'
import { FieldRun } from './FieldRun.ts'
import { FIELD_ENGINE } from './outcome.ts'
import type { FieldServer } from './serverAddress.ts'

export interface FieldWorkerDeps {
  readonly parts: GatewayParts
  readonly table: FieldRunTable
  readonly timings: FieldTimings
  readonly workerId: string
  readonly tempDir: string
  /** Where its HTTP side is, asked when it is needed: with one address for all, another may have it now. */
  server(): Omit<FieldServer, 'address'> | undefined
}

const NO_ADDRESS = 'nobody said where its HTTP side is: name it in the settings file of the field workers'
const NOT_ASKED = 'its HTTP side was not asked yet'
/** It runs one at a time, whatever its settings say. */
const SLOTS = 1

/**
 * One machine of the field, in the place of a worker of our own: what that would say of itself (accept, heartbeat,
 * progress, result) is found out here over its HTTP side. Its runs outlive its connections.
 */
export class FieldWorker {
  readonly workerId: string
  readonly #deps: FieldWorkerDeps
  readonly #runs = new Map<string, FieldRun>()
  #connection: FieldConnection | undefined
  #client: { readonly url: string; readonly client: GpuServerClient } | undefined
  #engine: EngineInfo = engineOf(NOT_ASKED)
  #beatTimer: Timer | undefined
  #beating: Promise<void> | undefined
  readonly #halt = new AbortController()

  constructor(deps: FieldWorkerDeps) {
    this.#deps = deps
    this.workerId = deps.workerId
  }

  get connection(): FieldConnection | undefined {
    return this.#connection
  }

  get isInUse(): boolean {
    return this.#connection !== undefined || this.#runs.size > 0
  }

  /** Makes it a member of the fleet, takes its live leases back, and opens it for jobs. */
  async attach(connection: FieldConnection): Promise<void> {
    // Its runs were given up without a word: naming none here would count their leases as lost.
    if (this.#halt.signal.aborted) return
    const { fleet, dispatcher, log } = this.#deps.parts
    const { connectionId } = connection
    const admission = fleet.admit(this.workerId, connectionId)
    if (admission.kind !== 'welcome') {
      const isLater = admission.kind === 'later'
      const code = isLater ? 'WORKER_FLAPPING' : 'WORKER_REPLACED'
      connection.send(errorFrame(errorBody(code, isLater ? { retryAfterMs: admission.retryAfterMs } : {})))
      connection.close(isLater ? DSP_CLOSE.rate : DSP_CLOSE.replaced, code)
      return
    }
    // What it was asked over an older socket will not be answered over this one.
    if (this.#connection !== undefined) this.#unplug()
    this.#connection = connection
    const { serverId } = fleet.join(this.#info(), connectionId)
    dispatcher.link(this.workerId)?.close(DSP_CLOSE.replaced, 'another connection of this worker is newer')
    const resumed = await dispatcher.resume(this.workerId, this.#refs())
    this.#drop(resumed.revoked, 'revoked')
    this.#drop(resumed.cancel, 'cancelled')
    connection.send({ type: 'registered', role: 'worker', server_id: serverId })
    log.info('field worker registered', { server: serverId, worker: this.workerId, address: connection.address })
    if (!connection.isOpen) return
    dispatcher.attach(this.#linkOf(connection, serverId), admission.restMs)
    this.#beatSoon(0)
  }

  /** The close of an older socket takes nothing from a newer one: sockets are compared, not workers. */
  async detach(connection: FieldConnection): Promise<void> {
    const { fleet, dispatcher } = this.#deps.parts
    const { connectionId } = connection
    if (this.#connection === connection) {
      this.#connection = undefined
      this.#unplug()
    }
    fleet.leave(this.workerId, connectionId)
    const link = dispatcher.link(this.workerId)
    if (link?.connectionId === connectionId) await dispatcher.detach(link)
  }

  onFrame(frame: Exclude<FieldFrame, { readonly type: 'register' }>): void {
    if (frame.type === 'gpu.power.online') return
    const runs = [...this.#runs.values()]
    if (frame.type === 'gpu.job.result') {
      const run = runs.find(({ requestId }) => requestId === frame.request_id)
      if (run !== undefined) run.answer(acceptanceOf(frame))
      else this.#deps.parts.log.debug('an answer to no job of now', { worker: this.workerId })
      return
    }
    for (const run of runs) if (run.remoteId === frame.task_id) run.poke()
  }

  /** Goes on with a run that an earlier process began; without an acceptance it is given back. */
  restore({ ref, requestId, remoteId }: FieldRunRow): void {
    const run = this.#begin(ref, requestId, remoteId)
    if (remoteId === null) run.abandon('unplugged')
    this.#beatSoon(0)
  }

  /** Gives up every run without a word: they are gone on with after the next start. */
  async stop(): Promise<void> {
    this.#halt.abort(new AppError('SHUTTING_DOWN'))
    this.#beatTimer?.cancel()
    const runs = [...this.#runs.values()]
    for (const run of runs) run.abandon('stop')
    await Promise.all(runs.map((run) => run.ended))
    await this.#beating
  }

  #linkOf(connection: FieldConnection, serverId: string): WorkerLink {
    return {
      ...{ connectionId: connection.connectionId, workerId: this.workerId, serverId },
      send: (frame) => connection.isOpen && this.#take(frame),
      close: (closeCode, reason) => {
        connection.close(closeCode, reason)
      },
    }
  }

  /** What dispatch tells a worker. It knows neither drain nor acks; whoever drains it just gives it nothing more. */
  #take(frame: GatewayFrame): boolean {
    if (frame.type === 'gpu.job.submit') this.#job(frame)
    else if (frame.type === 'gpu.job.dispatch.batch') for (const job of frame.data.jobs) this.#job(job)
    else if (frame.type === 'gpu.job.cancel') this.#drop([frame.task_id], 'cancelled')
    return true
  }

  #job(job: Job): void {
    const ref = { task_id: job.task_id, epoch: job.epoch, token: job.token }
    const requestId = `d${randomHex(12)}`
    // Before the job can be sent: what it becomes must be found again by a later process.
    this.#deps.table.begin({ ref, workerId: this.workerId, requestId })
    this.#begin(ref, requestId, null)
  }

  #begin(ref: LeaseRef, requestId: string, remoteId: string | null): FieldRun {
    this.#runs.get(ref.task_id)?.abandon('revoked')
    const { parts, table, timings, tempDir } = this.#deps
    const deps = {
      ...{ parts, table, timings, tempDir, workerId: this.workerId, log: parts.log },
      client: () => this.#clientNow(),
      submit: (frame: Parameters<FieldConnection['send']>[0]) => this.#connection?.send(frame) ?? false,
      onUnreachable: () => {
        this.#beatSoon(0)
      },
      onSilent: () => this.#connection?.close(DSP_CLOSE.restart, 'a job was not answered'),
    }
    const run = new FieldRun(deps, ref, requestId, remoteId)
    this.#runs.set(ref.task_id, run)
    void run.ended.then(() => {
      if (this.#runs.get(ref.task_id) === run) this.#runs.delete(ref.task_id)
    })
    return run
  }

  #unplug(): void {
    for (const run of this.#runs.values()) run.unplug()
  }

  #drop(taskIds: readonly string[], reason: 'revoked' | 'cancelled'): void {
    for (const taskId of taskIds) this.#runs.get(taskId)?.abandon(reason)
  }

  #refs(): readonly LeaseRef[] {
    return [...this.#runs.values()].map(({ ref }) => ref)
  }

  #clientNow(): GpuServerClient | undefined {
    const server = this.#deps.server()
    if (server === undefined) return undefined
    if (this.#client?.url !== server.url) {
      const { url, secret } = server
      this.#client = { url, client: createGpuServerClient({ url, secret, answerMs: this.#deps.timings.answerMs }) }
    }
    return this.#client.client
  }

  #beatSoon(delayMs: number): void {
    this.#beatTimer?.cancel()
    if (this.#halt.signal.aborted) return
    this.#beatTimer = this.#deps.parts.clock.setTimer(() => {
      this.#beating = this.#beat()
        .catch((error: unknown) => {
          this.#deps.parts.log.error('a field worker could not be looked after', { worker: this.workerId, error })
        })
        .then(() => {
          if (this.isInUse) this.#beatSoon(this.#deps.parts.timings.heartbeatMs)
        })
    }, delayMs)
  }

  /** What the heartbeat of a worker of our own brings: that it lives, what its engine can, and which leases go on. */
  async #beat(): Promise<void> {
    await this.#renew()
    const { fleet, dispatcher } = this.#deps.parts
    const { isUp, engine } = await this.#look()
    if (this.#halt.signal.aborted || this.#connection === undefined) return
    if (isUp) fleet.heartbeat(this.workerId)
    if (engine.ready === this.#engine.ready && engine.reason === this.#engine.reason) return
    this.#engine = engine
    fleet.setEngines(this.workerId, [engine])
    void dispatcher.kick()
  }

  async #renew(): Promise<void> {
    const runs = [...this.#runs.values()]
    const alive = runs.filter((run) => run.takeContact())
    await this.#dropEnded(runs.filter((run) => !alive.includes(run)))
    if (alive.length === 0) return
    for (const run of alive) await run.tellMoved()
    const refs = alive.map(({ ref }) => ref)
    const outcome = await this.#deps.parts.queue.extend(this.workerId, refs)
    this.#drop(outcome.revoked, 'revoked')
    this.#drop(outcome.cancel, 'cancelled')
  }

  /** A server that never comes back would be asked for ever, also for a task that another one has finished. */
  async #dropEnded(silent: readonly FieldRun[]): Promise<void> {
    for (const { ref } of silent) {
      const holder = await this.#deps.parts.queue.leaseHolder(ref.task_id)
      const isNewest = holder?.token === ref.token && holder.task.epoch === ref.epoch
      if (isNewest && !isTerminal(holder.task.state)) continue
      this.#deps.parts.log.warn('a GPU server that does not answer is not asked for this run any more', {
        ...{ worker: this.workerId, task: ref.task_id },
      })
      this.#drop([ref.task_id], 'revoked')
    }
  }

  async #look(): Promise<{ readonly isUp: boolean; readonly engine: EngineInfo }> {
    const client = this.#clientNow()
    // It is connected, so it lives; it just cannot be used.
    if (client === undefined) return { isUp: true, engine: engineOf(NO_ADDRESS) }
    try {
      const isInitialized = await client.isInitialized({ signal: this.#halt.signal })
      return { isUp: true, engine: engineOf(isInitialized ? undefined : 'its models are not loaded yet') }
    } catch (error) {
      const { code, message } = AppError.from(error)
      const isRefusal = code === 'GPU_SERVER_REFUSED'
      const reason = isRefusal ? 'its HTTP side does not let the gateway in' : 'its HTTP side does not answer'
      return { isUp: isRefusal, engine: engineOf(`${reason}: ${message}`) }
    }
  }

  #info(): WorkerInfo {
    return {
      ...{ id: this.workerId, name: this.#deps.server()?.name ?? this.workerId, boot_id: randomHex(8) },
      ...{ task_types: [HEYGEM_SUBMIT], max_concurrent: SLOTS, engines: [this.#engine], features: [] },
    }
  }
}

function engineOf(reason: string | undefined): EngineInfo {
  const state = reason === undefined ? { ready: true } : { ready: false, reason: reason.slice(0, 1000) }
  return { name: FIELD_ENGINE, version: 'field', ...state, features: [], lip_sync: true }
}
