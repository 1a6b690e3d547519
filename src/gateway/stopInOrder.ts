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

interface Stoppable {
  stop(): unknown
}

/**
 * What was opened so far, to be stopped in the opposite order: each part while everything it stands on is still there,
 * also when the next one could not be opened.
 */
export class StopList {
  readonly #log: Pick<Logger, 'error'>
  readonly #steps: StopStep[] = []

  constructor(log: Pick<Logger, 'error'>) {
    this.#log = log
  }

  /** Answers the part itself. */
  add<T extends Stoppable>(name: string, part: T): T {
    this.#steps.unshift({ name, stop: () => part.stop() })
    return part
  }

  addClosable<T extends { close(): unknown }>(name: string, part: T): T {
    this.#steps.unshift({ name, stop: () => part.close() })
    return part
  }

  stop(): Promise<void> {
    return stopInOrder(this.#log, this.#steps)
  }
}
