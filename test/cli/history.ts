import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import type { RouterClient } from '@orpc/server'
import type { TaskRecord } from '../../src/protocol/studio/index.ts'
import { createLogger } from '../../src/shared/node/index.ts'
import { createStudio } from '../../src/studio/index.ts'
import type { Platform, Studio } from '../../src/studio/index.ts'

/** The app's own view of a data folder: what its pages ask and are told. */
export interface OpenedStudio {
  readonly studio: Studio
  readonly call: RouterClient<Studio['router']>
}

/** A studio that is not started: it connects to nobody and goes on with nothing. */
export async function openStudio(dataDir: string): Promise<OpenedStudio> {
  const studio = await createStudio({
    ...{ dataDir, outputDir: join(dataDir, 'Videos'), resourcesDir: resolve('resources') },
    ...{ version: '1.2.3', locale: 'en', platform: emptyDesk() },
    log: createLogger({ name: 'test', level: 'silent', destination: 'stderr' }),
  })
  return { studio, call: createRouterClient(studio.router) }
}

/** The history that `dhs compose --data` left behind, newest first. */
export async function readHistory(composeData: string): Promise<readonly TaskRecord[]> {
  const { studio, call } = await openStudio(join(composeData, 'studio'))
  try {
    return (await call.history.page({})).records
  } finally {
    await studio.stop()
  }
}

/** Nobody sits there; a key lives as long as the studio. */
function emptyDesk(): Platform {
  const secrets = new Map<string, string | null>()
  return {
    capabilities: () =>
      Promise.resolve({
        ...{ door: 'web', pickFiles: false, revealInFolder: false, saveAs: false },
        ...{ notifications: false, pickFolder: false },
      }),
    pickFiles: () => Promise.resolve([]),
    pickSavePath: () => Promise.resolve(null),
    revealInFolder: () => Promise.resolve(),
    notify: () => Promise.resolve(),
    secrets: {
      get: ({ name }) => Promise.resolve(secrets.get(name) ?? null),
      set: ({ name, value }) => {
        secrets.set(name, value)
        return Promise.resolve({ persisted: false })
      },
    },
    keepAwake: () => Promise.resolve(),
  }
}
