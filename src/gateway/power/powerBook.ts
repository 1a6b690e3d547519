import { powerResultSchema } from '../../protocol/dsp/index.ts'
import type { PowerResult } from '../../protocol/dsp/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { withTime } from '../runModel/runModel.ts'
import type { LearnedModel } from '../runModel/runModel.ts'
import type { KeptPauses } from './hookPauses.ts'

interface BookRow {
  readonly server: string
  readonly starts: number
  readonly median_ms: number | null
  readonly spread: number | null
  readonly slots: number
  readonly is_here: number
}

interface PauseRow {
  readonly server: string
  readonly failures: number
  readonly not_before: number
}

interface ServerPower {
  readonly boot: LearnedModel | undefined
  readonly slots: number
  readonly isHere: boolean
}

const UNSEEN: ServerPower = { boot: undefined, slots: 0, isHere: false }
const CALLS_KEPT = 20
/** In `power_pause`: of whichever server the hook chooses. */
const ANY = ''

/**
 * What the power rules remember over a restart: how long servers take to start, who was here, the hook's last calls and
 * how long it is to be left alone.
 * Read from memory, for every waiting task asks; `write` makes it durable.
 */
export class PowerBook {
  readonly #db: Database
  readonly #servers = new Map<string, ServerPower>()
  readonly #unwritten = new Set<string>()
  #results: readonly PowerResult[]
  #pauses: KeptPauses
  #arePausesWritten = true

  constructor(db: Database) {
    this.#db = db
    for (const row of db.all<BookRow>('SELECT * FROM server_power')) this.#servers.set(row.server, toServerPower(row))
    const calls = db.all<{ result: string }>('SELECT result FROM power_call ORDER BY seq DESC')
    this.#results = calls.map(({ result }) => powerResultSchema.parse(JSON.parse(result)))
    this.#pauses = toPauses(db.all<PauseRow>('SELECT * FROM power_pause'))
  }

  /** `bootMs`: how long it took from being asked for; null when nobody asked. */
  arrived(serverId: string, slots: number, bootMs: number | null): void {
    const before = this.bootOfServer(serverId)
    this.#set(serverId, { slots, isHere: true, boot: bootMs === null ? before : withTime(before, bootMs) })
  }

  left(serverId: string): void {
    this.#set(serverId, { ...(this.#servers.get(serverId) ?? UNSEEN), isHere: false })
  }

  /** An operator removed it. */
  forget(serverId: string): void {
    if (this.#servers.delete(serverId)) this.#unwritten.add(serverId)
  }

  bootOfServer(serverId: string): LearnedModel | undefined {
    return this.#servers.get(serverId)?.boot
  }

  /** Of that server; where it was not seen starting, or none is named, of the one that takes longest. */
  bootOf(serverId: string | null): LearnedModel | undefined {
    const own = serverId === null ? undefined : this.bootOfServer(serverId)
    if (own !== undefined) return own
    let longest: LearnedModel | undefined
    for (const { boot } of this.#servers.values()) {
      if (boot !== undefined && boot.medianMs > (longest?.medianMs ?? 0)) longest = boot
    }
    return longest
  }

  /** Of that server, or of the smallest known; 0 when none is. */
  slotsOf(serverId: string | null): number {
    const own = serverId === null ? 0 : (this.#servers.get(serverId)?.slots ?? 0)
    if (own > 0) return own
    const known = [...this.#servers.values()].map(({ slots }) => slots).filter((slots) => slots > 0)
    return known.reduce((least, slots) => Math.min(least, slots), known[0] ?? 0)
  }

  isHere(serverId: string): boolean {
    return this.#servers.get(serverId)?.isHere ?? false
  }

  /** Whether any server was connected when this was last written. */
  isAnybodyHere(): boolean {
    return [...this.#servers.values()].some(({ isHere }) => isHere)
  }

  /** Durable what has changed, in one transaction. Where it throws nothing is lost: the next one writes it. */
  write(): void {
    if (this.#unwritten.size === 0 && this.#arePausesWritten) return
    this.#db.transaction(() => {
      for (const serverId of this.#unwritten) this.#writeOne(serverId, this.#servers.get(serverId))
      if (!this.#arePausesWritten) this.#writePauses()
    })
    this.#unwritten.clear()
    this.#arePausesWritten = true
  }

  get pauses(): KeptPauses {
    return this.#pauses
  }

  setPauses(pauses: KeptPauses): void {
    this.#pauses = pauses
    this.#arePausesWritten = false
  }

  /** Kept also when it throws, until this process ends. */
  add(result: PowerResult): void {
    this.#results = [result, ...this.#results].slice(0, CALLS_KEPT)
    this.#db.transaction(() => {
      this.#db.run('INSERT INTO power_call(result) VALUES (?)', JSON.stringify(result))
      this.#db.run('DELETE FROM power_call WHERE seq <= (SELECT max(seq) FROM power_call) - ?', CALLS_KEPT)
    })
  }

  /** Newest first. */
  results(): readonly PowerResult[] {
    return this.#results
  }

  #set(serverId: string, server: ServerPower): void {
    this.#servers.set(serverId, server)
    this.#unwritten.add(serverId)
  }

  #writePauses(): void {
    const { failures, notBeforeMs } = this.#pauses
    this.#db.run('DELETE FROM power_pause')
    // One row also where nobody failed: the pause holds for all of them.
    for (const [serverId, count] of new Map([[null, 0], ...failures]))
      this.#db.run('INSERT INTO power_pause VALUES (?, ?, ?)', serverId ?? ANY, count, notBeforeMs)
  }

  #writeOne(serverId: string, server: ServerPower | undefined): void {
    if (server === undefined) {
      this.#db.run('DELETE FROM server_power WHERE server = ?', serverId)
      return
    }
    const { boot, slots, isHere } = server
    this.#db.run(
      'INSERT OR REPLACE INTO server_power(server, starts, median_ms, spread, slots, is_here) VALUES (?, ?, ?, ?, ?, ?)',
      ...[serverId, boot?.runs ?? 0, boot?.medianMs ?? null, boot?.spread ?? null, slots, Number(isHere)],
    )
  }
}

function toServerPower({ starts, median_ms: medianMs, spread, slots, is_here }: BookRow): ServerPower {
  const boot = medianMs === null || spread === null ? undefined : { runs: starts, medianMs, spread }
  return { boot, slots, isHere: is_here === 1 }
}

function toPauses(rows: readonly PauseRow[]): KeptPauses {
  const failed = rows.filter(({ failures }) => failures > 0)
  return {
    failures: new Map(failed.map(({ server, failures }) => [server === ANY ? null : server, failures])),
    notBeforeMs: rows.reduce((latest, { not_before: notBefore }) => Math.max(latest, notBefore), 0),
  }
}
