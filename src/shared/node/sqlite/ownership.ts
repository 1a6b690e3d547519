import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../../index.ts'
import { shortFolder } from '../files/index.ts'
import { isBusy, toDatabaseError } from './sqliteError.ts'

/** Exclusive ownership, held until `release()` or the death of the process, whichever comes first. */
export interface Ownership {
  /** The last owner did not release it: it was killed, or the machine went down. */
  readonly wasLeft: boolean
  release(): void
}

/**
 * Claims `<path>.lock` for this process. The lock is the kernel's (an open write transaction on an empty database),
 * so a killed owner leaves nothing to clean up. Throws DB_IN_USE with the owner's pid when another process has it.
 */
export function claimOwnership(path: string): Ownership {
  const lockPath = `${path}.lock`
  const pidPath = `${path}.lock.pid`
  const lock = openLock(lockPath)
  try {
    lock.exec('BEGIN IMMEDIATE')
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw toDatabaseError(error, lockPath)
    throw inUse(path, readPid(pidPath), error)
  }
  // The pid file is only information, for the other side and the next owner; the transaction above is the lock.
  const wasLeft = existsSync(pidPath)
  writeFileSync(pidPath, String(process.pid), { mode: 0o600 })
  return {
    wasLeft,
    release: () => {
      if (!lock.isOpen) return
      rmSync(pidPath, { force: true })
      lock.close()
    },
  }
}

function openLock(lockPath: string): DatabaseSync {
  try {
    return new DatabaseSync(lockPath, { timeout: 0 })
  } catch (error) {
    throw toDatabaseError(error, lockPath)
  }
}

function inUse(path: string, pid: number | undefined, cause: unknown): AppError {
  const owner = pid === undefined ? 'another process' : `process ${String(pid)}`
  return new AppError('DB_IN_USE', {
    message: `${path} is in use by ${owner}`,
    data: { file: shortFolder(dirname(path)), pid: pid ?? '?' },
    cause,
  })
}

function readPid(pidPath: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidPath, 'utf8'), 10)
    return Number.isSafeInteger(pid) ? pid : undefined
  } catch {
    return undefined
  }
}
