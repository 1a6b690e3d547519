import { vi } from 'vitest'

/** What jsdom lacks and the page needs: sizes, media queries, observers. Nothing of ours is replaced. */
export function preparePage(): void {
  vi.stubGlobal('ResizeObserver', StillObserver)
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }))
  Object.defineProperties(Element.prototype, {
    clientWidth: { configurable: true, get: () => 1_000 },
    clientHeight: { configurable: true, get: () => 700 },
  })
  // Without a place on the page a menu counts as scrolled away with its button, and hides as soon as it is placed.
  Element.prototype.getBoundingClientRect = () => DOMRect.fromRect({ x: 10, y: 10, width: 100, height: 30 })
  Element.prototype.scrollIntoView = () => undefined
  Element.prototype.scrollTo = () => undefined
}

/** Sizes never change here: there is nothing to tell. */
class StillObserver implements ResizeObserver {
  observe(): void {
    // Nothing to watch.
  }

  unobserve(): void {
    // Nothing to watch.
  }

  disconnect(): void {
    // Nothing to watch.
  }
}
