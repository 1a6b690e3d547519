import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import type { AppErrorJson } from '../../shared/index.ts'
import type { ComposeOptions, FileRole, FileView } from '../../protocol/studio/index.ts'

/** One of the two places for a file. `fraction` is null where a file is handed over without a transfer. */
export type Slot =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'adding'
      readonly name: string
      readonly fraction: number | null
      readonly controller: AbortController
    }
  | { readonly kind: 'ready'; readonly file: FileView; readonly sample: boolean }
  | { readonly kind: 'failed'; readonly name: string; readonly error: AppErrorJson }

export type DraftOptions = Omit<ComposeOptions, 'name'> & { readonly name: string }

interface ComposeDraft {
  readonly avatar: Slot
  readonly voice: Slot
  readonly options: DraftOptions
  readonly setSlot: (role: FileRole, slot: Slot) => void
  /** The role whose place a dragged file hovers, `any` elsewhere in the window, null while nothing is dragged. */
  readonly dragging: FileRole | 'any' | null
  readonly setDragging: (dragging: FileRole | 'any' | null) => void
  readonly setOptions: (patch: Partial<DraftOptions>) => void
}

/** A file in its place; one that cannot be used says why. */
export function slotOf(view: FileView): Slot {
  return view.error === null
    ? { kind: 'ready', file: view, sample: false }
    : { kind: 'failed', name: view.name, error: view.error }
}

const EMPTY: Slot = { kind: 'empty' }

const DEFAULTS: DraftOptions = {
  name: '',
  loop: 'restart',
  superResolution: false,
  aiBadge: false,
  priority: 'normal',
}

/** The form of the Compose page. Files live as long as the app; text and options also survive a restart. */
export const useComposeDraft = create<ComposeDraft>()(
  persist(
    (set, get) => ({
      avatar: EMPTY,
      voice: EMPTY,
      options: DEFAULTS,
      setSlot(role, slot) {
        const before = get()[role]
        const isProgress = slot.kind === 'adding' && before.kind === 'adding' && slot.controller === before.controller
        // A file that is still travelling into a place that is taken otherwise has lost its purpose.
        if (before.kind === 'adding' && !isProgress) before.controller.abort()
        set(role === 'avatar' ? { avatar: slot } : { voice: slot })
      },
      dragging: null,
      setDragging: (dragging) => set({ dragging }),
      setOptions: (patch) => set((draft) => ({ options: { ...draft.options, ...patch } })),
    }),
    { name: 'dhs.compose', version: 1, partialize: ({ options }) => ({ options }) },
  ),
)

/** For the contract: an empty name is no name. */
export function toComposeOptions({ name, ...rest }: DraftOptions): ComposeOptions {
  const trimmed = name.trim()
  return trimmed === '' ? rest : { ...rest, name: trimmed }
}
