import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError, randomHex } from '../../shared/index.ts'
import { atomicWrite, ensureDir, errnoOf, shortFolder } from '../../shared/node/index.ts'
import { assertStrong } from './credentials.ts'
import type { GatewayCredentials } from './credentials.ts'

const fileSchema = z.object({ license_key: z.string(), worker_secret: z.string(), admin_token: z.string() })

type CredentialsFile = z.infer<typeof fileSchema>

/**
 * Credentials of a gateway that runs on its own: `credentials.json` in its data folder, made on the first start and
 * readable by its owner only; `DHS_LICENSE_KEY`, `DHS_WORKER_SECRET` and `DHS_ADMIN_TOKEN` go before it and are not
 * written down. Throws SECRET_WEAK, SECRET_SHARED, SECRET_UNREADABLE, DATA_DIR_UNWRITABLE or DISK_FULL.
 */
export async function loadCredentials(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<GatewayCredentials> {
  const path = join(dataDir, 'credentials.json')
  const stored = (await readStored(path)) ?? (await makeStored(dataDir, path))
  const credentials: GatewayCredentials = {
    licenseKey: env['DHS_LICENSE_KEY'] ?? stored.license_key,
    workerSecret: env['DHS_WORKER_SECRET'] ?? stored.worker_secret,
    adminToken: env['DHS_ADMIN_TOKEN'] ?? stored.admin_token,
  }
  assertStrong(credentials)
  return credentials
}

async function readStored(path: string): Promise<CredentialsFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw unreadable(path, errnoOf(error) ?? 'unreadable', error)
  }
  // Copied or edited files come with wider permissions.
  if (process.platform !== 'win32') await chmod(path, 0o600)
  return parse(path, text)
}

function parse(path: string, text: string): CredentialsFile {
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(path, 'it needs license_key, worker_secret and admin_token as JSON', error)
  }
}

async function makeStored(dataDir: string, path: string): Promise<CredentialsFile> {
  const made: CredentialsFile = {
    license_key: `lk_${randomHex(32)}`,
    worker_secret: randomHex(32),
    admin_token: `ad_${randomHex(32)}`,
  }
  await ensureDir(dataDir)
  await atomicWrite(path, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  return made
}

function unreadable(file: string, detail: string, cause: unknown): AppError {
  return new AppError('SECRET_UNREADABLE', {
    message: `${file}: ${detail}`,
    data: { file: shortFolder(file) },
    cause,
  })
}
