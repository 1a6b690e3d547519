import { basename } from 'node:path'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { openGatewayDatabase } from './gatewayDatabase.ts'

/** `openGatewayDatabase`; what it had to do is in the log. */
export function openToldDatabase(dataDir: string, deps: { readonly clock: Clock; readonly log: Logger }): Database {
  const { clock, log } = deps
  return openGatewayDatabase(dataDir, {
    clock,
    onRestored: ({ backupAtMs, damagedPath }) => {
      const stateOf = backupAtMs === null ? null : new Date(backupAtMs).toISOString()
      const damaged = damagedPath === null ? null : basename(damagedPath)
      log.error('the database goes on from a backup: what came after it is lost', { stateOf, damaged })
    },
    onWalLost: () => {
      log.error('gateway.db-wal is gone though the last stop was not in order: what was only there is lost')
    },
    onBackupFailed: (error) => {
      log.warn('no backup could be made before the database was upgraded', { error })
    },
  })
}
