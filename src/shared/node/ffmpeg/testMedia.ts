import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locateFfmpeg } from './locateFfmpeg.ts'
import type { FfmpegTools } from './locateFfmpeg.ts'

/** A folder with tiny media made by the real FFmpeg. Part of the tests only. */
export interface TestMedia {
  readonly dir: string
  readonly tools: FfmpegTools
  at(name: string): string
  /** Runs FFmpeg with these arguments in the folder. */
  make(...args: readonly string[]): void
  remove(): void
}

export const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=10:d=1'] as const
export const SOUND = ['-f', 'lavfi', '-i', 'sine=440:d=1:r=16000'] as const

export async function createTestMedia(): Promise<TestMedia> {
  const tools = await locateFfmpeg()
  if (tools.kind === 'missing') throw new Error(`these tests need FFmpeg: ${tools.installCommand}`)
  const dir = mkdtempSync(join(tmpdir(), 'dhs-media-'))
  return {
    dir,
    tools,
    at: (name) => join(dir, name),
    make: (...args) => {
      execFileSync(tools.path, ['-v', 'error', '-nostdin', '-y', ...args], { cwd: dir })
    },
    remove: () => {
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
