import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { jsonFile } from './index.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-json-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

describe('json file', () => {
  const found: unknown[] = []
  const open = () => {
    found.splice(0)
    const path = join(dir, 'folder', 'window.json')
    const file = jsonFile({ path, schema: z.object({ count: z.int() }), onBad: (bad) => void found.push(bad) })
    return { path, file }
  }

  it('is null before the first write, then what was written', async () => {
    const { file, path } = open()
    expect(await file.read()).toBeNull()
    await file.write({ count: 1 })
    expect(await file.read()).toEqual({ count: 1 })
    expect([(await stat(path)).mode & 0o777, found]).toEqual([0o600, []])
  })

  it.each([
    ['empty', ''],
    ['truncated', '{"count": 1'],
    ['an array', '[]'],
    ['of another form', '{"count": "two"}'],
    ['UTF-16', Buffer.from('{"count": 5}', 'utf16le')],
  ])('B125 %s: the last good copy, and word of it', async (_name, content) => {
    const { file, path } = open()
    await file.write({ count: 1 })
    await file.write({ count: 2 })
    await writeFile(path, content)
    expect(await file.read()).toEqual({ count: 1 })
    expect(found).toEqual([{ path, isRestored: true }])
  })

  it('never copies a damaged file over the good copy', async () => {
    const { file, path } = open()
    await file.write({ count: 1 })
    await file.write({ count: 2 })
    await writeFile(path, 'damaged')
    await file.write({ count: 3 })
    await rm(path)
    expect(await file.read()).toEqual({ count: 1 })
  })

  it('takes a byte order mark for what it is', async () => {
    const { file, path } = open()
    await file.write({ count: 1 })
    await writeFile(path, '\uFEFF{"count": 7}')
    expect(await file.read()).toEqual({ count: 7 })
  })

  it('writes in the order it was asked, and leaves no temporary file', async () => {
    const { file, path } = open()
    await Promise.all([1, 2, 3, 4].map((count) => file.write({ count })))
    expect(await file.read()).toEqual({ count: 4 })
    expect((await readdir(join(path, '..'))).sort()).toEqual(['window.json', 'window.json.bak'])
  })
})
