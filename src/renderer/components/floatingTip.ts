import { createEmitter } from '../../shared/index.ts'
import type { FloatingTip } from './FloatingTip.tsx'

type Floating = typeof FloatingTip

const loaded = createEmitter<Floating>()
let floating: Floating | null = null
let asked = false

/** The tooltip's code, fetched once, when the first page stands. */
export const floatingTip = {
  get: (): Floating | null => floating,
  subscribe: (listener: () => void): (() => void) => {
    if (!asked) {
      asked = true
      whenIdle(() => void fetchIt())
    }
    return loaded.on(listener)
  },
}

async function fetchIt(): Promise<void> {
  const part = await import('./FloatingTip.tsx')
  floating = part.FloatingTip
  loaded.emit(part.FloatingTip)
}

function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 2_000 })
  else setTimeout(work, 300)
}
