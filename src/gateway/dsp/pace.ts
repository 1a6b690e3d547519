/** Does a few things in each turn of the event loop and the others in the next ones, in the order they came. */
export class Pace {
  readonly #perTurn: number
  #left: number
  #isScheduled = false
  readonly #waiting: (() => void)[] = []

  constructor(perTurn: number) {
    this.#perTurn = perTurn
    this.#left = perTurn
  }

  /** At once where this turn has room for it. `work` must not throw. */
  run(work: () => void): void {
    this.#schedule()
    if (this.#left === 0) {
      this.#waiting.push(work)
      return
    }
    this.#left -= 1
    work()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      const next = this.#waiting.splice(0, this.#perTurn)
      this.#left = this.#perTurn - next.length
      if (next.length > 0) this.#schedule()
      for (const work of next) work()
    })
  }
}
