import type { ReactNode } from 'react'
import type { FileRole } from '../../../protocol/studio/index.ts'
import { useComposeDraft } from '../../hooks/composeDraft.ts'

interface SlotFrameProps {
  readonly role: FileRole
  readonly className: string
  readonly label: string
  readonly filled: boolean
  readonly children: ReactNode
}

/** One place for a file; lights up when one is dragged over it. */
export function SlotFrame({ role, className, label, filled, children }: SlotFrameProps) {
  const dragging = useComposeDraft((draft) => draft.dragging)
  const drag = dragging === null ? 'no' : dragging === role ? 'over' : 'near'
  return (
    <section
      className={`slot ${className}`}
      aria-label={label}
      data-drop-role={role}
      data-drag={drag}
      data-filled={filled}
    >
      {children}
    </section>
  )
}
