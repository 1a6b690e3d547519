import type { TaskRow } from '../life/taskRow.ts'

/** What a step of progress asks of its task. */
export type Run = Pick<TaskRow, 'tenant' | 'state' | 'version' | 'epoch' | 'token' | 'worker'>

/**
 * The runs that tell steps, each several times a second: as they are stored, so that a step reads nothing. Only a
 * stored transition changes what is kept here; whoever stores one forgets the run, and the next step reads it again.
 */
export class LiveRuns {
  readonly #read: (taskId: string) => TaskRow | undefined
  readonly #runs = new Map<string, Run>()

  constructor(read: (taskId: string) => TaskRow | undefined) {
    this.#read = read
  }

  /** A task that does not run is read every time. Not inside a transaction: it may be rolled back. */
  of(taskId: string): Run | undefined {
    const known = this.#runs.get(taskId)
    if (known !== undefined) return known
    const row = this.#read(taskId)
    if (row === undefined || !isRunning(row)) return row
    const { tenant, state, version, epoch, token, worker } = row
    const run = { tenant, state, version, epoch, token, worker }
    this.#runs.set(taskId, run)
    return run
  }

  forget(taskId: string): void {
    this.#runs.delete(taskId)
  }

  clear(): void {
    this.#runs.clear()
  }
}

/** Its worker is at it, even where a cancel was asked for. */
export function isRunning({ state }: Pick<TaskRow, 'state'>): boolean {
  return state === 'running' || state === 'cancelling'
}
