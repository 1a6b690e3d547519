import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../shared/node/index.ts'
import { makeDataDir, removeDataDir } from '../pool/testing/openPool.ts'
import { Holdings } from './holdings.ts'
import type { Assets } from './index.ts'
import { LateWrites } from './lateWrites.ts'
import { openAssets } from './testing/openAssets.ts'
import type { OpenAssets } from './testing/openAssets.ts'

const MINE = 't-mine'
const THEIRS = 't-theirs'
const WORKER = 'w-one'
const OTHER_WORKER = 'w-two'
const log = createLogger({ name: 'removals-test', level: 'silent', destination: 'stderr' })

let dataDir: string
/** To the fleet. */
let known: string[]
let at: OpenAssets
let assets: Assets
beforeEach(async () => {
  dataDir = await makeDataDir()
  known = [WORKER, OTHER_WORKER]
  at = await openAssets(dataDir, known)
})
afterEach(async () => {
  assets.stop()
  await at.close()
  await removeDataDir(dataDir)
})

async function keep(tenant = MINE, text = 'a voice') {
  const file = await at.bring(tenant, text)
  return (await assets.add(tenant, { kind: 'voice', name: text, isNamed: true, file })).asset
}

/** Servers a deletion is to reach, with the states of their tasks. */
async function removalsOf(id: string, tenant = MINE) {
  const deletion = await assets.remove(tenant, id, 0)
  return deletion?.removals.map(({ worker, task, isDone }) => [worker, task?.state, isDone])
}

/** A deletion of mine that waits for the worker, which is off. */
async function waiting() {
  assets = await at.openAssets()
  const asset = await keep()
  await at.submit(MINE, asset.file)
  await (await at.run(WORKER))?.succeed()
  at.clock.advance(1)
  expect(await removalsOf(asset.id)).toEqual([[WORKER, 'queued', false]])
  at.clock.advance(1)
  return asset
}

describe('who holds what', () => {
  it('is known after a crash behind the accept, however many tasks came since', async () => {
    const file = await at.bring(MINE, 'a voice')
    await at.submit(MINE, file)
    const run = await at.run(WORKER)
    const other = await at.bring(MINE, 'another voice')
    for (let index = 0; index < 501; index++) await at.submit(MINE, other)
    assets = await at.openAssets()
    const { id } = (await assets.add(MINE, { kind: 'voice', name: 'Anna', isNamed: true, file })).asset
    expect(await run?.succeed()).toBe('ok')
    expect(await removalsOf(id)).toEqual([[WORKER, 'queued', false]])
  })
})

describe('a removal that waits for its server', () => {
  it('is not asked for any more when somebody keeps the content again, and the server still counts as holding it', async () => {
    const { id } = await waiting()
    const again = await keep()
    expect(await removalsOf(id)).toEqual([[WORKER, 'cancelled', true]])
    expect(await at.run(WORKER)).toBeUndefined()
    expect(await removalsOf(again.id)).toEqual([[WORKER, 'queued', false]])
  })

  it('is not asked for any more when another tenant brings the content', async () => {
    const { id } = await waiting()
    await at.bring(THEIRS, 'a voice')
    await vi.waitFor(async () => {
      expect(await removalsOf(id)).toEqual([[WORKER, 'cancelled', true]])
    })
  })

  it('goes on when its own tenant brings the file without keeping it', async () => {
    const { id } = await waiting()
    await at.bring(MINE, 'a voice')
    expect((await at.run(WORKER))?.task.taskType).toBe('delete_asset')
    expect(await removalsOf(id)).toEqual([[WORKER, 'running', false]])
  })

  it('is not asked for any more when a task needs the content', async () => {
    const { id } = await waiting()
    const task = await at.submit(MINE, await at.bring(MINE, 'a voice'))
    await vi.waitFor(async () => {
      expect(await removalsOf(id)).toEqual([[WORKER, 'cancelled', true]])
    })
    expect((await at.run(WORKER))?.task.id).toBe(task.id)
  })

  it('is not asked for any more when its content is needed in the very commit that makes its task', async () => {
    assets = await at.openAssets()
    const asset = await keep()
    for (const worker of [WORKER, OTHER_WORKER]) {
      await at.submit(MINE, asset.file)
      await (await at.run(worker))?.succeed()
    }
    at.clock.advance(1)
    // The first one is on its way, and is cancelled; the second gets its task while that goes on.
    let arrivals = 0
    let theirs: Promise<unknown> | undefined
    at.queue.onArrival(() => {
      arrivals += 1
      if (arrivals === 2) theirs = at.submit(THEIRS, asset.file)
    })
    await assets.remove(MINE, asset.id, 0)
    await theirs
    await vi.waitFor(async () => {
      expect(await removalsOf(asset.id)).toEqual([
        [WORKER, 'cancelled', true],
        [OTHER_WORKER, 'cancelled', true],
      ])
    }, 10_000)
  })

  it('is over when nobody waits for that server any more, also where it gets its task in that moment', async () => {
    await waiting()
    await (await at.run(WORKER))?.fail()
    at.clock.advance(1)
    const other = await keep(MINE, 'another voice')
    await at.submit(MINE, other.file)
    await (await at.run(WORKER))?.succeed()
    at.clock.advance(1)
    let swept: Promise<void> | undefined
    at.queue.onArrival(() => {
      known.splice(0)
      swept ??= sweep()
    })
    await assets.remove(MINE, other.id, 0)
    await swept
    expect(await removalsOf(other.id)).toEqual([[WORKER, 'cancelled', true]])
  })

  it('is withdrawn at the start when a crash came before it was', async () => {
    const { id } = await waiting()
    assets.stop()
    await at.submit(THEIRS, await at.bring(THEIRS, 'a voice'))
    assets = await at.openAssets()
    expect(await removalsOf(id)).toEqual([[WORKER, 'cancelled', true]])
  })

  it('is not made again after a failure when the content is wanted meanwhile', async () => {
    const { id } = await waiting()
    expect(await (await at.run(WORKER))?.fail()).toBe('ok')
    assets.stop()
    await at.bring(THEIRS, 'a voice')
    assets = await at.openAssets()
    expect(await removalsOf(id)).toEqual([[WORKER, 'failed', true]])
  })

  it('leaves the note of a run that was accepted after it', async () => {
    const { file } = await waiting()
    const removal = await at.run(WORKER)
    // As when the cancel comes too late.
    const holdings = new Holdings(at.db, new LateWrites(at.db, at.clock, log))
    at.clock.advance(1)
    holdings.note(WORKER, [file.sha256], at.clock.now())
    expect(holdings.workersOf(file.sha256)).toEqual([WORKER])
    expect(await removal?.succeed()).toBe('ok')
    expect(holdings.workersOf(file.sha256)).toEqual([WORKER])
  })
})

/** Ends with the error of a real database: no statement finds the table any more. */
function hideTable(name: string): () => void {
  at.db.exec(`ALTER TABLE ${name} RENAME TO hidden_${name}`)
  return () => {
    at.db.exec(`ALTER TABLE hidden_${name} RENAME TO ${name}`)
  }
}

const sweep = () => assets.sweep(new AbortController().signal)

describe('a database that cannot be read for a moment', () => {
  it('ends nobody when a task ends that a deletion had waited for; the next sweep goes on', async () => {
    assets = await at.openAssets()
    const { id, file } = await keep()
    await at.submit(MINE, file)
    const run = await at.run(WORKER)
    expect(await removalsOf(id)).toEqual([])
    const show = hideTable('asset')
    expect(await run?.succeed()).toBe('ok')
    await vi.waitFor(() => {
      expect(at.errors).toEqual(['what is left of deleted assets could not be looked up; it is tried again'])
    })
    show()
    await sweep()
    expect(await removalsOf(id)).toEqual([[WORKER, 'queued', false]])
  })

  it.each(['removal', 'asset'])(
    'ends nobody when a file is brought (%s); the next sweep sees what is wanted',
    async (table) => {
      const { id } = await waiting()
      const show = hideTable(table)
      await at.bring(THEIRS, 'a voice')
      await vi.waitFor(() => {
        expect(at.errors).toEqual(['removals could not be looked up; a server may fetch a file again'])
      })
      show()
      await sweep()
      expect(await removalsOf(id)).toEqual([[WORKER, 'cancelled', true]])
    },
  )
})

describe('the end of a removal that the database does not take', () => {
  /** The end itself is stored; the note of it finds no room. */
  async function endUnnoted(how: 'succeed' | 'fail') {
    const { id } = await waiting()
    const removal = await at.run(WORKER)
    at.db.exec("CREATE TEMP TRIGGER no_room BEFORE UPDATE ON removal BEGIN SELECT RAISE(ABORT, 'no room'); END")
    expect(await removal?.[how]()).toBe('ok')
    at.db.exec('DROP TRIGGER no_room')
    return id
  }

  it('is noted by the next sweep', async () => {
    const id = await endUnnoted('succeed')
    expect(await removalsOf(id)).toEqual([[WORKER, 'succeeded', false]])
    await sweep()
    expect(await removalsOf(id)).toEqual([[WORKER, 'succeeded', true]])
  })

  it('is followed by another one when it had failed', async () => {
    const id = await endUnnoted('fail')
    await sweep()
    at.clock.advance(10 * 60_000)
    await sweep()
    expect((await at.run(WORKER))?.task.taskType).toBe('delete_asset')
    expect(await removalsOf(id)).toEqual([[WORKER, 'running', false]])
  })
})
