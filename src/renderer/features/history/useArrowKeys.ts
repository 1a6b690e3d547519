import { useCallback } from 'react'
import type { KeyboardEvent } from 'react'

const STEP: Readonly<Record<string, (columns: number) => number>> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
}

/** Arrow keys walk over the entries; `reveal` brings one on screen before it gets the focus. */
export function useArrowKeys(columns: number, count: number, reveal: (index: number) => void) {
  return useCallback(
    (event: KeyboardEvent<HTMLElement>) => {
      const step = STEP[event.key]
      const entry = event.target instanceof HTMLElement ? event.target.closest('[data-index]') : null
      if (step === undefined || !(entry instanceof HTMLElement) || event.target !== entry) return
      const next = Number(entry.dataset['index']) + step(columns)
      if (next < 0 || next >= count) return
      event.preventDefault()
      reveal(next)
      const list = event.currentTarget
      requestAnimationFrame(() => list.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus())
    },
    [columns, count, reveal],
  )
}
