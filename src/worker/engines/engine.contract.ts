import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { probeMedia } from '../../shared/node/index.ts'
import type { Engine, EngineProgress, EngineRun } from './port.ts'

export interface EngineHarness {
  readonly engine: Engine
  /** A pair that takes at least a second, so that a cancel meets it running. */
  readonly long: { readonly avatarPath: string; readonly voicePath: string }
  readonly short: { readonly avatarPath: string; readonly voicePath: string; readonly voiceMs: number }
  /** A file that is no video, given as the avatar. */
  readonly brokenPath: string
}

/** What the runner relies on, whatever the engine. Every engine's test calls this. */
export function describeEngineContract(name: string, createHarness: (dir: string) => Promise<EngineHarness>): void {
  describe(`engine contract: ${name}`, () => {
    let root = ''
    let harness: EngineHarness
    // The media are made once; each run has an empty folder.
    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'dhs-engine-'))
      mkdirSync(join(root, 'media'))
      harness = await createHarness(join(root, 'media'))
    })
    beforeEach(() => {
      mkdirSync(join(root, 'work'))
    })
    afterEach(() => {
      rmSync(join(root, 'work'), { recursive: true })
    })
    afterAll(() => {
      rmSync(root, { recursive: true, force: true })
    })

    const runWith = (changes: Partial<EngineRun>): Promise<{ readonly outputPath: string }> =>
      harness.engine.run({
        avatarPath: harness.short.avatarPath,
        voicePath: harness.short.voicePath,
        options: {},
        workDir: join(root, 'work'),
        signal: new AbortController().signal,
        report: () => undefined,
        ...changes,
      })

    it('says that it is ready, and which version', async () => {
      const { ready, version } = await harness.engine.probe()
      expect(ready).toBe(true)
      expect(version).not.toBe('')
    })

    it('makes a video with sound as long as the voice, and writes only into its folder', async () => {
      const before = readdirSync(join(root, 'media'))
      const { outputPath } = await runWith({})
      expect(outputPath.startsWith(join(root, 'work'))).toBe(true)
      const probe = await probeMedia(outputPath)
      expect(probe).toMatchObject({ container: 'mp4', video: { codec: 'avc' }, audio: { codec: 'aac' } })
      expect(Math.abs(probe.durationMs - harness.short.voiceMs)).toBeLessThanOrEqual(100)
      expect(readdirSync(join(root, 'media'))).toEqual(before)
      expect(readdirSync(root).sort()).toEqual(['media', 'work'])
    })

    it('reports progress that never goes back and ends at 100, or none at all', async () => {
      const reports: EngineProgress[] = []
      await runWith({ report: (progress) => reports.push(progress) })
      const percents = reports.flatMap(({ percent }) => (percent === null ? [] : [percent]))
      expect(percents).toEqual([...percents].sort((a, b) => a - b))
      expect(percents.every((percent) => percent >= 0 && percent <= 100)).toBe(true)
      if (percents.length > 0) expect(percents.at(-1)).toBe(100)
    })

    testCancelling({ harness: () => harness, root: () => root, runWith })

    it('refuses an avatar that is no video with a code', async () => {
      const refusal: unknown = await runWith({ avatarPath: harness.brokenPath }).catch((error: unknown) => error)
      if (!(refusal instanceof AppError)) throw new Error('the refusal has no code', { cause: refusal })
      expect(refusal.code).toMatch(/^(MEDIA|NO|CODEC)_/)
    })
  })
}

interface Suite {
  readonly harness: () => EngineHarness
  readonly root: () => string
  readonly runWith: (changes: Partial<EngineRun>) => Promise<{ readonly outputPath: string }>
}

function testCancelling(suite: Suite): void {
  it('ends at once when cancelled, with the reason given, and leaves no process behind', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled by the test')
    const workDir = join(suite.root(), 'work')
    let childrenSeen = 0
    const running = suite.runWith({
      ...suite.harness().long,
      signal: controller.signal,
      report: ({ percent }) => {
        if (percent === null || percent === 0 || controller.signal.aborted) return
        childrenSeen = childrenIn(workDir)
        controller.abort(reason)
      },
    })
    await expect(running).rejects.toBe(reason)
    expect(childrenSeen).toBeGreaterThan(0)
    expect(childrenIn(workDir)).toBe(0)
  })

  it('does not begin when cancelled before', async () => {
    const reason = new Error('too late')
    await expect(suite.runWith({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(readdirSync(join(suite.root(), 'work'))).toEqual([])
  })
}

/** Processes whose working folder lies in `dir`; engines run their children there. */
function childrenIn(dir: string): number {
  if (!existsSync('/proc/self/cwd')) return 0
  const links = execFileSync('/bin/sh', ['-c', 'readlink /proc/[0-9]*/cwd || true'], { encoding: 'utf8' })
  return links.split('\n').filter((link) => link.startsWith(dir)).length
}
