import { WINDOWLESS } from '../../src/protocol/studio/index.ts'
import type { Platform } from '../../src/studio/index.ts'

type Notice = Parameters<Platform['notify']>[0]

/** A door without windows: nobody to ask, whoever wants notices gets them, secrets live as long as the platform. */
export function createQuietPlatform({ onNotice }: { readonly onNotice?: (notice: Notice) => void } = {}): Platform {
  const secrets = new Map<string, string>()
  return {
    capabilities: async () => WINDOWLESS,
    pickFiles: async () => [],
    pickSavePath: async () => null,
    revealInFolder: async () => undefined,
    notify: async (notice) => onNotice?.(notice),
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
