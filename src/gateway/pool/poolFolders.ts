import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, randomHex } from '../../shared/index.ts'
import { ensureDir, errnoOf, shortFolder } from '../../shared/node/index.ts'

/** A tenant names a folder: nothing that could leave it, and nothing that begins with a dot like our own folders. */
const TENANT = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/
export const SHA256_NAME = /^[0-9a-f]{64}$/

const PRIVATE_DIR = 0o700

/** Where the pool keeps what. Paths are built from validated hex and tenant ids only. */
export class PoolFolders {
  readonly root: string
  readonly tmp: string
  readonly quarantine: string

  private constructor(root: string) {
    this.root = root
    this.tmp = join(root, '.tmp')
    this.quarantine = join(root, '.quarantine')
  }

  /** Makes the folders. Throws DATA_DIR_UNWRITABLE, also when the root is a link to somewhere else. */
  static async open(root: string): Promise<PoolFolders> {
    if (await isLink(root)) {
      throw new AppError('DATA_DIR_UNWRITABLE', { message: `${root} is a link`, data: { file: shortFolder(root) } })
    }
    const folders = new PoolFolders(root)
    for (const dir of [root, folders.tmp, folders.quarantine]) await ensureDir(dir, PRIVATE_DIR)
    return folders
  }

  tenantDir(tenant: string): string {
    if (!TENANT.test(tenant)) throw new AppError('INTERNAL', { message: 'a tenant id cannot name a folder' })
    return join(this.root, tenant)
  }

  async makeTenantDir(tenant: string): Promise<string> {
    const dir = this.tenantDir(tenant)
    await ensureDir(dir, PRIVATE_DIR)
    return dir
  }

  file(tenant: string, sha256: string): string {
    if (!SHA256_NAME.test(sha256)) throw new AppError('INTERNAL', { message: 'not a SHA-256' })
    return join(this.tenantDir(tenant), sha256)
  }

  upload(uploadId: string): string {
    return join(this.tmp, `u-${uploadId}`)
  }

  newTemporary(): string {
    return join(this.tmp, `p-${randomHex(12)}`)
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
