import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomHex } from '../../index.ts'
import { toWriteError } from './fileError.ts'

/** Windows flushes only writable handles; elsewhere a read-only one does, and works on files already made 0400. */
const SYNC_FLAGS = process.platform === 'win32' ? 'r+' : 'r'

/** The places between the steps of a publish, in their order. */
export type PublishStep = 'before_fsync' | 'after_fsync' | 'before_rename' | 'after_rename' | 'after_dirsync'

/**
 * Makes a finished temporary file visible under its final name, so that after a power cut the name is either absent
 * or the whole file: fsync(file) → rename → fsync(folder). Both paths must be on one file system. Replaces `dest`.
 */
export async function publishFile(
  tmpPath: string,
  destPath: string,
  onStep: (step: PublishStep) => void = () => undefined,
): Promise<void> {
  try {
    onStep('before_fsync')
    await syncFile(tmpPath)
    onStep('after_fsync')
    onStep('before_rename')
    await rename(tmpPath, destPath)
    onStep('after_rename')
    await syncDir(dirname(destPath))
    onStep('after_dirsync')
  } catch (error) {
    throw toWriteError(error, destPath)
  }
}

/** `publishFile` for code that must not yield, such as a database backup. */
export function publishFileSync(tmpPath: string, destPath: string): void {
  try {
    syncPathSync(tmpPath, SYNC_FLAGS)
    renameSync(tmpPath, destPath)
    if (process.platform !== 'win32') syncPathSync(dirname(destPath), 'r')
  } catch (error) {
    throw toWriteError(error, destPath)
  }
}

/** Replaces a small file in one step: readers see the old content or the new, also after a crash. */
export async function atomicWrite(
  path: string,
  data: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const tmpPath = temporaryName(path)
  try {
    await writeFile(tmpPath, data, { mode: options.mode ?? 0o644, flag: 'wx' })
    await publishFile(tmpPath, path)
  } catch (error) {
    await rm(tmpPath, { force: true })
    throw toWriteError(error, path)
  }
}

/** A hidden sibling of `path` that nobody else uses; short, so that long names still fit. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 24)}.${randomHex(6)}.tmp`)
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, SYNC_FLAGS)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a rename in this folder durable. Windows has no folder handles and journals renames by itself. */
export async function syncDir(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function syncPathSync(path: string, flags: string): void {
  const descriptor = openSync(path, flags)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
