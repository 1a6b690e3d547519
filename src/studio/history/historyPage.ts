import { AppError } from '../../shared/index.ts'
import type { Database, Logger, SqlValue } from '../../shared/node/index.ts'
import { parseRows } from './recordStore.ts'
import type { PhaseGroup } from './recordStore.ts'
import type { RecordRow } from './recordRow.ts'
import { searchTerms } from './searchText.ts'
import type { StoredRecord } from './storedRecord.ts'

export interface HistoryQuestion {
  readonly query?: string | undefined
  readonly phase?: PhaseGroup | undefined
  readonly cursor?: string | undefined
  readonly limit: number
}

export interface StoredPage {
  readonly records: readonly StoredRecord[]
  /** For the page after this one; null at the end. */
  readonly cursor: string | null
  readonly total: number
}

/** A page of the history, newest first. Cost depends on the page, not on how far down it lies. */
export function readHistoryPage(
  deps: { readonly db: Database; readonly log: Logger },
  question: HistoryQuestion,
): StoredPage {
  const { db, log } = deps
  const filter = toFilter(question)
  const before = question.cursor === undefined ? Number.MAX_SAFE_INTEGER : parseCursor(question.cursor)
  // One more than asked tells whether there is a next page.
  const rows = db.all<RecordRow>(
    `SELECT position, document FROM records WHERE ${filter.sql} AND position < ? ORDER BY position DESC LIMIT ?`,
    ...filter.parameters,
    before,
    question.limit + 1,
  )
  const page = rows.slice(0, question.limit)
  const last = page.at(-1)
  return {
    records: parseRows(page, log),
    cursor: rows.length > page.length && last !== undefined ? `p${String(last.position)}` : null,
    total: countAll(db, question, filter),
  }
}

interface Filter {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  readonly isSearch: boolean
}

function toFilter(question: HistoryQuestion): Filter {
  const terms = searchTerms(question.query ?? '')
  const conditions = ['removed = 0', ...terms.map((term) => matchOf(term.index))]
  const parameters: SqlValue[] = terms.map((term) => term.match)
  if (question.phase !== undefined) {
    conditions.push('phase_group = ?')
    parameters.push(question.phase)
  }
  return { sql: conditions.join(' AND '), parameters, isSearch: terms.length > 0 }
}

function matchOf(index: 'trigrams' | 'pairs'): string {
  return `position IN (SELECT rowid FROM record_${index} WHERE record_${index} MATCH ?)`
}

function countAll(db: Database, question: HistoryQuestion, filter: Filter): number {
  if (filter.isSearch) {
    const sql = `SELECT count(*) AS total FROM records WHERE ${filter.sql}`
    return db.get<{ total: number }>(sql, ...filter.parameters)?.total ?? 0
  }
  const totals = db.all<{ phase_group: string; total: number }>('SELECT phase_group, total FROM record_totals')
  return totals
    .filter((row) => question.phase === undefined || row.phase_group === question.phase)
    .reduce((sum, row) => sum + row.total, 0)
}

function parseCursor(cursor: string): number {
  if (!/^p\d{1,15}$/.test(cursor))
    throw new AppError('SCHEMA', { message: 'that is not a cursor of ours', field: 'cursor' })
  return Number(cursor.slice(1))
}
