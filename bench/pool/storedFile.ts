import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileDigests, FileHasher } from '../../src/shared/node/index.ts'

/** Where a gateway on `gatewayDir` keeps the file; undefined when it does not have it. */
async function findStored(gatewayDir: string, sha256: string): Promise<string | undefined> {
  const poolDir = join(gatewayDir, 'pool')
  for (const tenant of await readdir(poolDir)) {
    if ((await readdir(join(poolDir, tenant))).includes(sha256)) return join(poolDir, tenant, sha256)
  }
  return undefined
}

/** A fast wrong upload is worth nothing: what lies on the disk must be what the pool says it is. */
export async function assertStoredIntact(gatewayDir: string, expected: FileDigests, hasher: FileHasher): Promise<void> {
  const path = await findStored(gatewayDir, expected.sha256)
  if (path === undefined) throw new Error('the pool does not have the file it has accepted')
  const found = await hasher.hash(path)
  if (found.md5 !== expected.md5 || found.sha256 !== expected.sha256) {
    throw new Error(`the pool keeps other bytes than it was given: ${found.sha256} under the name ${expected.sha256}`)
  }
}

/** As if nobody had ever uploaded it: the pool looks at its disk before it says that it has a file. */
export async function removeStored(gatewayDir: string, sha256: string): Promise<void> {
  const path = await findStored(gatewayDir, sha256)
  if (path !== undefined) await rm(path)
}
