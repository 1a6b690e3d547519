/** One piece of work per file at a time; who comes while it goes on waits for it. */
export class FileWork {
  readonly #running = new Map<string, Promise<unknown>>()

  has(name: string): boolean {
    return this.#running.has(name)
  }

  /** Begins at once when nothing is done to the file; `assertWanted` is asked after each wait. */
  async run<T>(name: string, work: () => Promise<T>, assertWanted: () => void = () => undefined): Promise<T> {
    for (let other = this.#running.get(name); other !== undefined; other = this.#running.get(name)) {
      await other.catch(() => undefined)
      assertWanted()
    }
    const mine = work().finally(() => this.#running.delete(name))
    this.#running.set(name, mine)
    return mine
  }
}
