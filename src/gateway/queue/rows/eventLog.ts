import { randomHex } from '../../../shared/index.ts'
import type { Database } from '../../../shared/node/index.ts'
import { metaValue } from '../../store/gatewayDatabase.ts'
import type { TaskRow } from '../life/taskRow.ts'

export interface LoggedTask {
  readonly cursor: string
  readonly row: TaskRow
}

export interface LogPage {
  readonly events: readonly LoggedTask[]
  readonly cursor: string
  readonly more: boolean
  readonly reset: boolean
}

/** Events dropped by one call; a tenant that is looked at counts as some. */
const TRIM_BATCH = 2000
const TENANT_COST = 20

const APPEND = `
INSERT INTO event(tenant, number, task_seq, version, at) VALUES (?, ?, ?, ?, ?)`

const SINCE = `
SELECT event.number AS event_number, task.* FROM event JOIN task ON task.seq = event.task_seq
WHERE event.tenant = ? AND event.number > ? AND task.target_worker IS NULL ORDER BY event.number LIMIT ?`

/**
 * One log per tenant, numbered by itself, so that a number says nothing about other tenants. An event names its task
 * and not its content: whoever reads gets the task as it is now. A cursor carries the log's own name, so that one of
 * another or a restored database is known as foreign.
 */
export class EventLog {
  readonly #db: Database
  readonly #name: string
  /** New events of each tenant since its log was last cut; endlessly many before the first look of this process. */
  readonly #grown = new Map<string, number>()
  /** Tenants whose log was cut by this process: what earlier ones left over is gone. */
  readonly #cut = new Set<string>()
  /** Number of each tenant's newest event, as far as it was asked for: this is the only writer. */
  readonly #last = new Map<string, number>()

  constructor(db: Database) {
    this.#db = db
    this.#name = metaValue(db, 'event_log', () => randomHex(8))
  }

  /** Inside the transaction of the change; answers the event's cursor. */
  append(row: Pick<TaskRow, 'tenant' | 'seq' | 'version'>, atMs: number): string {
    const grown = this.#grown.get(row.tenant) ?? (this.#cut.has(row.tenant) ? 0 : Infinity)
    this.#grown.set(row.tenant, grown + 1)
    const number = (this.#last.get(row.tenant) ?? this.#bounds(row.tenant).last) + 1
    this.#db.run(APPEND, row.tenant, number, row.seq, row.version, atMs)
    this.#last.set(row.tenant, number)
    return this.#cursor(number)
  }

  /** After a rollback: the table knows what was told. */
  reload(): void {
    this.#last.clear()
  }

  since(tenant: string, cursor: string | null, limit: number): LogPage {
    const { first, last } = this.#bounds(tenant)
    const after = cursor === null ? last : this.#numberOf(cursor)
    if (after === undefined || after > last || after < first - 1) {
      return { events: [], cursor: this.#cursor(last), more: false, reset: true }
    }
    const rows = this.#db.all<TaskRow & { event_number: number }>(SINCE, tenant, after, limit)
    const events = rows.map((row) => ({ cursor: this.#cursor(row.event_number), row }))
    const more = rows.length === limit && (rows.at(-1)?.event_number ?? last) < last
    return {
      events,
      cursor: more ? (events.at(-1)?.cursor ?? this.#cursor(last)) : this.#cursor(last),
      more,
      reset: false,
    }
  }

  /**
   * Keeps the newest `keep` events of every tenant, give or take a hundredth; the newest stays, it carries the numbers
   * on. Bounded: what is left over goes with the next call.
   */
  trim(keep: number): void {
    const worthALook = Math.max(1, Math.floor(keep / 100))
    let left = TRIM_BATCH
    for (const [tenant, grown] of this.#grown) {
      if (grown < worthALook) continue
      const { first, last } = this.#bounds(tenant)
      const oldest = Math.min(last - Math.max(1, keep), first + left - 1)
      if (first <= oldest) {
        left -= this.#db.run('DELETE FROM event WHERE tenant = ? AND number <= ?', tenant, oldest).changes
      }
      left -= TENANT_COST
      if (left <= 0) return
      this.#grown.delete(tenant)
      this.#cut.add(tenant)
    }
  }

  #bounds(tenant: string): { readonly first: number; readonly last: number } {
    const edge = (order: 'ASC' | 'DESC'): number | undefined =>
      this.#db.get<{ number: number }>(
        `SELECT number FROM event WHERE tenant = ? ORDER BY number ${order} LIMIT 1`,
        tenant,
      )?.number
    return { first: edge('ASC') ?? 1, last: edge('DESC') ?? 0 }
  }

  #cursor(number: number): string {
    return `${this.#name}-${String(number)}`
  }

  #numberOf(cursor: string): number | undefined {
    const match = /^([0-9a-f]+)-(\d{1,15})$/.exec(cursor)
    return match?.[1] === this.#name ? Number(match[2]) : undefined
  }
}
