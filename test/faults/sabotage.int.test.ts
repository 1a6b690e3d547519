import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/protocol/dsp/index.ts'
import type { TaskOutput } from '../../src/protocol/task/index.ts'
import { startBusyDay } from './catalogue/busyDay.ts'
import { submitTask } from './catalogue/submitTasks.ts'
import { createRandom } from './rig/random.ts'
import { ScriptedWorker } from './rig/scriptedWorker.ts'
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
  'I9 when a task is handed to another customer': (world) => {
    inDatabase(world, (db) => {
      // A stranger comes with a licence of its own when all is over.
      db.exec('CREATE TRIGGER hand_over AFTER INSERT ON licence_key BEGIN UPDATE task SET tenant = NEW.tenant; END')
    })
  },
  'I12 when a key is in the log': (world) => {
    appendFileSync(world.gateway.logFile, `${world.credentials.licenseKey}\n`)
  },
  'I12 when a worker keeps the secret in its folder': (world) => {
    writeFileSync(join(world.workers[0]?.dataDir ?? '', 'note.txt'), world.credentials.workerSecret)
  },
}

/** Two runs of one task, the first of which lost its lease: what only the older holder may not do. */
const OF_LEASES: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'I4 when the result of the older run is shown': async (world) => {
    const { older, newer } = await leasedTwice(world)
    await newer.worker.run(newer.job)
    const { sha256 } = older.output
    inDatabase(world, (db) => db.exec(`UPDATE task SET output = json_set(output, '$.sha256', '${sha256}')`))
  },
  'I4 when an older lease is taken for the newest': async (world) => {
    const { older, newer } = await leasedTwice(world)
    giveBack(world, older)
    older.worker.sendResult(older.job, older.output)
    await older.worker.ack(older.job)
    await newer.worker.cut()
  },
  'I5 when an older lease is renewed': async (world) => {
    const { older, newer } = await leasedTwice(world)
    giveBack(world, older)
    older.worker.heartbeat(older.job)
    await older.worker.next('gpu.heartbeat.ack')
    older.worker.sendResult(older.job, older.output)
    await older.worker.ack(older.job)
    await newer.worker.cut()
  },
}

interface Held {
  readonly worker: ScriptedWorker
  readonly job: Job
}

interface Older extends Held {
  readonly output: TaskOutput
}

/** The first holder has its result, and says nothing of its lease until that has run out; both stay connected. */
async function leasedTwice(world: World): Promise<{ readonly older: Older; readonly newer: Held }> {
  await submitTask(world)
  const first = await ScriptedWorker.connect(world)
  const job = await first.job()
  first.accept(job)
  const output = await first.make(job)
  first.keepAlive()
  const second = await ScriptedWorker.connect(world)
  second.keepAlive()
  const newer = await Promise.any([
    first.job(2).then((next) => ({ worker: first, job: next })),
    second.job().then((next) => ({ worker: second, job: next })),
  ])
  newer.worker.accept(newer.job)
  newer.worker.keepAlive(newer.job)
  return { older: { worker: first, job, output }, newer }
}

/** As if no newer lease had ever been granted. */
function giveBack(world: World, { worker, job }: Held): void {
  inDatabase(world, (db) => {
    db.prepare('UPDATE task SET epoch = ?, token = ?, worker = ? WHERE id = ?').run(
      ...[job.epoch, job.token, worker.id, job.task_id],
    )
  })
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

  it.each(Object.entries(OF_LEASES))('%s', async (name, sabotage) => {
    const world = await World.open({ random: createRandom(name) })
    try {
      await world.gateway.start()
      await sabotage(world)
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
