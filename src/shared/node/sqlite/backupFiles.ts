import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Backups kept of one database, beside the newest one from before a change of its schema. */
const KEPT = 3
const NAME = /-(\d{15})(-before-v\d+)?\.bak$/

/** `beforeVersion`: made because the schema goes up to that version. */
export function backupName(path: string, atMs: number, beforeVersion?: number): string {
  const before = beforeVersion === undefined ? '' : `-before-v${String(beforeVersion)}`
  return `${basename(path)}-${String(atMs).padStart(15, '0')}${before}.bak`
}

export function defaultBackupDir(path: string): string {
  return join(dirname(path), 'backups')
}

/** Backups of one database, newest first. Names carry the time, so sorting names sorts by age. */
export function listBackups(path: string, backupDir = defaultBackupDir(path)): string[] {
  if (!isFolder(backupDir)) return []
  return readdirSync(backupDir)
    .filter((name) => name.startsWith(`${basename(path)}-`) && NAME.test(name))
    .sort()
    .reverse()
    .map((name) => join(backupDir, name))
}

/** When a backup was made, by its name. */
export function backupTimeMs(backupPath: string): number {
  return Number(NAME.exec(backupPath)?.[1] ?? 0)
}

/**
 * Backups whose names are of the future were made under a wrong clock: they are given names right after the newest of
 * the others, in their order. Otherwise each next one would have to be of the future too, and none would ever be due.
 */
export function renameBackupsOfTheFuture(path: string, nowMs: number): void {
  const all = listBackups(path)
  const ofTheFuture = all.filter((one) => backupTimeMs(one) > nowMs).reverse()
  const [newestOther] = all.slice(ofTheFuture.length)
  const afterMs = newestOther === undefined ? nowMs - ofTheFuture.length - 1 : backupTimeMs(newestOther)
  for (const [index, one] of ofTheFuture.entries()) {
    const suffix = NAME.exec(one)?.[2]
    const version = suffix === undefined ? undefined : Number(/\d+$/.exec(suffix)?.[0])
    renameSync(one, join(dirname(one), backupName(path, afterMs + 1 + index, version)))
  }
}

/** Drops what is too many. */
export function dropOldBackups(path: string, backupDir: string, keep = KEPT): void {
  const isOfUpgrade = (name: string): boolean => NAME.exec(name)?.[2] !== undefined
  const all = listBackups(path, backupDir)
  const old = [...all.filter((one) => !isOfUpgrade(one)).slice(keep), ...all.filter(isOfUpgrade).slice(1)]
  for (const one of old) rmSync(one, { force: true })
}

/** Removes copies that were never finished. Only while nobody makes one. */
export function dropPartialBackups(path: string, backupDir: string): void {
  if (!isFolder(backupDir)) return
  for (const name of readdirSync(backupDir)) {
    if (name.startsWith(`${basename(path)}-`) && PARTIAL.test(name)) rmSync(join(backupDir, name), { force: true })
  }
}

const PARTIAL = /\.bak\.tmp(-journal|-wal|-shm)?$/

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
