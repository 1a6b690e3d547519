import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { createStagingArea } from './stagingArea.ts'
import { startSweeper, sweepStaging } from './sweep.ts'

const HOUR_MS = 3_600_000
const clock = createFakeClock()
const log = createLogger({ name: 'test', destination: 'stderr', level: 'silent' })

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
  stage('old', 25 * HOUR_MS)
  const sweeper = startSweeper({ dir, clock, log, pathsInUse: () => [], forgetMissing: () => undefined })
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

it('forgets an upload with its file: the same one starts anew instead of getting the old handle', async () => {
  const registered: string[] = []
  const area = createStagingArea({
    dir,
    limits: { maxFileBytes: 100, reserveBytes: 0 },
    register: (path) => `h_${String(registered.push(path))}`,
  })
  const send = (id: string, bytes: string) =>
    area.receive({ id, name: 'clip.mp4', sizeBytes: 4, offset: 0 }, Readable.from([Buffer.from(bytes)]))
  const [whole, used, broken] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const
  expect(await send(whole, 'abcd')).toEqual({ kind: 'stored', handle: 'h_1' })
  expect(await send(used, 'abcd')).toEqual({ kind: 'stored', handle: 'h_2' })
  expect(await send(broken, 'ab')).toEqual({ kind: 'partial', offset: 2 })
  for (const name of [whole, used, `${broken}.part`]) age(join(dir, name), 25 * HOUR_MS)

  const pathsInUse = (): string[] => [join(dir, used, 'clip.mp4')]
  const sweeper = startSweeper({ dir, clock, log, pathsInUse, forgetMissing: area.forgetMissing })
  await sweeper.stop()
  expect(readdirSync(dir)).toEqual([used])
  expect([await area.offsetOf(whole), await area.offsetOf(used), await area.offsetOf(broken)]).toEqual([0, 4, 0])
  expect(await send(whole, 'abcd')).toEqual({ kind: 'stored', handle: 'h_3' })
  expect(await send(used, '')).toEqual({ kind: 'stored', handle: 'h_2' })
  expect(registered).toHaveLength(3)
})
