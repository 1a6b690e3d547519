import { SERVER_NOTES } from '../../protocol/admin/index.ts'
import type { ServerNoteCode } from '../../protocol/admin/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import type { ServerNote } from './port.ts'

export interface NoteBookDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
}

interface NoteRow {
  readonly worker: string
  readonly at: number
  readonly code: string
  readonly detail: string | null
}

interface Unwritten {
  readonly workerId: string
  readonly note: ServerNote
}

const KEPT = 50
const WRITE_AFTER_MS = 1_000
const MAX_UNWRITTEN = 10_000

const NEWEST = `
SELECT worker, at, code, detail FROM (
  SELECT *, row_number() OVER (PARTITION BY worker ORDER BY seq DESC) AS age FROM server_note
) WHERE age <= ? ORDER BY seq`

const FORGET = `
DELETE FROM server_note WHERE worker = ?1
  AND seq <= (SELECT seq FROM server_note WHERE worker = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`

/**
 * What happened to each server, the newest 50. Written behind, so that a thousand workers coming at once cost one
 * transaction; the last second before a crash may be missing here, and is in the log. What an operator did is not
 * waited with.
 */
export class NoteBook {
  readonly #deps: NoteBookDeps
  readonly #notes = new Map<string, ServerNote[]>()
  #unwritten: Unwritten[] = []
  #timer: Timer | undefined

  constructor(deps: NoteBookDeps) {
    this.#deps = deps
    for (const { worker, at, code, detail } of deps.db.all<NoteRow>(NEWEST, KEPT)) {
      if (isNoteCode(code)) this.#keep(worker, { code, atMs: at, ...(detail === null ? {} : { detail }) })
    }
  }

  of(workerId: string): readonly ServerNote[] {
    return [...(this.#notes.get(workerId) ?? [])]
  }

  /** When this was last noted of it. */
  lastMs(workerId: string, code: ServerNoteCode): number | undefined {
    return this.#notes.get(workerId)?.findLast((note) => note.code === code)?.atMs
  }

  add(workerId: string, note: ServerNote): void {
    this.#keep(workerId, note)
    if (this.#unwritten.length < MAX_UNWRITTEN) this.#unwritten.push({ workerId, note })
    this.#timer ??= this.#deps.clock.setTimer(() => {
      this.flush()
    }, WRITE_AFTER_MS)
  }

  forget(workerId: string): void {
    this.#notes.delete(workerId)
    this.#unwritten = this.#unwritten.filter((one) => one.workerId !== workerId)
    this.#deps.db.run('DELETE FROM server_note WHERE worker = ?', workerId)
  }

  /** Writes what is not written yet; what cannot be is tried again with the next note. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#unwritten.length === 0) return
    const { db, log } = this.#deps
    try {
      db.transaction(() => {
        for (const { workerId, note } of this.#unwritten) {
          const row = [workerId, note.atMs, note.code, note.detail ?? null]
          db.run('INSERT INTO server_note(worker, at, code, detail) VALUES (?, ?, ?, ?)', ...row)
        }
        for (const workerId of new Set(this.#unwritten.map((one) => one.workerId))) db.run(FORGET, workerId, KEPT)
      })
      this.#unwritten = []
    } catch (error) {
      log.error('notes of servers could not be written', { error })
    }
  }

  #keep(workerId: string, note: ServerNote): void {
    const notes = this.#notes.get(workerId) ?? []
    notes.push(note)
    if (notes.length > KEPT) notes.shift()
    this.#notes.set(workerId, notes)
  }
}

function isNoteCode(code: string): code is ServerNoteCode {
  return Object.hasOwn(SERVER_NOTES, code)
}
