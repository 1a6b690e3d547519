import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeClock } from '../../../shared/index.ts'
import { openGatewayDatabase } from '../../store/gatewayDatabase.ts'
import { DiskPool } from '../diskPool.ts'
import { POOL_LIMITS, POOL_SETTINGS } from '../poolSettings.ts'
import type { PoolLimits, PoolSettings } from '../poolSettings.ts'
import type { DeclaredFile } from '../port.ts'

/** Room for tests on small disks; the mark itself has a test of its own. */
const SETTINGS: PoolSettings = { ...POOL_SETTINGS, lowDiskBytes: 0 }

export type OpenPool = Awaited<ReturnType<typeof openPool>>

export async function makeDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'pool-'))
}

/** Nothing is in use until `guardBy` says otherwise. */
export async function openPool(dataDir: string, changes: Partial<PoolSettings> = {}, limits: Partial<PoolLimits> = {}) {
  const db = openGatewayDatabase(dataDir)
  const clock = createFakeClock()
  const settings = { ...SETTINGS, ...changes }
  const root = join(dataDir, 'pool')
  const pool = await DiskPool.open({ root, db, clock, settings, limits: () => ({ ...POOL_LIMITS, ...limits }) })
  pool.guardBy(() => false)
  const close = async (): Promise<void> => {
    await pool.close()
    db.close()
  }
  return { pool, clock, db, settings, root, close }
}

export async function removeDataDir(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true })
}

export function digestsOf(content: Uint8Array): { readonly md5: string; readonly sha256: string } {
  const hash = (algorithm: string): string => createHash(algorithm).update(content).digest('hex')
  return { md5: hash('md5'), sha256: hash('sha256') }
}

export function declare(content: Uint8Array, changes: Partial<DeclaredFile> = {}): DeclaredFile {
  return { ...digestsOf(content), ext: '.mp4', sizeBytes: content.byteLength, ...changes }
}

/** Every file under the pool's root, our own folders left out unless they hold something. */
export async function filesOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted()
}
