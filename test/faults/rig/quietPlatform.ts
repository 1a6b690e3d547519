import type { Platform } from '../../../src/studio/index.ts'

/** A door without windows: nobody to ask or to notify, secrets live as long as the process. */
export function createQuietPlatform(): Platform {
  const secrets = new Map<string, string>()
  return {
    capabilities: async () => ({
      door: 'web',
      pickFiles: false,
      revealInFolder: false,
      saveAs: false,
      notifications: false,
      pickFolder: false,
    }),
    pickFiles: async () => [],
    pickSavePath: async () => null,
    revealInFolder: async () => undefined,
    notify: async () => undefined,
    secrets: {
      get: async ({ name }) => secrets.get(name) ?? null,
      set: async ({ name, value }) => {
        if (value === null) secrets.delete(name)
        else secrets.set(name, value)
        return { persisted: false }
      },
    },
    keepAwake: async () => undefined,
  }
}
