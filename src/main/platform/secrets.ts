import { safeStorage } from 'electron'
import { z } from 'zod'
import type { JsonFile } from '../storage/index.ts'

export const secretsFileSchema = z.object({
  /** Which keychain encrypted them, to explain why they can no longer be read. */
  backend: z.string(),
  /** Name → ciphertext, base64. */
  entries: z.record(z.string(), z.string()),
})

export type SecretsContent = z.infer<typeof secretsFileSchema>

export interface SecretsDeps {
  readonly store: JsonFile<SecretsContent>
  readonly platform: NodeJS.Platform
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface Secrets {
  /** Null when there is none, or when the keychain that encrypted it is not the one here now. */
  get(name: string): Promise<string | null>
  set(name: string, value: string | null): Promise<{ persisted: boolean }>
}

/**
 * Secrets in the system's keychain; where there is no real one, in memory for this session only. What cannot be
 * decrypted is left where it is: the keychain may be back next time.
 */
export function createSecrets({ store, platform, log }: SecretsDeps): Secrets {
  const session = new Map<string, string>()
  let lastChange: Promise<unknown> = Promise.resolve()

  const read = async (): Promise<SecretsContent> =>
    (await store.read()) ?? { backend: backendOf(platform), entries: {} }

  const save = async (name: string, ciphertext: string | null): Promise<void> => {
    const { entries } = await read()
    const others = Object.entries(entries).filter(([other]) => other !== name)
    const next = ciphertext === null ? others : [...others, [name, ciphertext] as const]
    await store.write({ backend: backendOf(platform), entries: Object.fromEntries(next) })
  }

  const encrypt = async (name: string, value: string): Promise<void> => {
    await save(name, (await safeStorage.encryptStringAsync(value)).toString('base64'))
  }

  const change = async (name: string, value: string | null): Promise<{ persisted: boolean }> => {
    session.delete(name)
    if (value === null) {
      await save(name, null)
      return { persisted: true }
    }
    if (!(await isKeychainSafe(platform))) {
      session.set(name, value)
      return { persisted: false }
    }
    await encrypt(name, value)
    return { persisted: true }
  }

  return {
    async get(name) {
      const inSession = session.get(name)
      if (inSession !== undefined) return inSession
      const { entries, backend } = await read()
      const ciphertext = Object.hasOwn(entries, name) ? entries[name] : undefined
      if (ciphertext === undefined) return null
      try {
        const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(ciphertext, 'base64'))
        if (shouldReEncrypt) await encrypt(name, result)
        return result
      } catch {
        log('secrets.unreadable', { storedBy: backend, here: backendOf(platform) })
        return null
      }
    },
    // One after the other: each rewrites the file.
    set(name, value) {
      const changed = lastChange.then(() => change(name, value))
      lastChange = changed.catch(ignore)
      return changed
    },
  }
}

/** Whoever asked was told already. */
function ignore(): void {
  return
}

/** `basic_text` encrypts with a key that is in Chromium's source: that is no keychain. */
async function isKeychainSafe(platform: NodeJS.Platform): Promise<boolean> {
  if (!(await safeStorage.isAsyncEncryptionAvailable())) return false
  const backend = backendOf(platform)
  return backend !== 'basic_text' && backend !== 'unknown'
}

function backendOf(platform: NodeJS.Platform): string {
  return platform === 'linux' ? safeStorage.getSelectedStorageBackend() : platform
}
