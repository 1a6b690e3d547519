import { join, resolve } from 'node:path'

export interface Places {
  /** Databases, pool and logs. */
  readonly dataDir: string
  readonly outputDir: string
  readonly resourcesDir: string
  readonly preload: string
  readonly rendererDir: string
  readonly entries: { readonly studio: string; readonly gateway: string; readonly worker: string }
}

export interface PlaceFacts {
  readonly argv: readonly string[]
  /** Folder of the built main script. */
  readonly mainDir: string
  /** Folder of Electron's own resources, where a packaged app keeps ours. */
  readonly electronResourcesDir: string
  readonly isPackaged: boolean
  readonly defaultDataDir: string
  readonly defaultOutputDir: string
}

export function placesOf(facts: PlaceFacts): Places {
  const { mainDir, isPackaged, electronResourcesDir } = facts
  const asked = dataDirOf(facts.argv)
  return {
    dataDir: asked === undefined ? facts.defaultDataDir : resolve(asked),
    outputDir: facts.defaultOutputDir,
    resourcesDir: isPackaged ? join(electronResourcesDir, 'resources') : join(mainDir, '..', '..', 'resources'),
    preload: join(mainDir, '..', 'preload', 'index.cjs'),
    rendererDir: join(mainDir, '..', 'renderer'),
    entries: {
      studio: join(mainDir, 'studio.js'),
      gateway: join(mainDir, 'gateway.js'),
      worker: join(mainDir, 'worker.js'),
    },
  }
}

/** `--data DIR` or `--data=DIR`, before the `--` that ends our own arguments. */
function dataDirOf(argv: readonly string[]): string | undefined {
  const separator = argv.indexOf('--')
  const own = separator === -1 ? argv : argv.slice(0, separator)
  const index = own.findIndex((argument) => argument === '--data' || argument.startsWith('--data='))
  const found = own[index]
  if (found === undefined) return undefined
  const value = found === '--data' ? own[index + 1] : found.slice('--data='.length)
  return value === undefined || value === '' || value.startsWith('--') ? undefined : value
}
