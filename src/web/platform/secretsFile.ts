import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { atomicWrite, errnoOf, toFileError } from '../../shared/node/index.ts'

const ABOUT =
  'Keys this app uses, readable only by the account it runs under. Without a desktop there is no keychain to put them in.'

const fileSchema = z.object({ about: z.string(), secrets: z.record(z.string(), z.string()) })

/** Named secrets in one 0600 file. */
export interface SecretsFile {
  get(name: string): Promise<string | null>
  set(name: string, value: string | null): Promise<void>
}

export function createSecretsFile(path: string): SecretsFile {
  let writing: Promise<void> = Promise.resolve()
  const write = async (name: string, value: string | null): Promise<void> => {
    const entries = Object.entries(await readSecrets(path)).filter(([known]) => known !== name)
    if (value !== null) entries.push([name, value])
    const content = { about: ABOUT, secrets: Object.fromEntries(entries) }
    await atomicWrite(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  }
  return {
    async get(name) {
      const secrets = await readSecrets(path)
      return Object.hasOwn(secrets, name) ? (secrets[name] ?? null) : null
    },
    set(name, value) {
      // One after the other: each rewrites the whole file.
      writing = writing.catch(() => undefined).then(() => write(name, value))
      return writing
    },
  }
}

/** A damaged file holds no secret any more; the person is asked for the key again. */
async function readSecrets(path: string): Promise<Readonly<Record<string, string>>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return {}
    throw toFileError(error, path)
  }
  try {
    return fileSchema.parse(JSON.parse(text)).secrets
  } catch {
    return {}
  }
}
