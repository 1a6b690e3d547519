import { rmSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { AppError } from '../../index.ts'
import { publishFileSync } from '../files/index.ts'
import { copyInto } from './backupMark.ts'
import type { Checkpoints } from './Checkpoints.ts'
import { toDatabaseError } from './sqliteError.ts'

export type SqlValue = SQLInputValue

export type OptionalRow<T> = T | undefined

export interface DatabaseFeatures {
  readonly fts5: boolean
  readonly trigram: boolean
}

export interface DatabaseParts {
  readonly db: DatabaseSync
  readonly path: string
  readonly features: DatabaseFeatures
  readonly checkpoints: Checkpoints
  readonly onClose: () => void
}

const MAX_CACHED_STATEMENTS = 256

/**
 * One connection, used synchronously: nothing can run between the statements of a transaction, so no other code of
 * this process sees it half done. A full disk throws DISK_FULL and leaves the transaction rolled back.
 */
export class Database {
  readonly path: string
  readonly features: DatabaseFeatures
  readonly #db: DatabaseSync
  readonly #checkpoints: Checkpoints
  readonly #onClose: () => void
  readonly #statements = new Map<string, StatementSync>()
  #depth = 0
  #isClosed = false
  /** A rollback that failed: what comes next must not be taken for a part of what was given up. */
  #isLeftOpen = false

  constructor(parts: DatabaseParts) {
    this.path = parts.path
    this.features = parts.features
    this.#db = parts.db
    this.#checkpoints = parts.checkpoints
    this.#onClose = parts.onClose
  }

  /** Every row. Also the way to read RETURNING: the statement runs to its end, so the WAL can be checkpointed. */
  all<T>(sql: string, ...params: readonly SqlValue[]): T[] {
    return this.#guard(() => this.#prepare(sql).all(...params)) as T[]
  }

  /** The first row, if any; runs the statement to its end like `all`. */
  get<T>(sql: string, ...params: readonly SqlValue[]): OptionalRow<T> {
    return this.all<T>(sql, ...params)[0]
  }

  run(sql: string, ...params: readonly SqlValue[]): { readonly changes: number } {
    const result = this.#guard(() => this.#prepare(sql).run(...params))
    return { changes: Number(result.changes) }
  }

  /** One INSERT; answers the new row's rowid. A third cheaper than reading the row back by RETURNING. */
  insert(sql: string, ...params: readonly SqlValue[]): number {
    return Number(this.#guard(() => this.#prepare(sql).run(...params)).lastInsertRowid)
  }

  /** Runs a script of several statements without parameters. */
  exec(sql: string): void {
    this.#guard(() => {
      this.#db.exec(sql)
    })
  }

  /**
   * BEGIN IMMEDIATE … COMMIT around `work`, or a savepoint when already inside one; rolls back when `work` throws.
   * `work` must be synchronous: a promise is refused, because other code would run inside the transaction.
   */
  transaction<T>(work: () => T): T {
    const savepoint = `level_${String(this.#depth)}`
    const isOuter = this.#depth === 0
    // Prepared statements: a group of one pays for parsing them as much as for a small insert.
    if (isOuter) this.run('BEGIN IMMEDIATE')
    else this.exec(`SAVEPOINT ${savepoint}`)
    this.#depth += 1
    try {
      const result = work()
      if (isThenable(result)) {
        throw new AppError('INTERNAL', { message: 'a transaction must not be asynchronous' })
      }
      if (isOuter) this.#commit()
      else this.exec(`RELEASE ${savepoint}`)
      return result
    } catch (error) {
      this.#rollback(isOuter, savepoint)
      throw error
    } finally {
      this.#depth -= 1
    }
  }

  /** Writes a consistent, compact copy; `target` appears only when it is complete and replaces an older copy. */
  backup(target: string, nowMs: number): void {
    const temporary = `${target}.tmp`
    rmSync(temporary, { force: true })
    this.#guard(() => {
      copyInto(this.#db, temporary, nowMs)
    })
    publishFileSync(temporary, target)
  }

  /** Closes the connection and gives the ownership back; a second call does nothing. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#statements.clear()
    this.#checkpoints.close()
    this.#db.close()
    this.#onClose()
  }

  #commit(): void {
    this.run('COMMIT')
    this.#checkpoints.committed()
  }

  /** Never throws: the error that led here is the one to tell. */
  #rollback(isOuter: boolean, savepoint: string): void {
    // After SQLITE_FULL and some I/O errors SQLite has already rolled everything back by itself.
    if (!this.#db.isTransaction) return
    try {
      if (isOuter) this.#db.exec('ROLLBACK')
      else this.#db.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`)
    } catch {
      this.#isLeftOpen = true
    }
  }

  /** Ends what a failed rollback left open; throws while that fails too. Inside the transaction nothing more is done. */
  #endLeftOpen(): void {
    if (this.#depth > 0) throw new AppError('STORE_UNAVAILABLE', { message: 'an earlier step could not be undone' })
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    this.#isLeftOpen = false
  }

  #guard<T>(work: () => T): T {
    try {
      if (this.#isLeftOpen) this.#endLeftOpen()
      return work()
    } catch (error) {
      throw toDatabaseError(error, this.path)
    }
  }

  #prepare(sql: string): StatementSync {
    const cached = this.#statements.get(sql)
    if (cached !== undefined) return cached
    const statement = this.#db.prepare(sql)
    if (this.#statements.size >= MAX_CACHED_STATEMENTS) this.#statements.clear()
    this.#statements.set(sql, statement)
    return statement
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
