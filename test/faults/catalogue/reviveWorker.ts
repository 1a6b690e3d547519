import type { WorkerHandle } from '../rig/workerHandle.ts'

export interface Reviver {
  /** Answers how often it was started again. */
  stop(): number
  idle(): Promise<void>
  /** How long it was not there in all, real milliseconds. */
  downMs(): number
}

/** As a service manager does: starts the worker again whenever it dies. */
export function reviveWorker(worker: WorkerHandle): Reviver {
  let isOn = true
  let restarts = 0
  let downMs = 0
  let work: Promise<void> = Promise.resolve()
  const watch = (): void => {
    worker.process.expectEnd()
    void worker.process.ended.then(() => {
      if (!isOn) return
      restarts += 1
      const diedAt = performance.now()
      work = worker.start().then(() => {
        downMs += performance.now() - diedAt
        watch()
      })
    })
  }
  watch()
  return {
    stop: () => {
      isOn = false
      return restarts
    },
    idle: () => work,
    downMs: () => downMs,
  }
}
