import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { dhs, isEvent } from './dhs.ts'
import type { Dhs, DhsOptions } from './dhs.ts'

const credentialsSchema = z.object({ license_key: z.string(), worker_secret: z.string(), admin_token: z.string() })
const readySchema = z.looseObject({ url: z.string(), dsp: z.string() })

export interface MoreOptions extends DhsOptions {
  /** Further options of the command. */
  readonly more?: readonly string[]
}

/** `dhs gateway` on a folder, with what clients and workers need to reach it. */
export interface GatewayRun {
  readonly run: Dhs
  readonly url: string
  readonly dspUrl: string
  readonly port: number
  readonly dataDir: string
  readonly workerSecret: string
  readonly licenseKey: string
  readonly adminToken: string
  /** The options and the surroundings a `dhs compose` reaches it with. */
  readonly client: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
}

export async function startGateway(dataDir: string, port = 0, options: MoreOptions = {}): Promise<GatewayRun> {
  const run = dhs(['gateway', '--port', String(port), '--data', dataDir, '--json', ...(options.more ?? [])], options)
  const { url, dsp } = readySchema.parse(await run.until(isEvent('ready')))
  const file = await readFile(join(dataDir, 'credentials.json'), 'utf8')
  const { license_key, worker_secret, admin_token } = credentialsSchema.parse(JSON.parse(file))
  return {
    ...{ run, url, dspUrl: dsp, port: Number(new URL(url).port), dataDir, workerSecret: worker_secret },
    licenseKey: license_key,
    adminToken: admin_token,
    client: { args: ['--gateway', url], env: { DHS_LICENSE_KEY: license_key } },
  }
}

/** `dhs worker` that has registered. */
export async function startWorker(gateway: GatewayRun, dataDir: string, options: MoreOptions = {}): Promise<Dhs> {
  const run = dhs(['worker', '--gateway', gateway.dspUrl, '--data', dataDir, '--json', ...(options.more ?? [])], {
    ...options,
    env: { ...options.env, DHS_WORKER_SECRET: gateway.workerSecret },
  })
  await run.until(isEvent('ready'))
  return run
}
