import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { createAdminClient, gatewayOrigin, isOnThisMachine } from '../../client/index.ts'
import type { AdminClient } from '../../client/index.ts'
import { AppError } from '../../shared/index.ts'
import { defaultDataDir, errnoOf, shortFolder, toFileError } from '../../shared/node/index.ts'
import { text, UsageError } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'
import { languageOf } from '../io.ts'
import type { Io } from '../io.ts'
import { readSecretFile } from '../values.ts'

const DEFAULT_GATEWAY = 'http://127.0.0.1:9501'

/** Where the gateway is, and what opens it. Options of every operator's command. */
export const CONNECTION_OPTIONS: Command['options'] = {
  gateway: { type: 'string', value: 'URL', help: `the gateway (${DEFAULT_GATEWAY})` },
  'token-file': { type: 'string', value: 'FILE', help: 'file with the admin token (or DHS_ADMIN_TOKEN)' },
  data: { type: 'string', value: 'DIR', help: 'data folder of a gateway on this machine, which has the token' },
}

const credentialsSchema = z.object({ admin_token: z.string().min(1) })

/** Nothing is sent before the first call. Throws UsageError where no token is to be found. */
export async function connectAdmin(options: OptionValues, io: Io): Promise<AdminClient> {
  const baseUrl = gatewayOrigin(text(options, 'gateway') ?? DEFAULT_GATEWAY)
  return createAdminClient({ baseUrl, token: await adminToken(options, io, baseUrl), language: languageOf(io) })
}

const NO_TOKEN = 'the admin token is missing: give --data, --token-file, or set DHS_ADMIN_TOKEN'

/** As for the gateway itself, a token of the environment goes before the one in credentials.json, wherever that is. */
async function adminToken(options: OptionValues, io: Io, baseUrl: string): Promise<string> {
  const file = text(options, 'token-file')
  if (file !== undefined) return readSecretFile(file)
  const fromEnvironment = io.env['DHS_ADMIN_TOKEN']
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment
  const dataDir = text(options, 'data')
  if (dataDir !== undefined) return readCredentials(join(dataDir, 'credentials.json'))
  // The token of the gateway here is nothing for one elsewhere, unless somebody says so.
  if (!isOnThisMachine(baseUrl)) throw new UsageError(NO_TOKEN)
  try {
    return await readCredentials(join(defaultDataDir(), 'gateway', 'credentials.json'))
  } catch (error) {
    if (errnoOf(AppError.from(error).cause) !== 'ENOENT') throw error
    throw new UsageError(NO_TOKEN)
  }
}

/** Only read: making credentials is the gateway's own business. */
async function readCredentials(path: string): Promise<string> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    const known = toFileError(error, path)
    if (known.code !== 'FILE_NOT_FOUND') throw known
    const folder = shortFolder(resolve(dirname(path)))
    throw new AppError('CREDENTIALS_NOT_FOUND', { message: `${path} is not there`, data: { folder }, cause: error })
  })
  try {
    return credentialsSchema.parse(JSON.parse(content)).admin_token
  } catch (error) {
    throw new AppError('SECRET_UNREADABLE', { message: path, data: { file: shortFolder(path) }, cause: error })
  }
}
