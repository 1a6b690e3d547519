import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger, openDatabase } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from '../database/migrations.ts'
import { newRecord } from '../compose/drafts.ts'
import { createLedger, createRecordStore, readHistoryPage } from './index.ts'
import type { RecordStore, StoredInput, StoredRecord } from './index.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

function input(name: string): StoredInput {
  const stamp = { sizeBytes: 1, mtimeMs: 1, inode: 1, device: 1 }
  return { path: `/in/${name}`, name, ext: '.mp4', durationMs: 1_000, stamp, digests: null }
}

function record(name: string, change: Partial<StoredRecord> = {}): StoredRecord {
  const options = { name, loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const draft = { avatar: input('主持人.mp4'), voice: input('Welcome.WAV'), options, wantedPath: null, retryOf: null }
  return { ...newRecord({ ...draft, nowMs: 5 }), ...change }
}

describe('history', () => {
  const clock = createFakeClock()
  let db: Database
  let store: RecordStore
  beforeEach(() => {
    db = openDatabase({ path: ':memory:', migrations: STUDIO_MIGRATIONS })
    store = createRecordStore({ db, log, clock })
  })
  afterEach(() => {
    db.close()
  })
  const page = (question: { query?: string; phase?: 'active' | 'done'; cursor?: string; limit?: number } = {}) =>
    readHistoryPage({ db, log }, { limit: 50, ...question })
  const names = (query: string): string[] => page({ query }).records.map((found) => found.name)

  it('keeps every field of a record', () => {
    const made = record('甲')
    store.insert(made)
    expect(store.find(made.id)).toEqual(made)
    const changed = { ...made, phase: 'waiting' as const, taskId: `t_${'0'.repeat(32)}`, version: 3 }
    store.update(changed)
    expect(store.findByTask(changed.taskId)).toEqual(changed)
  })

  it('finds Chinese by one, two and three characters, and any case or width', () => {
    store.insert(record('新年祝福视频'))
    store.insert(record('产品介绍 Spring Sale'))
    // No letters that a random id may hold: ids are found too.
    store.insert(record('ＸＹＺ公司'))
    expect(names('祝福')).toEqual(['新年祝福视频'])
    expect(names('祝')).toEqual(['新年祝福视频'])
    expect(names('频')).toEqual(['新年祝福视频'])
    expect(names('祝福视频')).toEqual(['新年祝福视频'])
    expect(names('福祝')).toEqual([])
    expect(names('SPRING')).toEqual(['产品介绍 Spring Sale'])
    expect(names('sa')).toEqual(['产品介绍 Spring Sale'])
    expect(names('介绍 spring')).toEqual(['产品介绍 Spring Sale'])
    expect(names('介绍 祝福')).toEqual([])
    expect(names('xyz')).toEqual(['ＸＹＺ公司'])
    expect(names('xy')).toEqual(['ＸＹＺ公司'])
    expect(names('主持')).toHaveLength(3)
    expect(names('welcome.wav')).toHaveLength(3)
  })

  it.each(['"', '""', "'", '*', 'a"b', '祝"', 'AND', 'NEAR(', '%', '\\', '-', '(新', '𠀀𠀁', '👍'])(
    'takes %j as text, never as a query',
    (query) => {
      store.insert(record(`x ${query} y`))
      store.insert(record('something else'))
      expect(names(query)).toEqual([`x ${query} y`])
    },
  )

  it('finds a record by its ids', () => {
    const made = record('甲')
    store.insert(made)
    store.insert(record('乙'))
    expect(names(made.id)).toEqual(['甲'])
    expect(names(made.requestId.slice(4, 20))).toEqual(['甲'])
  })

  it('counts by group through every change, remove and restore', () => {
    const made = record('甲')
    store.insert(made)
    store.insert(record('乙'))
    const totals = (): number[] => [page().total, page({ phase: 'active' }).total, page({ phase: 'done' }).total]
    expect(totals()).toEqual([2, 2, 0])
    store.update({ ...made, phase: 'done', endedAtMs: 9 })
    expect(totals()).toEqual([2, 1, 1])
    expect(store.remove(made.id)).toBe(true)
    expect(store.remove(made.id)).toBe(false)
    expect([totals(), names('甲')]).toEqual([[1, 1, 0], []])
    store.restore(made.id)
    expect([totals(), names('甲')]).toEqual([[2, 1, 1], ['甲']])
  })

  it('deletes for good what was removed, also from the search', () => {
    const made = record('要删除的')
    store.insert(made)
    store.remove(made.id)
    expect(store.purgeRemoved().map((gone) => gone.id)).toEqual([made.id])
    expect(() => store.restore(made.id)).toThrow('no record')
    expect(db.all('SELECT rowid FROM record_trigrams(?)', '"要删除"')).toEqual([])
  })

  it('keeps what was removed a short while ago, counted from the last removal', () => {
    const [old, young, again] = [record('甲'), record('乙'), record('丙')]
    for (const made of [old, young, again]) store.insert(made)
    store.remove(old.id)
    store.remove(again.id)
    clock.advance(60_000)
    store.restore(again.id)
    store.remove(again.id)
    store.remove(young.id)
    expect(store.purgeRemoved(60_000).map((gone) => gone.id)).toEqual([old.id])
    expect([store.restore(young.id).name, store.restore(again.id).name]).toEqual(['乙', '丙'])
    expect([names('甲'), names('乙')]).toEqual([[], ['乙']])
    store.remove(young.id)
    clock.advance(60_000)
    expect(store.purgeRemoved(60_000).map((gone) => gone.id)).toEqual([young.id])
  })

  it('knows the videos of all records, also of removed ones and beside a row that cannot be read', () => {
    const video = { path: '/out/a.mp4', sizeBytes: 1, durationMs: 1, width: 2, height: 2, fps: 25 }
    const [shown, removed, unreadable] = ['a', 'b', 'c'].map((digit) =>
      record(digit, { phase: 'done', output: { ...video, sha256: digit.repeat(64) } }),
    )
    for (const made of [record('active'), shown, removed, unreadable]) if (made !== undefined) store.insert(made)
    store.remove(removed?.id ?? '')
    db.run("UPDATE records SET document = '{' WHERE id = ?", unreadable?.id ?? '')
    expect([...store.videoDigests()].sort()).toEqual(['a'.repeat(64), 'b'.repeat(64)])
  })

  it('tells once that a record has ended, however often it is told again', () => {
    const ledger = createLedger({ store, clock, media: { addressOf: (path) => path, posterAddressOf: () => null } })
    const ends: boolean[] = []
    ledger.onChange((change) => ends.push(change.isEnd))
    const { id } = record('甲')
    ledger.add(record('甲', { id }))
    ledger.update(id, (known) => ({ ...known, phase: 'failed', endedAtMs: 9 }))
    ledger.touch(id)
    store.remove(id)
    store.restore(id)
    ledger.touch(id)
    expect(ends).toEqual([false, true, false, false])
  })

  it('knows whose video a path is when an older one was taken away by hand', () => {
    const output = {
      path: '/out/a.mp4',
      sizeBytes: 1,
      durationMs: 1,
      width: 2,
      height: 2,
      fps: 25,
      sha256: '0'.repeat(64),
    }
    const [older, newer] = [record('甲', { phase: 'done', output }), record('乙', { phase: 'done', output })]
    store.insert(older)
    expect(store.isVideoOfNewer(older)).toBe(false)
    store.insert(newer)
    expect([store.isVideoOfNewer(older), store.isVideoOfNewer(newer)]).toEqual([true, false])
    store.remove(newer.id)
    expect(store.isVideoOfNewer(older)).toBe(false)
  })

  it.each(['a\u0000bc', '\u0000', '祝\u0007福'])('takes the control characters of %j for spaces', (query) => {
    store.insert(record('abc 祝福'))
    expect(() => names(query)).not.toThrow()
  })

  it('leaves out a row that cannot be read, and shows the others', () => {
    store.insert(record('甲'))
    store.insert(record('乙'))
    db.run("UPDATE records SET document = '{' WHERE position = 1")
    expect(page().records.map((found) => found.name)).toEqual(['乙'])
  })

  it('refuses a cursor that is not its own', () => {
    expect(() => page({ cursor: "p1' OR 1=1" })).toThrow('cursor')
  })

  it('walks 100,000 rows page by page without a gap or a repeat, reading one page at a time', () => {
    const template = JSON.stringify(record('模板'))
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
       INSERT INTO records (id, request_id, phase_group, document)
       SELECT 'r' || i, 'q' || i, iif(i % 4 = 0, 'done', 'failed'), json_set(?, '$.name', 'n' || i) FROM n`,
      template,
    )
    const first = page({ limit: 200 })
    expect([first.total, first.records[0]?.name, first.cursor]).toEqual([100_000, 'n100000', 'p99801'])
    const deep = page({ limit: 3, cursor: 'p50000' })
    expect(deep.records.map((found) => found.name)).toEqual(['n49999', 'n49998', 'n49997'])
    const done = page({ limit: 2, phase: 'done', cursor: 'p10' })
    expect([done.total, done.records.map((found) => found.name), done.cursor]).toEqual([25_000, ['n8', 'n4'], null])
    const plan = db.all<{ detail: string }>(
      `EXPLAIN QUERY PLAN SELECT position, document FROM records WHERE removed = 0 AND position < 50000
       ORDER BY position DESC LIMIT 50`,
    )
    expect(plan.map((step) => step.detail)).toEqual(['SEARCH records USING INTEGER PRIMARY KEY (rowid<?)'])
  })
})
