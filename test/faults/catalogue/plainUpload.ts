import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { digestsOf } from '../rig/client.ts'
import type { HttpAnswer } from '../rig/client.ts'
import type { World } from '../rig/world.ts'

/** One plain upload of a file that nobody had before, not tried again; what was stored is in the ledger. */
export async function uploadOnce(world: World, bytes: Buffer): Promise<HttpAnswer | undefined> {
  const { md5, sha256, sizeBytes: size } = digestsOf(bytes)
  const form = new FormData()
  form.set('hash', md5)
  form.set('ext', '.mp4')
  form.set('file', new Blob([new Uint8Array(bytes)]), 'file.mp4')
  const answer = await world.client.ask(HTTP_ROUTES.uploadFile, { method: 'POST', body: form })
  if (answer?.status === 200) world.poolFacts.note({ kind: 'stored', tenant: world.client.tenant, md5, sha256, size })
  return answer
}
