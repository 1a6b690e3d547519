import { describe, expect, it, vi } from 'vitest'
import { simulateOffline } from '../testing/offlineSimulation.ts'
import type { OfflineShape } from '../testing/offlineSimulation.ts'

const BASE: Omit<OfflineShape, 'seed'> = {
  ...{ hasHook: true, times: 20, warmUp: 6, tasks: 8, everySeconds: 20, slots: 2 },
  ...{ bootSeconds: 180, bootSpread: 0.15, refusedShare: 0, dies: false },
}

const SHAPES: Readonly<Record<string, Omit<OfflineShape, 'seed'>>> = {
  'a GPU that a hook turns on': BASE,
  'a GPU that somebody turns on': { ...BASE, hasHook: false },
  'a slow start of ten minutes, one slot': { ...BASE, bootSeconds: 600, slots: 1, tasks: 5 },
  'every fifth try is refused and backs off': { ...BASE, refusedShare: 0.2 },
}

/** Nobody can know beforehand that a machine dies. */
const SURPRISES: Readonly<Record<string, Omit<OfflineShape, 'seed'>>> = {
  'a GPU that dies in its first run and is started again': { ...BASE, dies: true, bootSpread: 0.1 },
}

const SEEDS = Number(process.env['DHS_SIMULATION_SEEDS'] ?? 1)

vi.setConfig({ testTimeout: 60_000 })

describe('estimates while a GPU is off, with the real queue, fleet and power rules', () => {
  it.each(Object.entries(SHAPES))('%s: half are within a quarter, and most within the range', async (name, shape) => {
    await check(name, shape, 0.8)
  })

  it.each(Object.entries(SURPRISES))('%s: half are within a quarter all the same', async (name, shape) => {
    await check(name, shape, 0.5)
  })
})

async function check(name: string, shape: Omit<OfflineShape, 'seed'>, keptShare: number): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const judged = await simulateOffline({ ...shape, seed })
    if (process.env['DHS_SHOW'] !== undefined) process.stderr.write(`${name}: ${JSON.stringify(judged)}\n`)
    expect(judged.estimates).toBeGreaterThan(50)
    expect(judged, name).toMatchObject({ negatives: 0, unexplainedJumps: 0 })
    expect(judged.medianError, name).toBeLessThanOrEqual(0.25)
    expect(judged.keptShare, name).toBeGreaterThan(keptShare)
  }
}
