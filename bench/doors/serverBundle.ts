import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleServer } from '../../scripts/server/bundle.ts'
import type { GatewayProgram } from '../pool/gatewayProcess.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Inside the checkout, so that the packages that are not bundled are found. */
const DIR = join(ROOT, 'node_modules', '.cache', 'bench-server')
const UNIT = join(ROOT, 'resources', 'server', 'systemd', 'dhs-gateway.service')

/** What `npm run build:server` ships, started with the environment of its systemd unit. */
export async function bundledGateway(cacheDir: string): Promise<GatewayProgram & { remove(): Promise<void> }> {
  await bundleServer(ROOT, DIR)
  const unit = await readFile(UNIT, 'utf8')
  const lines = [...unit.matchAll(/^Environment=(\w+)=(.+)$/gm)].map(([, name = '', value = '']) => [name, value])
  return {
    script: join(DIR, 'dhs.js'),
    // `%C` is systemd's folder for caches.
    env: Object.fromEntries(lines.map(([name = '', value = '']) => [name, value.replace('%C', cacheDir)])),
    remove: () => rm(DIR, { recursive: true, force: true }),
  }
}
