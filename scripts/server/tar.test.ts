import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tarGz } from './tar.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-tar-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

const long = `${'folder/'.repeat(15)}file.txt`
const files = [
  { path: 'z/run', mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
  { path: 'empty', mode: 0o644, content: Buffer.alloc(0) },
  { path: long, mode: 0o644, content: Buffer.alloc(513, 'x') },
]

describe('tarGz', () => {
  it('is unpacked by tar as it was given', () => {
    writeFileSync(join(dir, 'a.tgz'), tarGz(files))
    execFileSync('tar', ['-xzf', join(dir, 'a.tgz'), '-C', dir])
    for (const { path, mode, content } of files) {
      expect(readFileSync(join(dir, path)).equals(content)).toBe(true)
      expect(statSync(join(dir, path)).mode & 0o777).toBe(mode)
      expect(statSync(join(dir, path)).mtimeMs).toBe(Date.UTC(2026, 0, 1))
    }
  })

  it('is the same bytes for the same files, in whatever order and of whatever time', () => {
    expect(tarGz([...files].reverse()).equals(tarGz(files))).toBe(true)
    expect(tarGz(files, 1).equals(tarGz(files))).toBe(false)
  })

  it('refuses a path that would be cut', () => {
    expect(() => tarGz([{ path: 'x'.repeat(101), mode: 0o644, content: Buffer.alloc(0) }])).toThrow('too long')
  })
})
