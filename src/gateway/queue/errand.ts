import type { RemovalPayload, StoredTask, TaskPayload } from './port.ts'

/**
 * The gateway's own business with one worker, such as the removal of a deleted asset's files: nobody's video. It counts
 * in no limit, share, list, event, estimate or number of runs.
 */
export function isErrand({ targetWorker }: Pick<StoredTask, 'targetWorker'>): boolean {
  return targetWorker !== null
}

export function isRemoval(payload: TaskPayload): payload is RemovalPayload {
  return 'asset' in payload
}
