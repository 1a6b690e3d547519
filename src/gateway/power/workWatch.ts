import type { Clock } from '../../shared/index.ts'
import type { GpuServer } from '../fleet/port.ts'
import { isIdle } from './powerRules.ts'

/** Since when work waits for any GPU, and since when each server has had nothing to do. */
export class WorkWatch {
  readonly #clock: Clock
  readonly #idleSinceMono = new Map<string, number>()
  #waitingSinceMono: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `isWaiting`: a task is ready, and nobody is there to take it. */
  look(servers: readonly GpuServer[], hasWork: boolean, isWaiting: boolean): void {
    const nowMono = this.#clock.monotonic()
    this.#waitingSinceMono = isWaiting ? (this.#waitingSinceMono ?? nowMono) : undefined
    for (const server of servers) {
      if (hasWork || !isIdle(server)) this.#idleSinceMono.delete(server.serverId)
      else if (!this.#idleSinceMono.has(server.serverId)) this.#idleSinceMono.set(server.serverId, nowMono)
    }
  }

  /** A task came or went there between two looks. */
  worked(serverId: string): void {
    this.#idleSinceMono.delete(serverId)
  }

  /** Its idle time begins anew. */
  restart(serverId: string): void {
    this.#idleSinceMono.set(serverId, this.#clock.monotonic())
  }

  get idleSinceMono(): ReadonlyMap<string, number> {
    return this.#idleSinceMono
  }

  /** Null while nothing waits. */
  waitedMs(): number | null {
    return this.#waitingSinceMono === undefined ? null : this.#clock.monotonic() - this.#waitingSinceMono
  }
}
