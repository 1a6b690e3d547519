import { create } from 'zustand'

interface Overlays {
  readonly player: string | null
  readonly details: string | null
  /** The connection dialog, with the gateway's address a link has named. */
  readonly connect: { readonly address: string | null } | null
  readonly show: (next: Partial<Pick<Overlays, 'player' | 'details' | 'connect'>>) => void
}

const isOpen = ({ player, details, connect }: Overlays): boolean =>
  player !== null || details !== null || connect !== null

/** What lies over the page: the record that is played, the one whose details are open, the connection dialog. */
export const useOverlays = create<Overlays>((set, get) => {
  let opener: Element | null = null
  return {
    player: null,
    details: null,
    connect: null,
    show(next) {
      const wasOpen = isOpen(get())
      if (!wasOpen) opener = document.activeElement
      set(next)
      // An overlay leaves the page together with its focus trap, which could otherwise give the focus back.
      if (wasOpen && !isOpen(get())) requestAnimationFrame(() => opener instanceof HTMLElement && opener.focus())
    },
  }
})
