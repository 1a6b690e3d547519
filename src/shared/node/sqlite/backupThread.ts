/**
 * Entry of the thread that copies a database which is in use (bundled like the threads of `digest/`). It reads through
 * a connection and a snapshot of its own, so that the owner's writes neither wait for it nor make it begin anew.
 */
import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { markBackup } from './backupMark.ts'

export interface BackupThreadData {
  readonly path: string
  /** Made anew; not there yet. */
  readonly target: string
  readonly nowMs: number
  /** One number; the thread gives up when it is not 0. */
  readonly stop: SharedArrayBuffer
}

export type BackupThreadAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  /** The copy is not what it should be: so is the database. */
  | { readonly kind: 'unsound'; readonly message: string }
  | { readonly kind: 'failed'; readonly errcode: number | undefined; readonly message: string }

/** 4 MiB. Each piece is on the disk before the next: a flood at the end would hold up the owner's commits. */
const PAGES_PER_STEP = 1_024

const { path, target, nowMs, stop } = workerData as BackupThreadData
const stopFlag = new Int32Array(stop)
class Stopped extends Error {}

parentPort?.postMessage(await run())

async function run(): Promise<BackupThreadAnswer> {
  try {
    await copy()
    goOnOrStop()
    return check()
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'stopped' }
    const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined
    return { kind: 'failed', errcode, message: error instanceof Error ? error.message : String(error) }
  }
}

async function copy(): Promise<void> {
  const source = new DatabaseSync(path, { readOnly: true })
  let descriptor: number | undefined
  try {
    source.exec('BEGIN')
    source.prepare('SELECT count(*) FROM sqlite_schema').all()
    await backup(source, target, {
      rate: PAGES_PER_STEP,
      progress: () => {
        goOnOrStop()
        descriptor ??= openSync(target, 'r+')
        fdatasyncSync(descriptor)
      },
    })
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
    source.close()
  }
}

function goOnOrStop(): void {
  if (Atomics.load(stopFlag, 0) !== 0) throw new Stopped()
}

/** A copy that was not looked at is none. Out of WAL mode it is one file, which can be opened without writing. */
function check(): BackupThreadAnswer {
  const db = new DatabaseSync(target)
  try {
    db.exec('PRAGMA journal_mode = DELETE')
    markBackup(db, nowMs)
    const found = String(Object.values(db.prepare('PRAGMA quick_check(1)').all()[0] ?? {})[0])
    return found === 'ok' ? { kind: 'done' } : { kind: 'unsound', message: found }
  } finally {
    db.close()
  }
}
