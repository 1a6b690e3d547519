/** Turns leaked timers, servers and handles into a failed run: vitest lists them, but still ends with 0. */
export default class LeakReporter {
  /** @type {import('vitest/node').Vitest | undefined} */
  #vitest

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest
  }

  onTestRunEnd() {
    if ((this.#vitest?.state.leakSet.size ?? 0) > 0) process.exitCode = 1
  }
}
