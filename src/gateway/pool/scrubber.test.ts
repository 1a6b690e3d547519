import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PoolFile } from '../../protocol/files/index.ts'
import { systemClock } from '../../shared/node/index.ts'
import { scrubFile } from './scrubber.ts'
import { digestsOf } from './testing/openPool.ts'
import { onLinux } from '../../../test/platform/onLinux.ts'

const CONTENT = Buffer.from('some bytes of a video')
const FILE: PoolFile = { ...digestsOf(CONTENT), ext: '.mp4', size: CONTENT.byteLength }
const PACE = { clock: systemClock, restMs: 0, signal: new AbortController().signal }

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-scrub-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

describe('scrubFile', () => {
  it.each([
    ['whole', CONTENT],
    ['damaged', Buffer.from('other bytes of a video')],
  ])('calls a file %s by its bytes', async (outcome, bytes) => {
    writeFileSync(join(dir, 'file'), bytes)
    expect(await scrubFile(join(dir, 'file'), FILE, PACE)).toBe(outcome)
  })

  it('knows one that is not there', async () => {
    expect(await scrubFile(join(dir, 'none'), FILE, PACE)).toBe('missing')
  })

  // Its first page is never mapped: a real EIO, as of a disk that cannot read a sector.
  it.skipIf(!onLinux('a file that cannot be read'))('calls one damaged that the disk cannot read', async () => {
    expect(await scrubFile('/proc/self/mem', FILE, PACE)).toBe('damaged')
  })
})
