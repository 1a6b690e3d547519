import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { statRegularFile } from '../../../shared/node/index.ts'
import type { StoredInput } from '../../history/index.ts'
import { newRecord } from '../drafts.ts'
import { hashInputs } from './hashInputs.ts'
import { openOneAction } from './testing/oneAction.ts'

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
  const { db, store, ledger, deps, events, runOf, close } = openOneAction(dir)
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const [avatar, voice] = [await inputOf('avatar'), await inputOf('voice')]
  const record = newRecord({ avatar, voice, options, wantedPath: null, retryOf: null, nowMs: 0 })
  store.insert(record)
  db.exec('ALTER TABLE records RENAME TO unreadable')
  expect(() => ledger.find(record.id)).toThrow()
  await hashInputs(deps, runOf(record))
  expect(events).toEqual([{ kind: 'hashed', avatar: digestsOf('avatar'), voice: digestsOf('voice') }])
  await close()
})
