import { describe, expect, it } from 'vitest'
import { placesOf } from './places.ts'

const facts = (argv: readonly string[], isPackaged = false) => ({
  argv,
  mainDir: '/app/out/main',
  electronResourcesDir: '/opt/studio/resources',
  isPackaged,
  defaultDataDir: '/home/a/data',
  defaultOutputDir: '/home/a/Videos',
})

describe('places', () => {
  it('finds everything beside the built script in development', () => {
    expect(placesOf(facts(['electron', '.']))).toEqual({
      dataDir: '/home/a/data',
      outputDir: '/home/a/Videos',
      resourcesDir: '/app/resources',
      preload: '/app/out/preload/index.cjs',
      rendererDir: '/app/out/renderer',
      entries: {
        studio: '/app/out/main/studio.js',
        gateway: '/app/out/main/gateway.js',
        worker: '/app/out/main/worker.js',
      },
    })
  })

  it('finds the resources beside the archive in a packaged app', () => {
    expect(placesOf(facts(['studio'], true)).resourcesDir).toBe('/opt/studio/resources/resources')
  })

  it.each([
    [['--data', '/tmp/x'], '/tmp/x'],
    [['--data=/tmp/x'], '/tmp/x'],
    [['--no-sandbox', '--data', '/tmp/x', '--', 'dhstudio://open'], '/tmp/x'],
    [['--', '--data', '/tmp/x'], '/home/a/data'],
    [['--data'], '/home/a/data'],
    [['--data', '--web'], '/home/a/data'],
  ])('%j keeps its data in %s', (argv, dataDir) => {
    expect(placesOf(facts(argv)).dataDir).toBe(dataDir)
  })
})
