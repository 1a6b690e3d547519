import type { ReactNode } from 'react'

interface StateMessageProps {
  readonly icon: ReactNode
  readonly title: string
  readonly text?: ReactNode
  readonly action?: ReactNode
}

/** A whole area with nothing to list: what it is, why, and the next step. */
export function StateMessage({ icon, title, text, action }: StateMessageProps) {
  return (
    <div className="state-message">
      <div className="state-message-icon" aria-hidden>
        {icon}
      </div>
      <h2 className="state-message-title">{title}</h2>
      {text !== undefined && <p className="state-message-text">{text}</p>}
      {action !== undefined && <div className="state-message-action">{action}</div>}
    </div>
  )
}
