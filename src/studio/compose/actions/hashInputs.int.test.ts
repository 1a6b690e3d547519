import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AppError } from '../../../shared/index.ts'
import {
  createFileHasher,
  createLogger,
  openDatabase,
  statRegularFile,
  systemClock,
} from '../../../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from '../../database/migrations.ts'
import { createLedger, createRecordStore } from '../../history/index.ts'
import type { StoredInput } from '../../history/index.ts'
import { createHashCache, createTransfers, createUploadCheckpoints } from '../../transfer/index.ts'
import { newRecord } from '../drafts.ts'
import type { RecordEvent } from '../recordMachine.ts'
import { hashInputs } from './hashInputs.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-hash-inputs-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

async function inputOf(name: string): Promise<StoredInput> {
  const path = join(dir, name)
  await writeFile(path, name)
  return { path, name, ext: '.mp4', durationMs: 1, stamp: await statRegularFile(path), digests: null }
}

const digestsOf = (content: string): Readonly<Record<string, string>> => ({
  md5: createHash('md5').update(content).digest('hex'),
  sha256: createHash('sha256').update(content).digest('hex'),
})

it('goes on though the history cannot be read while the progress is told', async () => {
  const db = openDatabase({ path: ':memory:', migrations: STUDIO_MIGRATIONS })
  const media = { addressOf: (path: string) => path, posterAddressOf: () => null }
  const hashCache = createHashCache({ db, hasher: createFileHasher(), clock: systemClock })
  const store = createRecordStore({ db, log, clock: systemClock })
  const ledger = createLedger({ store, media, clock: systemClock })
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const [avatar, voice] = [await inputOf('avatar'), await inputOf('voice')]
  const record = newRecord({ avatar, voice, options, wantedPath: null, retryOf: null, nowMs: 0 })
  store.insert(record)
  db.exec('ALTER TABLE records RENAME TO unreadable')
  expect(() => ledger.find(record.id)).toThrow()
  const events: RecordEvent[] = []

  await hashInputs(
    {
      ledger,
      hashCache,
      transfers: createTransfers({
        checkpoints: createUploadCheckpoints(db, systemClock),
        readUploadLimit: () => null,
        setBusy: () => undefined,
      }),
      link: () => {
        throw new AppError('GATEWAY_UNREACHABLE')
      },
      lipSyncOf: () => null,
      outputDir: dir,
      clock: systemClock,
    },
    {
      record,
      signal: new AbortController().signal,
      apply: (event) => {
        events.push(event)
        return record
      },
      block: () => undefined,
      unblock: () => undefined,
    },
  )

  expect(events).toEqual([{ kind: 'hashed', avatar: digestsOf('avatar'), voice: digestsOf('voice') }])
  await hashCache.stop()
  db.close()
})
