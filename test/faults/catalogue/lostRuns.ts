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
  return storedTasks(world)
    .filter((row) => row.stalls > 0 || row.attempts > 1)
    .map((row) =>
      found(
        'I5',
        `${row.id} was taken from its worker: ${String(row.stalls)} stalls, ${String(row.attempts)} attempts`,
      ),
    )
}

/** Whatever was done to them: these had to end well. Call it after `verify`, too. */
export function notSucceeded(world: World, taskIds: readonly string[]): Violation[] {
  const rows = new Map(storedTasks(world).map((row) => [row.id, row]))
  return taskIds.flatMap((taskId) => {
    const row = rows.get(taskId)
    const end = `${String(row?.state)} ${String(row?.failureCode)}`
    return row?.state === 'succeeded' ? [] : [found('I10', `${taskId} had to succeed and is ${end}`)]
  })
}

function storedTasks(world: World): ReturnType<typeof readStore>['tasks'] {
  return readStore(join(world.gateway.dataDir, 'gateway.db')).tasks
}
