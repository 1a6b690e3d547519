import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { startSweeper, sweepStaging } from './sweep.ts'

const HOUR_MS = 3_600_000
const clock = createFakeClock()

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-sweep-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

function stage(name: string, ageMs: number): string {
  const path = join(dir, name, 'clip.mp4')
  mkdirSync(join(dir, name))
  writeFileSync(path, 'x')
  age(join(dir, name), ageMs)
  return path
}

function age(path: string, ageMs: number): void {
  const seconds = (clock.now() - ageMs) / 1000
  utimesSync(path, seconds, seconds)
}

it('removes what is a day old and needed by nobody', async () => {
  const needed = stage('needed', 48 * HOUR_MS)
  stage('old', 25 * HOUR_MS)
  stage('young', 23 * HOUR_MS)
  writeFileSync(join(dir, 'broken.part'), 'x')
  age(join(dir, 'broken.part'), 25 * HOUR_MS)
  expect(await sweepStaging({ dir, clock, pathsInUse: () => [needed] })).toBe(2)
  expect(readdirSync(dir).sort()).toEqual(['needed', 'young'])
})

it('sweeps again every hour until it is stopped', async () => {
  const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })
  stage('old', 25 * HOUR_MS)
  const sweeper = startSweeper({ dir, clock, log, pathsInUse: () => [] })
  await vi.waitFor(() => {
    expect([readdirSync(dir), clock.pendingTimers]).toEqual([[], 1])
  })
  stage('older', 26 * HOUR_MS)
  clock.advance(HOUR_MS)
  await vi.waitFor(() => {
    expect([readdirSync(dir), clock.pendingTimers]).toEqual([[], 1])
  })
  await sweeper.stop()
  expect(clock.pendingTimers).toBe(0)
})
