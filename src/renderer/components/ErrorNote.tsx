import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Suspense } from 'react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useErrorText } from '../hooks/useErrorText.ts'
import type { ShownError } from '../hooks/useErrorText.ts'
import { CopyButton } from './CopyButton.tsx'
import { errorDetails } from './errorDetails.ts'

interface ErrorNoteProps {
  readonly error: ShownError
  /** What did not work, where the error alone does not tell. */
  readonly what?: string
  /** Values support needs to find the task. */
  readonly context?: Readonly<Record<string, string | null>>
  readonly onRetry?: () => void
  readonly action?: ReactNode
}

/** An error as a sentence one can act on, with what support needs behind a button. */
export function ErrorNote(props: ErrorNoteProps) {
  return (
    <Suspense fallback={<div className="note note-danger" />}>
      <Told {...props} />
    </Suspense>
  )
}

function Told({ error, what, context, onRetry, action }: ErrorNoteProps) {
  const { t } = useTranslation()
  const { message, hint } = useErrorText()(error)
  return (
    <div className="note note-danger" role="alert">
      <IconAlertTriangle size={16} className="note-icon" aria-hidden />
      <div className="note-body">
        <div className="note-title">{what ?? message}</div>
        {what !== undefined && <div className="note-text">{message}</div>}
        <div className="note-text">{hint}</div>
        <div className="note-actions">
          {onRetry !== undefined && (
            <Button size="compact-xs" variant="default" onClick={onRetry}>
              {t('common.retry')}
            </Button>
          )}
          {action}
          <CopyButton label={t('common.copyDetails')} text={errorDetails(error, context)} />
        </div>
      </div>
    </div>
  )
}
