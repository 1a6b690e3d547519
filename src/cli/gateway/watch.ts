import { text, UsageError } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'
import type { Io } from '../io.ts'
import { readSecretFile } from '../values.ts'

const MAX_TENANTS = 1_000

/** Options on who watches a gateway, and how much they see. */
export const WATCH_OPTIONS: Command['options'] = {
  'metrics-token-file': { type: 'string', value: 'FILE', help: 'file with a token that opens /metrics alone' },
  'metrics-tenants': {
    type: 'string',
    value: 'N',
    help: 'tenants that /metrics tells by name, those with most tasks (0)',
  },
}

export interface Watch {
  /** Besides those of the gateway's own file. */
  readonly credentials: { readonly metricsToken?: string }
  readonly tenants: number | undefined
}

export async function readWatch(options: OptionValues, io: Pick<Io, 'env'>): Promise<Watch> {
  const file = text(options, 'metrics-token-file')
  const token = file === undefined ? io.env['DHS_METRICS_TOKEN'] : await readSecretFile(file)
  const isGiven = token !== undefined && token !== ''
  return { credentials: isGiven ? { metricsToken: token } : {}, tenants: readTenants(text(options, 'metrics-tenants')) }
}

function readTenants(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const tenants = Number(given)
  if (!/^\d{1,4}$/.test(given) || tenants > MAX_TENANTS) {
    throw new UsageError(`--metrics-tenants takes 0 to ${String(MAX_TENANTS)}, not "${given}"`)
  }
  return tenants
}
