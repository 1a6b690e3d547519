import type { ReactNode } from 'react'

interface PageHeaderProps {
  readonly title: string
  readonly note?: ReactNode
  readonly children?: ReactNode
}

export function PageHeader({ title, note, children }: PageHeaderProps) {
  return (
    <header className="page-header">
      <h1 className="page-title">{title}</h1>
      {note !== undefined && <span className="page-note tabular">{note}</span>}
      <div className="page-tools">{children}</div>
    </header>
  )
}
