import type { TaskState } from '../../../protocol/task/index.ts'

/** What decides where a task stands in line. */
export interface Standing {
  readonly state: TaskState
  readonly stalls: number
  readonly target_worker: string | null
  readonly not_before: number
}

/** `open` for any worker · `alone` for one that runs nothing · the same with `:worker` for that worker only. */
export function lineOf(task: Standing, nowMs: number): string | null {
  if (task.state !== 'queued' || task.not_before > nowMs) return null
  const kind = task.stalls > 0 ? 'alone' : 'open'
  return task.target_worker === null ? kind : `${kind}:${task.target_worker}`
}

/** A task under which a worker vanished wants a worker to itself. */
export function isAloneLine(line: string): boolean {
  return line.startsWith('alone')
}

/** The worker a line belongs to; undefined for the two lines of everybody. */
export function targetOf(line: string): string | undefined {
  const colon = line.indexOf(':')
  return colon < 0 ? undefined : line.slice(colon + 1)
}
