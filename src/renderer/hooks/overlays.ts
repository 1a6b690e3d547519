import { create } from 'zustand'

interface Overlays {
  readonly player: string | null
  readonly details: string | null
  readonly connect: boolean
  readonly show: (next: Partial<Pick<Overlays, 'player' | 'details' | 'connect'>>) => void
}

/** What lies over the page: the record that is played, the one whose details are open, the connection dialog. */
export const useOverlays = create<Overlays>((set) => ({
  player: null,
  details: null,
  connect: false,
  show: (next) => set(next),
}))
