import { MAX_WORKER_SLOTS } from '../../protocol/dsp/index.ts'
import type { HeartbeatFrame } from '../../protocol/dsp/index.ts'
import type { Journal } from './journal.ts'
import type { Runner } from './Runner.ts'

export type HeldTask = HeartbeatFrame['tasks'][number]

/**
 * Every lease this worker holds, those that run and those whose result is still on its way: as many as one frame may
 * name. What is not named counts as lost, so removals of files come last: they cost nothing to do again.
 */
export function heldTasks(runner: Pick<Runner, 'running'>, journal: Pick<Journal, 'spooled'>): readonly HeldTask[] {
  const videos: HeldTask[] = []
  const removals: HeldTask[] = []
  for (const { task_id, epoch, token, progress, movedBytes, isRemoval } of runner.running) {
    const { stage, percent } = progress
    const task = { task_id, epoch, token, stage, progress: percent, moved_bytes: movedBytes }
    if (isRemoval) removals.push(task)
    else videos.push(task)
  }
  for (const { ref, outcome } of journal.spooled()) {
    const task = { ...ref, stage: 'upload', progress: null } as const
    if (outcome.kind === 'removed') removals.push(task)
    else videos.push(task)
  }
  return [...videos, ...removals].slice(0, MAX_WORKER_SLOTS)
}
