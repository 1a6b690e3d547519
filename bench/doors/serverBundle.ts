import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleServer } from '../../scripts/server/bundle.ts'
import type { GatewayProgram } from '../pool/gatewayProcess.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Inside the checkout, so that the packages that are not bundled are found. */
const DIR = join(ROOT, 'node_modules', '.cache', 'bench-server')
const UNIT = join(ROOT, 'resources', 'server', 'systemd', 'dhs-gateway.service')

/** What `npm run build:server` ships, started with the Node options of its systemd unit. */
export async function bundledGateway(): Promise<GatewayProgram & { remove(): Promise<void> }> {
  await bundleServer(ROOT, DIR)
  const options = /^Environment=NODE_OPTIONS=(.+)$/m.exec(await readFile(UNIT, 'utf8'))?.[1]
  return {
    script: join(DIR, 'dhs.js'),
    env: options === undefined ? {} : { NODE_OPTIONS: options },
    remove: () => rm(DIR, { recursive: true, force: true }),
  }
}
