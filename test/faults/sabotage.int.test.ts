import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startBusyDay } from './catalogue/busyDay.ts'
import { createRandom } from './rig/random.ts'
import { TENANT, World } from './rig/world.ts'

/** Undoes by hand what the product promises; each must be noticed, or the whole campaign proves nothing. */
const SABOTAGE: Readonly<Record<string, (world: World) => void>> = {
  'I1 when an accepted task is gone': (world) => {
    inDatabase(world, (db) => db.exec('DELETE FROM task WHERE seq = (SELECT min(seq) FROM task)'))
  },
  'I2 when the result is not what a run made': (world) => {
    const other = 'f'.repeat(64)
    inDatabase(world, (db) => db.exec(`UPDATE task SET output = json_set(output, '$.sha256', '${other}')`))
  },
  'I6 when a stored file is altered': (world) => {
    const path = join(world.gateway.dataDir, 'pool', TENANT, world.poolFiles()[0] ?? '')
    chmodSync(path, 0o600)
    appendFileSync(path, 'x')
  },
  'I7 when something is left behind': (world) => {
    writeFileSync(join(world.gateway.dataDir, 'pool', '.tmp', `p-${'0'.repeat(24)}`), 'left')
  },
  'I12 when a key is in the log': (world) => {
    appendFileSync(world.gateway.logFile, `${world.credentials.licenseKey}\n`)
  },
}

function inDatabase(world: World, change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(join(world.gateway.dataDir, 'gateway.db'), { timeout: 5_000 })
  change(db)
  db.close()
}

describe('the campaign notices', () => {
  it.each(Object.entries(SABOTAGE))('%s', async (name, sabotage) => {
    const world = await World.open({ random: createRandom(name) })
    try {
      await world.gateway.start()
      await world.startWorker()
      await startBusyDay(world, { tasks: 2 }).answered
      await world.settle()
      sabotage(world)
      const invariants = new Set((await world.verify()).map((violation) => violation.invariant))
      expect(invariants).toContain(name.split(' ')[0])
    } finally {
      await world.close()
    }
  })

  it('nothing where nothing was done', async () => {
    const world = await World.open({ random: createRandom('untouched') })
    try {
      await world.gateway.start()
      await world.startWorker()
      await startBusyDay(world, { tasks: 2 }).answered
      expect(await world.verify()).toEqual([])
    } finally {
      await world.close()
    }
  })
})
