import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Registry } from 'prom-client'
import { backupTimeMs, freeSpaceBytes, listBackups } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import type { PoolPort } from '../pool/port.ts'
import { addGauge, addNumber } from './gauge.ts'

const FILES = ['gateway.db', 'gateway.db-wal'] as const

export interface StoreGaugesDeps {
  readonly db: Pick<Database, 'get'>
  readonly pool: Pick<PoolPort, 'totals'>
  readonly dataDir: string
}

/** What lies on the disk. */
export function addStoreGauges(registry: Registry, { db, pool, dataDir }: StoreGaugesDeps): void {
  addGauge(registry, { name: 'dhs_database_bytes', help: 'Size of the database’s files.', labels: ['file'] }, () =>
    Promise.all(FILES.map(async (file) => [{ file }, await sizeOf(join(dataDir, file))] as const)),
  )
  addNumber(registry, { name: 'dhs_disk_free_bytes', help: 'Free space of the data folder’s disk.' }, () =>
    freeSpaceBytes(dataDir).catch(() => null),
  )
  addNumber(registry, { name: 'dhs_pool_files', help: 'Files in the pool.' }, async () => (await pool.totals()).files)
  addNumber(
    registry,
    { name: 'dhs_pool_bytes', help: 'Bytes of the files in the pool.' },
    async () => (await pool.totals()).bytes,
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
