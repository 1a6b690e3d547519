import { WINDOWLESS } from '../../protocol/studio/index.ts'
import type { Platform } from '../../studio/index.ts'
import { AppError } from '../../shared/index.ts'

/** The command line as the studio's door: no dialogs; the licence key lives as long as the command. */
export function createCliPlatform(): Platform {
  const secrets = new Map<string, string>()
  return {
    capabilities: () => Promise.resolve(WINDOWLESS),
    pickFiles: () => Promise.resolve([]),
    pickSavePath: () => Promise.resolve(null),
    revealInFolder: () => Promise.reject(new AppError('NOT_AVAILABLE_HERE')),
    notify: () => Promise.resolve(),
    secrets: {
      get: ({ name }) => Promise.resolve(secrets.get(name) ?? null),
      set: ({ name, value }) => {
        if (value === null) secrets.delete(name)
        else secrets.set(name, value)
        return Promise.resolve({ persisted: false })
      },
    },
    keepAwake: () => Promise.resolve(),
  }
}
