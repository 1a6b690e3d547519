import type { Logger } from '../shared/node/index.ts'

export interface StopStep {
  readonly name: string
  readonly stop: () => unknown
}

/**
 * Each step after the one before it, and none left out because another failed: a store that is not closed is worse
 * than a socket that would not close. The first failure is thrown at the end.
 */
export async function stopInOrder(log: Pick<Logger, 'error'>, steps: readonly StopStep[]): Promise<void> {
  const failures: unknown[] = []
  for (const { name, stop } of steps) {
    try {
      await stop()
    } catch (error) {
      log.error('a step of the stop failed; the next ones follow', { step: name, error })
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
