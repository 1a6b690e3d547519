import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import type { FakeClock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { backupChore, storeStatus } from './backups.ts'
import { openGatewayDatabase } from './gatewayDatabase.ts'

const HOUR_MS = 3_600_000

let dataDir: string
let db: Database
let clock: FakeClock
let told: string[]
let log: Logger
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'dhs-gateway-backup-'))
  db = openGatewayDatabase(dataDir)
  clock = createFakeClock()
  told = []
  const tell = (level: string) => (message: string) => void told.push(`${level} ${message.split(/[;:]/)[0] ?? ''}`)
  log = {
    debug: tell('debug'),
    info: tell('info'),
    warn: tell('warn'),
    error: tell('error'),
    close: () => undefined,
    child: () => log,
  }
})
afterEach(() => {
  db.close()
  rmSync(dataDir, { recursive: true, force: true })
})

function chore(spareBytes = 0) {
  const signal = new AbortController().signal
  const one = backupChore({ path: db.path, clock, log, spareBytes })
  return { look: () => one.run(signal), everyMs: one.everyMs }
}

function backups(): string[] {
  const folder = join(dataDir, 'backups')
  return readdirSync(folder).sort()
}

describe('the gateway’s backups', () => {
  it('are one a day, three kept, also over restarts', async () => {
    const status = storeStatus(db, clock)
    expect(status.lastBackupMs()).toBeNull()
    for (let day = 0; day < 5; day += 1) {
      // A gateway that is started anew each day.
      const { look } = chore()
      await look()
      clock.advance(23 * HOUR_MS)
      await look()
      clock.advance(HOUR_MS)
    }
    expect(told).toEqual(Array(5).fill('info database backed up'))
    expect(backups()).toHaveLength(3)
    expect(status.lastBackupMs()).toBe(clock.now() - 24 * HOUR_MS)
    const { look } = chore()
    await look()
    expect(told).toHaveLength(6)
    await look()
    expect(told).toHaveLength(6)
  })

  it('are tried again an hour after a disk was too full, and the work goes on', async () => {
    const { look } = chore(1e18)
    await look()
    expect(told).toEqual(['warn the database could not be backed up'])
    expect(backups()).toEqual([])
    clock.advance(HOUR_MS - 1)
    await look()
    expect(told).toHaveLength(1)
    clock.advance(1)
    await look()
    expect(told).toHaveLength(2)
    await chore().look()
    expect(told.at(-1)).toBe('info database backed up')
  })

  it('are made anew when the newest is from the future, once, and stay in the order they were made in', async () => {
    const first = clock.now()
    const future = first + 365 * 24 * HOUR_MS
    await chore().look()
    const add = (at: number, more = '') =>
      writeFileSync(
        join(dataDir, 'backups', `gateway.db-${String(at).padStart(15, '0')}${more}.bak`),
        'of a wrong clock',
      )
    add(future)
    add(future + 5, '-before-v3')
    clock.advance(HOUR_MS)
    // A gateway that is started again and again after its clock was put right.
    for (let start = 0; start < 4; start += 1) await chore().look()
    expect(told).toEqual(Array(2).fill('info database backed up'))
    const times = backups().map((name) => [Number(/-0*(\d+)/.exec(name)?.[1]), name.includes('-before-v3')])
    expect(times).toEqual([
      [first, false],
      [first + 1, false],
      [first + 2, true],
      [clock.now(), false],
    ])
    expect(storeStatus(db, clock).lastBackupMs()).toBe(clock.now())
  })

  it('end with the gateway: a stop waits for the thread and leaves no half copy', async () => {
    const stopping = new AbortController()
    const copying = backupChore({ path: db.path, clock, log, spareBytes: 0 }).run(stopping.signal)
    stopping.abort()
    await copying
    expect(told).toEqual([])
    expect(backups()).toEqual([])
  })
})
