import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { readStore } from '../rig/readStore.ts'
import type { World } from '../rig/world.ts'

/**
 * For trials in which nobody dies: no run was counted as lost, and none was tried again. An offer that was not accepted
 * in time is neither. Call it after `verify`, which stops the gateway.
 */
export function lostRuns(world: World): Violation[] {
  const { tasks } = readStore(join(world.gateway.dataDir, 'gateway.db'))
  return tasks
    .filter((row) => row.stalls > 0 || row.attempts > 1)
    .map((row) =>
      found(
        'I5',
        `${row.id} was taken from its worker: ${String(row.stalls)} stalls, ${String(row.attempts)} attempts`,
      ),
    )
}
