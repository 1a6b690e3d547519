import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createPoolClient } from '../../src/client/index.ts'
import type { PoolClient } from '../../src/client/index.ts'
import { systemClock } from '../../src/shared/node/index.ts'

export interface GatewayProcess {
  readonly pid: number
  readonly url: string
  readonly licenseKey: string
  stop(): Promise<void>
}

export interface GatewayProgram {
  /** The script that is `dhs`. */
  readonly script: string
  readonly env?: Readonly<Record<string, string>>
}

/** The command line of this checkout. */
export const CHECKOUT: GatewayProgram = { script: fileURLToPath(new URL('../../bin/dhs.js', import.meta.url)) }

/** `dhs gateway` on a folder and port of its own: the program that also runs embedded and on servers. */
export async function startGatewayProcess(
  dataDir: string,
  { script, env = {} }: GatewayProgram = CHECKOUT,
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [script, 'gateway', '--port', '0', '--data', dataDir, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  // Also when the script fails in between.
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4_000)))
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const firstLine = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const line = await Promise.race([firstLine, exited])
  if (line === undefined) throw new Error(`the gateway did not start: ${words}`)
  const { url, pid } = JSON.parse(line) as { readonly url: string; readonly pid: number }
  const kept = JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8')) as { readonly license_key: string }
  return {
    ...{ pid, url, licenseKey: kept.license_key },
    async stop() {
      child.kill('SIGTERM')
      await exited
      process.off('exit', kill)
    },
  }
}

export function connectPool(gateway: Pick<GatewayProcess, 'url' | 'licenseKey'>): PoolClient {
  return createPoolClient({
    baseUrl: gateway.url,
    headers: () => ({ authorization: `Bearer ${gateway.licenseKey}` }),
    clock: systemClock,
  })
}
