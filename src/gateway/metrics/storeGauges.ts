import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Registry } from 'prom-client'
import { backupTimeMs, freeSpaceBytes, listBackups } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { addGauge, addNumber } from './gauge.ts'
import { sharedRead } from './sharedRead.ts'

const FILES = ['gateway.db', 'gateway.db-wal'] as const

/** What lies on the disk. */
export function addStoreGauges(registry: Registry, db: Pick<Database, 'get'>, dataDir: string): void {
  // A sum over every file: once for a scrape.
  const pool = sharedRead(async () => {
    const sql = 'SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM pool_file'
    return db.get<{ files: number; bytes: number }>(sql) ?? { files: 0, bytes: 0 }
  })
  addGauge(registry, { name: 'dhs_database_bytes', help: 'Size of the database’s files.', labels: ['file'] }, () =>
    Promise.all(FILES.map(async (file) => [{ file }, await sizeOf(join(dataDir, file))] as const)),
  )
  addNumber(registry, { name: 'dhs_disk_free_bytes', help: 'Free space of the data folder’s disk.' }, () =>
    freeSpaceBytes(dataDir).catch(() => null),
  )
  addNumber(registry, { name: 'dhs_pool_files', help: 'Files in the pool.' }, async () => (await pool()).files)
  addNumber(
    registry,
    { name: 'dhs_pool_bytes', help: 'Bytes of the files in the pool.' },
    async () => (await pool()).bytes,
  )
  addNumber(
    registry,
    {
      name: 'dhs_backup_last_timestamp_seconds',
      help: 'When the newest backup of the database was made, Unix seconds.',
    },
    () => {
      const newest = listBackups(join(dataDir, 'gateway.db'))[0]
      return newest === undefined ? null : backupTimeMs(newest) / 1000
    },
  )
  addNumber(
    registry,
    { name: 'dhs_uploads_open', help: 'Uploads that were begun and not ended.' },
    () => db.get<{ n: number }>(`SELECT count(*) AS n FROM upload WHERE state = 'open'`)?.n ?? 0,
  )
}

/** 0 for one that is not there: a checkpoint removes the log. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
