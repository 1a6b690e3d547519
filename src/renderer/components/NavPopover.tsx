import { useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'

interface NavPopoverProps {
  readonly className: string
  /** Name of the button for those who do not see it. */
  readonly label: string
  readonly button: ReactNode
  /** Called only while it is open. */
  readonly children: (close: () => void) => ReactNode
}

/** A button in the side bar and what it opens beside it. The browser's own popover: Escape, click outside and focus included. */
export function NavPopover({ className, label, button, children }: NavPopoverProps) {
  const id = useId()
  const body = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState(false)
  return (
    <>
      <button type="button" className={className} aria-label={label} popoverTarget={id}>
        {button}
      </button>
      <div
        ref={body}
        id={id}
        popover="auto"
        className="nav-popover"
        onToggle={(event) => setOpened(event.newState === 'open')}
      >
        {opened && children(() => body.current?.hidePopover())}
      </div>
    </>
  )
}
