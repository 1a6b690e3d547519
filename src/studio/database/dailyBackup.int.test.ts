import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger, openDatabase } from '../../shared/node/index.ts'
import { createSettingsStore } from '../settings/index.ts'
import { startDailyBackup } from './dailyBackup.ts'
import { STUDIO_MIGRATIONS } from './migrations.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })
const HOUR_MS = 3_600_000

describe('daily backup', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-backup-'))
  })
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  it('copies once a day, and stops with the studio', async () => {
    const clock = createFakeClock()
    const db = openDatabase({ path: join(dir, 'studio.db'), migrations: STUDIO_MIGRATIONS })
    const settings = createSettingsStore({ db, log })
    const stop = startDailyBackup({ db, settings, clock, config: { log } })
    const count = async (): Promise<number> => (await readdir(join(dir, 'backups')).catch(() => [])).length
    expect(await count()).toBe(0)
    clock.advance(HOUR_MS)
    expect(await count()).toBe(1)
    clock.advance(20 * HOUR_MS)
    expect(await count()).toBe(1)
    clock.advance(5 * HOUR_MS)
    expect(await count()).toBe(2)
    stop()
    expect(clock.pendingTimers).toBe(0)
    db.close()
  })

  it('outlives a history that cannot be read, and copies once it can', async () => {
    const clock = createFakeClock()
    const db = openDatabase({ path: join(dir, 'studio.db'), migrations: STUDIO_MIGRATIONS })
    const settings = createSettingsStore({ db, log })
    const stop = startDailyBackup({ db, settings, clock, config: { log } })
    db.exec('ALTER TABLE settings RENAME TO unreadable')
    clock.advance(HOUR_MS)
    expect(await readdir(dir)).not.toContain('backups')
    db.exec('ALTER TABLE unreadable RENAME TO settings')
    clock.advance(HOUR_MS)
    expect(await readdir(join(dir, 'backups'))).toHaveLength(1)
    stop()
    db.close()
  })
})
