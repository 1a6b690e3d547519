import { mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../index.ts'
import { freeSpaceBytes, publishFile, shortFolder, toWriteError } from '../files/index.ts'
import { backupName, defaultBackupDir, dropOldBackups, dropPartialBackups } from './backupFiles.ts'
import type { BackupThreadAnswer, BackupThreadData } from './backupThread.ts'
import { toDatabaseError } from './sqliteError.ts'

export interface BackUpOptions {
  readonly nowMs: number
  readonly backupDir?: string
  /** Space that must still be free afterwards. */
  readonly spareBytes?: number
  readonly signal?: AbortSignal
  /** The thread's script, where a door lays it out in its own way. */
  readonly threadUrl?: URL
}

/**
 * Copies a database in use, in a thread: its owner goes on meanwhile. The copy counts once it has been checked; then
 * the oldest is dropped. Answers its path. One at a time for a database. Throws DISK_FULL, DB_CORRUPT (what was copied
 * is damaged), DATA_DIR_UNWRITABLE, or the signal's reason; nothing of it stays then.
 */
export async function backUpDatabase(path: string, options: BackUpOptions): Promise<string> {
  const { signal, backupDir = defaultBackupDir(path) } = options
  signal?.throwIfAborted()
  makeDir(backupDir)
  dropPartialBackups(path, backupDir)
  await assertRoom(path, backupDir, options.spareBytes ?? 0)
  const target = join(backupDir, backupName(path, options.nowMs))
  const temporary = `${target}.tmp`
  const threadUrl = options.threadUrl ?? new URL('./backupThread.ts', import.meta.url)
  try {
    const answer = await runThread(threadUrl, { path, target: temporary, nowMs: options.nowMs }, signal)
    assertDone(answer, path, temporary, signal)
    await publishFile(temporary, target)
  } finally {
    dropPartialBackups(path, backupDir)
    rmSync(temporary, { force: true })
  }
  dropOldBackups(path, backupDir)
  return target
}

function makeDir(backupDir: string): void {
  try {
    mkdirSync(backupDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw toWriteError(error, backupDir)
  }
}

async function assertRoom(path: string, backupDir: string, spareBytes: number): Promise<void> {
  const sizeBytes = statSync(path).size
  if ((await freeSpaceBytes(backupDir)) - sizeBytes >= spareBytes) return
  throw new AppError('DISK_FULL', {
    message: `no room for a backup of ${path}`,
    data: { where: shortFolder(dirname(path)) },
    retryable: true,
  })
}

/** Ends with the thread, also when it is told to give up: nobody deletes under its hands. */
function runThread(
  threadUrl: URL,
  data: Omit<BackupThreadData, 'stop'>,
  signal: AbortSignal | undefined,
): Promise<BackupThreadAnswer> {
  const stop = new SharedArrayBuffer(4)
  const workerData: BackupThreadData = { ...data, stop }
  // Flags meant for the main script (`--input-type`, …) would stop the thread from starting.
  const thread = new Worker(threadUrl, { workerData, execArgv: [] })
  const giveUp = (): void => {
    Atomics.store(new Int32Array(stop), 0, 1)
  }
  signal?.addEventListener('abort', giveUp)
  if (signal?.aborted === true) giveUp()
  const { promise, resolve, reject } = Promise.withResolvers<BackupThreadAnswer>()
  let answer: BackupThreadAnswer | undefined
  thread.on('message', (message: BackupThreadAnswer) => {
    answer = message
  })
  thread.on('error', reject)
  thread.on('exit', () => {
    signal?.removeEventListener('abort', giveUp)
    resolve(answer ?? { kind: 'failed', errcode: undefined, message: 'the thread of the backup ended' })
  })
  return promise
}

function assertDone(answer: BackupThreadAnswer, path: string, target: string, signal: AbortSignal | undefined): void {
  switch (answer.kind) {
    case 'done':
      return
    case 'stopped':
      signal?.throwIfAborted()
      throw new AppError('INTERNAL', { message: 'a backup stopped that nobody stopped' })
    case 'unsound':
      throw toDatabaseError(Object.assign(new Error(answer.message), { errcode: SQLITE_CORRUPT }), path)
    case 'failed': {
      const error = new Error(answer.message)
      throw toDatabaseError(
        answer.errcode === undefined ? error : Object.assign(error, { errcode: answer.errcode }),
        target,
      )
    }
  }
}

const SQLITE_CORRUPT = 11
