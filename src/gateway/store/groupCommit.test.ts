import { describe, expect, it } from 'vitest'
import type { Database } from '../../shared/node/index.ts'
import { openMemoryGatewayDatabase } from './gatewayDatabase.ts'
import { GroupCommit } from './groupCommit.ts'

function openGroup() {
  const db = openMemoryGatewayDatabase()
  const seen = { announced: [] as string[], rollbacks: 0, wereCommitted: [] as boolean[] }
  const group = new GroupCommit<string>({
    db,
    announce: (changes) => {
      seen.announced.push(...changes)
      seen.wereCommitted.push(changes.every((name) => names(db).includes(name)))
    },
    rolledBack: () => {
      seen.rollbacks++
    },
  })
  const add = (name: string, fails = false) =>
    group.write((changes) => {
      db.run('INSERT INTO meta(name, value) VALUES (?, ?)', name, name)
      changes.push(name)
      if (fails) throw new Error(`${name} failed`)
      return name
    })
  return { db, group, add, seen }
}

function names(db: Database): string[] {
  return db.all<{ name: string }>(`SELECT name FROM meta WHERE name LIKE 'w%' ORDER BY name`).map((row) => row.name)
}

describe('GroupCommit', () => {
  it('answers each writer after the commit and announces in order', async () => {
    const { db, add, seen } = openGroup()
    expect(await Promise.all([add('w1'), add('w2'), add('w3')])).toEqual(['w1', 'w2', 'w3'])
    expect(names(db)).toEqual(['w1', 'w2', 'w3'])
    expect(seen).toEqual({ announced: ['w1', 'w2', 'w3'], rollbacks: 0, wereCommitted: [true] })
    db.close()
  })

  it('fails only the bad write of a group', async () => {
    const { db, add, seen } = openGroup()
    const outcomes = await Promise.allSettled([add('w1'), add('w2', true), add('w3')])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(names(db)).toEqual(['w1', 'w3'])
    expect(seen.announced).toEqual(['w1', 'w3'])
    expect(seen.rollbacks).toBeGreaterThan(0)
    db.close()
  })

  it('shares one transaction among the writes of one turn', async () => {
    const { db, group } = openGroup()
    // A savepoint survives only inside the transaction it was made in.
    const first = group.write(() => {
      db.exec('SAVEPOINT shared')
    })
    const second = group.write(() => {
      db.exec('RELEASE shared')
      return 'same transaction'
    })
    await first
    expect(await second).toBe('same transaction')
    await group.write(() => {
      db.exec('SAVEPOINT alone')
    })
    await expect(
      group.write(() => {
        db.exec('RELEASE alone')
      }),
    ).rejects.toThrow('no such savepoint')
    db.close()
  })

  it('lets others run between the groups of a flood', async () => {
    const { db, group } = openGroup()
    let committed = 0
    const flood = Array.from({ length: 2000 }, () => group.write(() => (committed += 1)))
    const seen = await new Promise<number>((resolve) => {
      setImmediate(() => {
        resolve(committed)
      })
    })
    expect(seen).toBeGreaterThan(0)
    expect(seen).toBeLessThan(1000)
    await Promise.all(flood)
    expect(committed).toBe(2000)
    db.close()
  })

  it('commits what waits when it closes, and refuses what comes later', async () => {
    const { db, group, add } = openGroup()
    const pending = add('w1')
    group.close()
    expect(await pending).toBe('w1')
    await expect(add('w2')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    db.close()
  })

  it('lets no error escape when what it remembers cannot be read again, and goes on when it can', async () => {
    const db = openMemoryGatewayDatabase()
    const disk = { fails: false, restored: 0 }
    const group = new GroupCommit<string>({
      db,
      announce: () => undefined,
      rolledBack: () => {
        if (disk.fails) throw new Error('disk I/O error')
        disk.restored++
      },
    })
    disk.fails = true
    const broken = () => {
      throw new Error('the first error')
    }
    await expect(group.write(broken)).rejects.toThrow('disk I/O error')
    await expect(group.write(() => 'asked too early')).rejects.toThrow('disk I/O error')
    disk.fails = false
    expect(await group.write(() => 'asked later')).toBe('asked later')
    expect(disk.restored).toBe(1)
    db.close()
  })
})
