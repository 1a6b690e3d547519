import { create } from 'zustand'
import { persist } from 'zustand/middleware'

interface Layout {
  readonly historyView: 'grid' | 'table'
  readonly setHistoryView: (view: Layout['historyView']) => void
}

/** How the person likes the screen; kept on this PC. */
export const useLayout = create<Layout>()(
  persist((set) => ({ historyView: 'grid', setHistoryView: (historyView) => set({ historyView }) }), {
    name: 'dhs.layout',
    version: 1,
    partialize: ({ historyView }) => ({ historyView }),
  }),
)
