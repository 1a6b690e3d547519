import type { AuditEntry, AuditKind } from '../../protocol/admin/index.ts'
import { DAY_MS, HOUR_MS } from '../../shared/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'

/** One call of an operator's route, before it acts. */
export interface AuditCall {
  readonly kind: AuditKind
  readonly actor: string
  readonly address: string
  readonly method: string
  readonly route: string
  readonly requestId: string
  /** Without secrets. */
  readonly input: Values | null
}

export interface AuditOutcome {
  readonly status: number
  readonly code: string | null
  readonly before: Values | null
  readonly after: Values | null
}

export interface AuditFilter {
  readonly kind?: AuditKind | undefined
  readonly limit: number
  /** Older than this entry. */
  readonly cursor?: number | undefined
}

type Values = Readonly<Record<string, unknown>>

const KEPT_MS = 90 * DAY_MS
/** A page that asks every second must not push out who changed what; those are kept for their whole time. */
const KEPT_ENTRIES: readonly (readonly [AuditKind, number])[] = [
  ['read', 100_000],
  ['refused', 10_000],
]
const SWEEP_EVERY_MS = HOUR_MS
/** Between two batches, so that calls get their turn. */
const SWEEP_ON_MS = 1_000
const SWEEP_BATCH = 1_000

interface AuditRow {
  readonly number: number
  readonly at: number
  readonly kind: AuditKind
  readonly actor: string
  readonly address: string
  readonly method: string
  readonly route: string
  readonly request_id: string
  readonly input: string | null
  readonly status: number | null
  readonly code: string | null
  readonly before: string | null
  readonly after: string | null
}

/**
 * Who did what as an operator. Append-only: an entry is durable before its call acts, its outcome before the call is
 * answered. An entry without an outcome tells of a gateway that died in between.
 */
export class AuditLog {
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Logger
  readonly #startedAt: { readonly wallMs: number; readonly mono: number }
  #timer: Timer

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly log: Logger }) {
    this.#db = deps.db
    this.#clock = deps.clock
    this.#log = deps.log
    this.#startedAt = { wallMs: deps.clock.now(), mono: deps.clock.monotonic() }
    this.#timer = this.#scheduleSweep()
  }

  /** Throws what the database throws (DISK_FULL …): then the call must not act. */
  begin(call: AuditCall): number {
    const rows = this.#db.all<{ number: number }>(
      `INSERT INTO audit(at, kind, actor, address, method, route, request_id, input) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       RETURNING number`,
      ...[this.#clock.now(), call.kind, call.actor, call.address, call.method, call.route, call.requestId],
      toText(call.input),
    )
    const [row] = rows
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row')
    return row.number
  }

  end(number: number, outcome: AuditOutcome): void {
    this.#db.run(
      'INSERT INTO audit_outcome(number, status, code, before, after) VALUES (?, ?, ?, ?, ?)',
      ...[number, outcome.status, outcome.code, toText(outcome.before), toText(outcome.after)],
    )
  }

  /** A call that never acted. */
  refuse(call: AuditCall, outcome: AuditOutcome): void {
    this.#db.transaction(() => {
      this.end(this.begin(call), outcome)
    })
  }

  /** Newest first. */
  list({ kind, limit, cursor }: AuditFilter): {
    readonly entries: readonly AuditEntry[]
    readonly cursor: number | null
  } {
    const before = cursor ?? Number.MAX_SAFE_INTEGER
    const columns =
      'SELECT a.*, o.status, o.code, o.before, o.after FROM audit a LEFT JOIN audit_outcome o USING(number)'
    const rows =
      kind === undefined
        ? this.#db.all<AuditRow>(`${columns} WHERE a.number < ? ORDER BY a.number DESC LIMIT ?`, before, limit + 1)
        : this.#db.all<AuditRow>(
            `${columns} WHERE a.kind = ? AND a.number < ? ORDER BY a.number DESC LIMIT ?`,
            ...[kind, before, limit + 1],
          )
    const page = rows.slice(0, limit)
    return { entries: page.map(toEntry), cursor: rows.length > limit ? (page.at(-1)?.number ?? null) : null }
  }

  /** Forgets what is over its time or number, one short batch of each; answers how many. */
  sweep(): number {
    const dropped = KEPT_ENTRIES.map(([kind, kept]) => this.#dropBeyond(kind, kept))
    return dropped.reduce((sum, changes) => sum + changes, this.#dropOld())
  }

  stop(): void {
    this.#timer.cancel()
  }

  /** By the time this process has measured: a wall clock that is set forward must not empty the log. */
  #dropOld(): number {
    const nowMs = this.#startedAt.wallMs + this.#clock.monotonic() - this.#startedAt.mono
    return this.#drop('at < ?', Math.min(nowMs, this.#clock.now()) - KEPT_MS)
  }

  #dropBeyond(kind: AuditKind, kept: number): number {
    const newest = this.#db.get<{ number: number }>(
      'SELECT number FROM audit WHERE kind = ? ORDER BY number DESC LIMIT 1 OFFSET ?',
      ...[kind, kept],
    )
    return newest === undefined ? 0 : this.#drop('kind = ? AND number <= ?', kind, newest.number)
  }

  #drop(where: string, ...values: readonly (string | number)[]): number {
    const sql = `DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE ${where} ORDER BY number LIMIT ?)`
    return this.#db.run(sql, ...values, SWEEP_BATCH).changes
  }

  #scheduleSweep(afterMs = SWEEP_EVERY_MS): Timer {
    return this.#clock.setTimer(() => {
      this.#timer = this.#scheduleSweep(this.#trySweep() === 0 ? SWEEP_EVERY_MS : SWEEP_ON_MS)
    }, afterMs)
  }

  #trySweep(): number {
    try {
      return this.sweep()
    } catch (error) {
      this.#log.error('the audit log could not be swept; it is tried again', { error })
      return 0
    }
  }
}

function toText(values: Values | null): string | null {
  return values === null ? null : JSON.stringify(values)
}

function toEntry(row: AuditRow): AuditEntry {
  const { number, kind, actor, address, method, route, request_id, status, code } = row
  return {
    ...{ number, at: row.at / 1000, kind, actor, address, method, route, request_id, input: toValues(row.input) },
    ...{ status, code, before: toValues(row.before), after: toValues(row.after) },
  }
}

function toValues(text: string | null): Record<string, unknown> | null {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>)
}
