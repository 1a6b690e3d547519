import type { Clock } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'

/** Where unfinished uploads go on after a restart: the upload's path on the gateway, by gateway and content. */
export interface UploadCheckpoints {
  find(gateway: string, sha256: string): string | undefined
  save(gateway: string, sha256: string, uploadPath: string): void
  forget(gateway: string, sha256: string): void
}

/** Gateways drop unfinished uploads long before this; asking for one costs a round trip and nothing else. */
const KEEP_MS = 7 * 24 * 3_600_000

export function createUploadCheckpoints(db: Database, clock: Clock): UploadCheckpoints {
  db.run('DELETE FROM upload_checkpoints WHERE made_at_ms < ?', clock.now() - KEEP_MS)
  return {
    find: (gateway, sha256) =>
      db.get<{ upload_path: string }>(
        'SELECT upload_path FROM upload_checkpoints WHERE gateway = ? AND sha256 = ?',
        gateway,
        sha256,
      )?.upload_path,
    save: (gateway, sha256, uploadPath) => {
      db.run(
        'INSERT OR REPLACE INTO upload_checkpoints (gateway, sha256, upload_path, made_at_ms) VALUES (?, ?, ?, ?)',
        gateway,
        sha256,
        uploadPath,
        clock.now(),
      )
    },
    forget: (gateway, sha256) => {
      db.run('DELETE FROM upload_checkpoints WHERE gateway = ? AND sha256 = ?', gateway, sha256)
    },
  }
}
