import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killAll } from '../cli/dhs.ts'
import { startGateway, startWorker } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, expectRefusal } from './compose.ts'
import { put } from './files.ts'

describe('places that cannot take the video', () => {
  let root: string
  let gateway: GatewayRun
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-output-'))
    gateway = await startGateway(join(root, 'gateway'))
    await startWorker(gateway, join(root, 'worker'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it('a name that is taken: nothing is overwritten', async () => {
    const out = await put(root, 'mine.mp4', 'precious')
    await expectRefusal(await compose({ out, gateway }).ended, { code: 'OUTPUT_EXISTS', mentions: 'mine.mp4' })
    expect(await readFile(out, 'utf8')).toBe('precious')
  })

  it('a folder that is not there', async () => {
    const end = await compose({ out: join(root, 'nowhere', 'x.mp4'), gateway }).ended
    await expectRefusal(end, { code: 'OUTPUT_UNWRITABLE', mentions: 'x.mp4' })
  })

  it('a folder that is a file', async () => {
    const file = await put(root, 'plain', '')
    const end = await compose({ out: join(file, 'x.mp4'), gateway }).ended
    await expectRefusal(end, { code: 'OUTPUT_UNWRITABLE', mentions: 'x.mp4' })
  })

  it('the output’s name is a folder', async () => {
    const out = join(root, 'folder.mp4')
    await mkdir(out)
    await expectRefusal(await compose({ out, gateway }).ended, { code: 'OUTPUT_EXISTS', mentions: 'folder.mp4' })
  })

  it('a folder that may not be written', async (context) => {
    const dir = join(root, 'readonly')
    await mkdir(dir)
    // Root may write everywhere but onto a read-only file system.
    if (process.getuid?.() !== 0) await chmod(dir, 0o500)
    else if (!tryRun('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', dir)) {
      process.stderr.write('skipped, no tmpfs can be mounted here: a folder that may not be written\n')
      context.skip()
    }
    try {
      const end = await compose({ out: join(dir, 'x.mp4'), gateway }).ended
      await expectRefusal(end, { code: 'OUTPUT_UNWRITABLE', mentions: 'x.mp4' })
    } finally {
      if (process.getuid?.() === 0) tryRun('umount', dir)
    }
  })
})

function tryRun(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
