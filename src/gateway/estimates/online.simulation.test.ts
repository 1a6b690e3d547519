import { describe, expect, it, vi } from 'vitest'
import { seeded } from '../testing/judgement.ts'
import { simulate } from '../testing/queueSimulation.ts'
import type { Shape, SimulatedServer, SimulatedTask } from '../testing/queueSimulation.ts'

type SimulatedDay = Omit<Shape, 'seed' | 'lookEverySeconds'>

const even = (pace: number) => () => pace
const gpu = (slots: number, pace = 1.5, engine = 'lips'): SimulatedServer => ({
  slots,
  engine,
  pace: even(pace),
  spread: 0.25,
})

/** Voices as people bring them: many short ones, a few of some minutes. */
function voices(count: number, seed: number): number[] {
  const random = seeded(seed)
  return Array.from({ length: count }, () => 8 * Math.exp(random() * 3.2))
}

function burst(count: number, atSeconds = 0, voice: (k: number) => number | null = () => 45): SimulatedTask[] {
  return Array.from({ length: count }, (_, k) => ({ atSeconds, voiceSeconds: voice(k) }))
}

function stream(count: number, everySeconds: number, seed: number): SimulatedTask[] {
  const random = seeded(seed)
  const lengths = voices(count, seed + 1)
  let atSeconds = 0
  return lengths.map((voiceSeconds) => {
    atSeconds += -Math.log(1 - random()) * everySeconds
    return { atSeconds, voiceSeconds }
  })
}

const mixed = voices(200, 5)
/** What nobody can know beforehand: these keep fewer of their "nine in ten". */
const SURPRISES: Readonly<Record<string, SimulatedDay>> = {
  'an engine that becomes twice as slow': {
    servers: [{ slots: 1, engine: 'lips', pace: (now) => (now < 3_600 ? 1 : 2), spread: 0.25 }],
    tasks: burst(160),
    warmUp: 10,
  },
  'nine people with one task each behind one with eighty': {
    servers: [gpu(2)],
    tasks: [
      ...burst(80).map((task) => ({ ...task, tenant: 't-a' })),
      ...Array.from({ length: 9 }, (_, k) => ({ atSeconds: 900 + k, voiceSeconds: 45, tenant: `t-b${String(k)}` })),
    ],
    warmUp: 10,
  },
  'urgent tasks now and then before a hundred that can wait': {
    servers: [gpu(2)],
    tasks: [
      ...burst(100).map((task) => ({ ...task, priority: 'batch' as const })),
      ...stream(12, 300, 17).map((task) => ({ ...task, priority: 'interactive' as const })),
    ],
    warmUp: 10,
  },
}

const SHAPES: Readonly<Record<string, SimulatedDay>> = {
  'one slot, equal voices': { servers: [gpu(1)], tasks: burst(70), warmUp: 10 },
  'one slot, voices from 8 s to 3 min': { servers: [gpu(1)], tasks: burst(120, 0, (k) => mixed[k] ?? 45), warmUp: 20 },
  'voices of lengths nobody told': { servers: [gpu(1)], tasks: burst(80, 0, () => null), warmUp: 10 },
  'a stream at nine tenths of what one server can': { servers: [gpu(2)], tasks: stream(260, 48, 11), warmUp: 30 },
  'a stream above what one server can': { servers: [gpu(2)], tasks: stream(200, 30, 12), warmUp: 30 },
  'twelve slots of one server': { servers: [gpu(12)], tasks: burst(240, 0, (k) => mixed[k % 200] ?? 45), warmUp: 30 },
  'three servers, one three times as fast': {
    servers: [gpu(2, 3, 'old'), gpu(2, 3, 'old'), gpu(2, 1, 'new')],
    tasks: burst(200, 0, (k) => mixed[k] ?? 45),
    warmUp: 30,
  },
}

/** Each is some seconds of work: more of them, and a closer look, by the environment. */
const SEEDS = Number(process.env['DHS_SIMULATION_SEEDS'] ?? 1)
const LOOK_EVERY_SECONDS = SEEDS > 1 ? 30 : 60

// Thousands of tasks through the real queue.
vi.setConfig({ testTimeout: 60_000 })

describe('estimates against what happens, with the real queue', () => {
  it.each(Object.entries(SHAPES))('%s: half are within a quarter, and most within the range', async (name, shape) => {
    await check(name, shape, 0.8)
  })

  it.each(Object.entries(SURPRISES))('%s: half are within a quarter all the same', async (name, shape) => {
    await check(name, shape, 0.5)
  })
})

async function check(name: string, shape: SimulatedDay, keptShare: number): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const judged = await simulate({ ...shape, lookEverySeconds: LOOK_EVERY_SECONDS, seed })
    expect(judged.estimates).toBeGreaterThan(50)
    expect(judged, name).toMatchObject({ negatives: 0, unexplainedJumps: 0 })
    expect(judged.medianError, name).toBeLessThanOrEqual(0.25)
    expect(judged.keptShare, name).toBeGreaterThan(keptShare)
    if (process.env['DHS_SHOW'] !== undefined) process.stderr.write(`${name}: ${JSON.stringify(judged)}\n`)
  }
}
