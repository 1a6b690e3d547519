import { WINDOWLESS } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Platform } from '../../studio/index.ts'
import type { SecretsFile } from './secretsFile.ts'

/** A browser picks, saves and notifies by itself; the studio only gets a place for keys. */
export function createWebPlatform(secrets: SecretsFile): Platform {
  const notHere = (): Promise<never> => Promise.reject(new AppError('NOT_AVAILABLE_HERE'))
  return {
    capabilities: () => Promise.resolve(WINDOWLESS),
    pickFiles: notHere,
    pickSavePath: notHere,
    revealInFolder: notHere,
    notify: () => Promise.resolve(),
    secrets: {
      get: ({ name }) => secrets.get(name),
      async set({ name, value }) {
        await secrets.set(name, value)
        return { persisted: true }
      },
    },
    keepAwake: () => Promise.resolve(),
  }
}
