/** What the real Electron only allows before, or only after, its ready event: the fake throws where Electron would. */
export interface Lifecycle {
  readonly isReady: boolean
  assertBeforeReady(what: string): void
  assertReady(what: string): void
  becomeReady(): void
  whenReady(): Promise<void>
  reset(): void
}

let isReady = false
/** Promises are made for those who wait, so that none is left over. */
const waiting: (() => void)[] = []

export const lifecycle: Lifecycle = {
  get isReady() {
    return isReady
  },
  assertBeforeReady(what) {
    if (isReady) throw new Error(`${what} must be called before the app is ready`)
  },
  assertReady(what) {
    if (!isReady) throw new Error(`${what} cannot be used before the app is ready`)
  },
  becomeReady() {
    isReady = true
    for (const resolve of waiting.splice(0)) resolve()
  },
  async whenReady() {
    if (!isReady) await new Promise<void>((resolve) => waiting.push(resolve))
  },
  reset() {
    isReady = false
    waiting.splice(0)
  },
}
