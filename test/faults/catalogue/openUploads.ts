import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { World } from '../rig/world.ts'

export const TUS = { 'tus-resumable': '1.0.0' }

/** Ids of the uploads that are begun and not complete. */
export function openUploads(world: World): readonly string[] {
  const db = new DatabaseSync(join(world.gateway.dataDir, 'gateway.db'), { readOnly: true, timeout: 5_000 })
  try {
    const rows = db.prepare(`SELECT id FROM upload WHERE state = 'open'`).all()
    return rows.map((row) => String(row['id']))
  } finally {
    db.close()
  }
}

/** Bytes of an upload that lie on the disk; 0 where there is no file yet. */
export function storedBytes(world: World, uploadId: string): number {
  const path = join(world.gateway.dataDir, 'pool', '.tmp', `u-${uploadId}`)
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Where a client would go on; undefined when the gateway does not answer with an offset. */
export async function resumeOffset(world: World, uploadId: string): Promise<number | undefined> {
  const answer = await world.client.ask(`${HTTP_ROUTES.poolUploads}/${uploadId}`, { method: 'HEAD', headers: TUS })
  return answer?.status === 200 ? Number(answer.headers.get('upload-offset')) : undefined
}

/** Never more than what is stored may be taken for sent. Call it while no client goes on. */
export async function offsetsBeyondFiles(world: World): Promise<Violation[]> {
  const violations: Violation[] = []
  for (const id of openUploads(world)) {
    const offset = await resumeOffset(world, id)
    const stored = storedBytes(world, id)
    if (offset !== undefined && offset > stored) {
      violations.push(
        found('I6', `an upload would be resumed at ${String(offset)} with ${String(stored)} bytes stored`),
      )
    }
  }
  return violations
}
