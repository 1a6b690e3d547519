import { AppError } from '../../../../shared/index.ts'
import { createFileHasher, createLogger, openDatabase, systemClock } from '../../../../shared/node/index.ts'
import type { Database } from '../../../../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from '../../../database/migrations.ts'
import { createLedger, createRecordStore } from '../../../history/index.ts'
import type { Ledger, RecordStore, StoredRecord } from '../../../history/index.ts'
import { createHashCache, createTransfers, createUploadCheckpoints } from '../../../transfer/index.ts'
import type { RecordEvent } from '../../recordMachine.ts'
import type { ActionDeps, ActionRun } from '../action.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

export interface OneAction {
  readonly db: Database
  readonly store: RecordStore
  readonly ledger: Ledger
  readonly deps: ActionDeps
  /** What `runOf` gives notes here what the action tells. */
  readonly events: readonly RecordEvent[]
  readonly runOf: (record: StoredRecord) => ActionRun
  readonly close: () => Promise<void>
}

/** What an action gets, with a history of its own in memory and no gateway that answers. */
export function openOneAction(outputDir: string): OneAction {
  const db = openDatabase({ path: ':memory:', migrations: STUDIO_MIGRATIONS })
  const media = { addressOf: (path: string) => path, posterAddressOf: () => null }
  const hashCache = createHashCache({ db, hasher: createFileHasher(), clock: systemClock })
  const store = createRecordStore({ db, log, clock: systemClock })
  const ledger = createLedger({ store, media, clock: systemClock })
  const checkpoints = createUploadCheckpoints(db, systemClock)
  const events: RecordEvent[] = []
  return {
    ...{ db, store, ledger, events },
    deps: {
      ...{ ledger, hashCache, outputDir, clock: systemClock },
      transfers: createTransfers({ checkpoints, readUploadLimit: () => null, setBusy: () => undefined }),
      link: () => {
        throw new AppError('GATEWAY_UNREACHABLE', { data: { host: 'gpu.example' } })
      },
      lipSyncOf: () => null,
    },
    runOf: (record) => ({
      record,
      signal: new AbortController().signal,
      apply: (event) => {
        events.push(event)
        return record
      },
      block: () => undefined,
      unblock: () => undefined,
    }),
    async close() {
      await hashCache.stop()
      db.close()
    },
  }
}
