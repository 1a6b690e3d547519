import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsePort, parseRate, parseSlots, readSecretFile } from './values.ts'

describe('values on the command line', () => {
  it('reads rates', () => {
    expect(['1024', '500K', '5M', '1.5m/s', '2GB'].map(parseRate)).toEqual([
      1024, 512_000, 5_242_880, 1_572_864, 2_147_483_648,
    ])
    for (const bad of ['', 'fast', '5X', '-1M', '10', '0']) expect(() => parseRate(bad)).toThrow('--limit-rate')
  })

  it('reads ports and slots', () => {
    expect(parsePort('0')).toBe(0)
    for (const bad of ['70000', 'abc', '-1', '1.5', '']) expect(() => parsePort(bad)).toThrow()
    expect(parseSlots('64')).toBe(64)
    for (const bad of ['0', '65', '1.5', 'x']) expect(() => parseSlots(bad)).toThrow('--slots')
  })
})

describe('a secret file', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-cli-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  const withContent = async (content: string): Promise<string> => {
    const path = join(dir, 'secret')
    await writeFile(path, content)
    return readSecretFile(path)
  }

  it('has one line, whatever editor wrote it', async () => {
    expect(await withContent('\uFEFFabc123\r\n\r\n')).toBe('abc123')
  })

  it('is refused when empty, with several lines, or absent', async () => {
    await expect(withContent(' \n')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
    await expect(withContent('a\nb\n')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
    await expect(readSecretFile(join(dir, 'none'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      data: { file: 'none' },
    })
  })
})
