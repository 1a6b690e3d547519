import react from '@vitejs/plugin-react'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { WholeProgramsFirst } from './scripts/testing/wholeProgramsFirst.ts'

// Main and preload run against a fake typed by electron.d.ts: tests never need the binary.
const resolveElectron = { alias: { electron: resolve(import.meta.dirname, 'test/electron/fakeElectron.ts') } }
// Hours of a gateway's life on a clock of its own: much work, nothing that could leak.
const SIMULATIONS = ['**/*.model.test.ts', '**/*.simulation.test.ts']
const NOT_MODULES = ['**/node_modules/**', '**/out/**']
// Left alone, vitest takes one fewer than the machine has: on a machine of two a single one.
const PURE_WORKERS = Math.max(2, availableParallelism())

export default defineConfig({
  test: {
    // A leaked rejection or error fails the run (the default, said aloud: never switch it off).
    dangerouslyIgnoreUnhandledErrors: false,
    passWithNoTests: false,
    allowOnly: process.env['CI'] === undefined,
    retry: 0,
    teardownTimeout: 10_000,
    sequence: { sequencer: WholeProgramsFirst },
    projects: [
      {
        resolve: resolveElectron,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
          exclude: [...NOT_MODULES, ...SIMULATIONS, '**/*.int.test.*', 'src/renderer/**'],
          maxWorkers: PURE_WORKERS,
          testTimeout: 10_000,
        },
      },
      {
        resolve: resolveElectron,
        test: {
          name: 'int',
          environment: 'node',
          include: ['src/**/*.int.test.ts', 'test/**/*.int.test.ts', 'scripts/**/*.int.test.{ts,mjs}'],
          exclude: [...NOT_MODULES, 'src/renderer/**'],
          // Real sockets, disks and children: a process per file, so that what a file leaks dies with it.
          pool: 'forks',
          maxWorkers: 2,
          // A group of its own: vitest runs projects with other counts of workers only one after the other.
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'simulation',
          environment: 'node',
          include: SIMULATIONS,
          exclude: NOT_MODULES,
          maxWorkers: PURE_WORKERS,
          testTimeout: 60_000,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'renderer',
          environment: 'jsdom',
          include: ['src/renderer/**/*.test.{ts,tsx}'],
          exclude: NOT_MODULES,
          maxWorkers: PURE_WORKERS,
          testTimeout: 20_000,
        },
      },
    ],
  },
})
