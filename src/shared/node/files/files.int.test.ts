import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cloneOrCopy, moveFile } from './move.ts'
import { ensureDir, freeSpaceBytes, resolveInside, uniquePath } from './paths.ts'
import { atomicWrite, publishFile } from './publish.ts'
import { isSameFile, statRegularFile } from './regularFile.ts'
import { canMountTmpfs } from '../../../../test/disk/tmpfs.ts'

/** A second file system, without which a cross-device move cannot be tried. */
const OTHER_DEVICE = '/dev/shm'
const MODULE_URL = new URL('./move.ts', import.meta.url).href

let dir: string
const at = (...names: string[]): string => join(dir, ...names)
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-files-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('publishing', () => {
  it('replaces a file in one step and leaves no temporary behind', async () => {
    await atomicWrite(at('settings.json'), 'old', { mode: 0o600 })
    await atomicWrite(at('settings.json'), 'new', { mode: 0o600 })
    expect(readFileSync(at('settings.json'), 'utf8')).toBe('new')
    expect(statSync(at('settings.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir)).toEqual(['settings.json'])
  })

  it('publishes a file that is already read-only', async () => {
    writeFileSync(at('tmp'), 'x')
    chmodSync(at('tmp'), 0o400)
    await publishFile(at('tmp'), at('final'))
    expect(readdirSync(dir)).toEqual(['final'])
  })

  it('names the folder that is missing', async () => {
    await expect(atomicWrite(at('missing', 'x'), 'x')).rejects.toEqual(code('FILE_NOT_FOUND'))
  })
})

describe('moving and copying', () => {
  it('moves within a file system and replaces', async () => {
    writeFileSync(at('a'), 'content')
    writeFileSync(at('b'), 'older')
    await moveFile(at('a'), at('b'))
    expect([readdirSync(dir), readFileSync(at('b'), 'utf8')]).toEqual([['b'], 'content'])
  })

  it.skipIf(!hasOtherDevice())('moves across file systems', async () => {
    const other = mkdtempSync(join(OTHER_DEVICE, 'dhs-files-'))
    try {
      writeFileSync(join(other, 'a'), 'content')
      await moveFile(join(other, 'a'), at('b'))
      expect([readdirSync(other), readFileSync(at('b'), 'utf8')]).toEqual([[], 'content'])
    } finally {
      rmSync(other, { recursive: true })
    }
  })

  it('copies, and says which side is missing', async () => {
    writeFileSync(at('a'), 'content')
    await cloneOrCopy(at('a'), at('copy'))
    expect([readdirSync(dir), readFileSync(at('copy'), 'utf8')]).toEqual([['a', 'copy'], 'content'])
    await expect(cloneOrCopy(at('missing'), at('copy'))).rejects.toEqual(code('FILE_NOT_FOUND'))
  })

  it.skipIf(!canMountTmpfs('a full disk under a moved file'))(
    'leaves nothing half-written on a full disk, and keeps the source',
    () => {
      writeFileSync(at('big'), Buffer.alloc(3_000_000))
      const small = at('small')
      const script = `
      import { existsSync, readdirSync } from 'node:fs'
      const { moveFile } = await import(${JSON.stringify(MODULE_URL)})
      const failure = await moveFile(${JSON.stringify(at('big'))}, ${JSON.stringify(join(small, 'big'))}).catch((error) => error.code)
      console.log(JSON.stringify({ failure, left: readdirSync(${JSON.stringify(small)}), source: existsSync(${JSON.stringify(at('big'))}) }))`
      const output = execFileSync('unshare', [
        '-Urm',
        'sh',
        '-c',
        'mkdir -p "$1" && mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --input-type=module -e "$3"',
        'sh',
        small,
        process.execPath,
        script,
      ])
      expect(JSON.parse(output.toString())).toEqual({ failure: 'DISK_FULL', left: [], source: true })
    },
  )
})

describe('statRegularFile', () => {
  it('identifies a file, also through a link', async () => {
    writeFileSync(at('a'), 'abc')
    symlinkSync(at('a'), at('link'))
    const direct = await statRegularFile(at('a'))
    expect(direct.sizeBytes).toBe(3)
    expect(isSameFile(direct, await statRegularFile(at('link')))).toBe(true)
  })

  it('refuses everything that is not a file, without opening it', async () => {
    execFileSync('mkfifo', [at('pipe')])
    symlinkSync(at('loop'), at('loop'))
    await expect(statRegularFile(at('pipe'))).rejects.toEqual(code('NOT_A_FILE'))
    await expect(statRegularFile('/dev/zero')).rejects.toEqual(code('NOT_A_FILE'))
    await expect(statRegularFile(dir)).rejects.toEqual(code('NOT_A_FILE'))
    await expect(statRegularFile(at('loop'))).rejects.toEqual(code('NOT_A_FILE'))
    await expect(statRegularFile(at('missing'))).rejects.toEqual(code('FILE_NOT_FOUND'))
    await expect(statRegularFile(at('x'.repeat(300)))).rejects.toEqual(code('NAME_INVALID'))
  })
})

describe('paths', () => {
  it('finds a free name', async () => {
    expect(await uniquePath(at('a.mp4'))).toBe(at('a.mp4'))
    writeFileSync(at('a.mp4'), '')
    symlinkSync(at('nowhere'), at('a (2).mp4'))
    expect(await uniquePath(at('a.mp4'))).toBe(at('a (3).mp4'))
  })

  it('keeps paths inside their root', () => {
    expect(resolveInside('/data', 'pool/x')).toBe('/data/pool/x')
    expect(resolveInside('/data', 'pool/../x')).toBe('/data/x')
    expect(resolveInside('/data', '..x')).toBe('/data/..x')
    for (const bad of ['..', '../data-evil', '/data/x', '', '.', 'a/../..', 'a\0b']) {
      expect(() => resolveInside('/data', bad)).toThrow(code('NAME_INVALID'))
    }
  })

  it('makes folders with their mode and refuses a file in the way', async () => {
    await ensureDir(at('deep', 'er'), 0o700)
    expect(statSync(at('deep', 'er')).mode & 0o777).toBe(0o700)
    writeFileSync(at('file'), '')
    await expect(ensureDir(at('file'))).rejects.toEqual(code('DATA_DIR_UNWRITABLE'))
    await expect(ensureDir(at('file', 'below'))).rejects.toEqual(code('DATA_DIR_UNWRITABLE'))
  })

  it('knows the free space', async () => {
    expect(await freeSpaceBytes(dir)).toBeGreaterThan(0)
    await expect(freeSpaceBytes(at('missing'))).rejects.toEqual(code('FILE_NOT_FOUND'))
  })
})

function hasOtherDevice(): boolean {
  const hasOne = existsSync(OTHER_DEVICE) && statSync(OTHER_DEVICE).dev !== statSync(tmpdir()).dev
  if (!hasOne) process.stderr.write(`skipped, ${OTHER_DEVICE} is no other file system: moves across file systems\n`)
  return hasOne
}
